"""Search over REST: in the form of the WebSocket, by pages, within its rate."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote

from engine.model.policy import Policy
from tests.api.people import Fields, Person, Town, make_town


async def talk(town: Town) -> tuple[Person, Person, str]:
    """Let two people talk; return them and their room."""
    group, (one, other, *_), ids = await town.group_of(4)
    match = await town.match(group, one, other, ids)
    room = str(match["room"])
    (seen,) = await one.match_rooms()
    peer = cast("Fields", match["peer"])
    await town.say(room, str(seen["me"]), "한국어 수업 1", "커피?")
    await town.say(room, str(peer["alias"]), "한국어 수업 2", "그래")
    return one, other, room


def path(query: str, **more: object) -> str:
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/v1/search/messages?query={quote(query)}{rest}"


async def test_what_was_said_is_found_as_the_websocket_tells_it() -> None:
    one, other, room = await talk(make_town())
    hits = await one.items(path("국어"))
    assert [hit["room"] for hit in hits] == [room, room]
    history = await one.items(f"/v1/rooms/{room}/messages")
    assert [hit["event"] for hit in hits] == [history[2], history[0]]
    assert ["cid" in cast("Fields", hit["event"]) for hit in hits] == [False, True]
    theirs = await other.items(path("국어", room=room))
    assert ["cid" in cast("Fields", hit["event"]) for hit in theirs] == [True, False]


async def test_pages_follow_their_cursor_and_no_other() -> None:
    one, other, room = await talk(make_town())
    first = await one.get(path("수업", limit=1))
    cursor = str(first["cursor"])
    second = await one.get(path("수업", limit=1, cursor=cursor))
    seqs = [
        cast("Fields", hit["event"])["seq"]
        for page in (first, second)
        for hit in cast("list[Fields]", page["items"])
    ]
    assert (seqs, second["cursor"]) == ([3, 1], None)
    for person, wrong in (
        (one, path("커피", cursor=cursor)),
        (one, path("수업", cursor=cursor, room=room)),
        (other, path("수업", cursor=cursor)),
        (one, path("수업", cursor="x" + cursor[1:])),
    ):
        reply = await person.call("GET", wrong)
        assert (reply.status, reply.code) == (400, "bad_request")


async def test_what_cannot_be_looked_for_is_refused() -> None:
    town = make_town()
    one, _, room = await talk(town)
    stranger = await town.newcomer()
    for wrong in (
        path("가"),
        path(" 가 "),
        path("x" * 101),
        path("x" * 401),
        "/v1/search/messages",
    ):
        reply = await one.call("GET", wrong)
        assert (reply.status, reply.code) == (400, "bad_request")
    for nowhere in (room, "nowhere000000000", "short"):
        reply = await stranger.call("GET", path("수업", room=nowhere))
        assert (reply.status, reply.code) == (404, "not_found")
    assert await stranger.items(path("수업")) == []


async def test_searches_have_a_rate_of_their_own() -> None:
    town, policy = make_town(), Policy().rest
    one, other, _ = await talk(town)
    for _ in range(policy.searches_burst_max):
        assert (await one.call("GET", path("수업"))).status == 200
    reply = await one.call("GET", path("수업"))
    assert (reply.status, reply.code) == (429, "rate_limited")
    assert (await one.call("GET", "/v1/rooms")).status == 200
    assert (await other.call("GET", path("수업"))).status == 200
    town.edge.clock.sleep(60 / policy.searches_per_minute_max)
    assert (await one.call("GET", path("수업"))).status == 200
