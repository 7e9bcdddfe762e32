"""The whole way: sign in, group, join, like, match, room, history, and the end of it."""

from __future__ import annotations

import json
from typing import cast

import pytest

from api.settings import Environment
from engine.errors import RateLimited
from tests.api.people import Fields, Person, Town, make_town


@pytest.fixture
def town() -> Town:
    return make_town()


async def test_two_likes_make_a_match_that_both_learn_of_at_the_tick(town: Town) -> None:
    group, (fox, owl, *_), ids = await town.group_of(4)
    nudges = len(town.edge.nudges)
    first = await fox.like(group, ids[1])
    second = await owl.like(group, ids[0])
    assert first.fields.keys() == second.fields.keys() == {"like", "left_today", "credits"}
    assert {**first.fields, "like": ""} == {**second.fields, "like": ""}
    assert len(town.edge.nudges) == nudges + 2
    for person in (fox, owl):
        assert await person.items("/v1/matches") == []
        assert await person.match_rooms() == []

    town.edge.clock.sleep(town.edge.services.policy.likes.match_tick_s)
    (mine,), (theirs,) = await fox.items("/v1/matches"), await owl.items("/v1/matches")
    assert mine.keys() == {"match", "room", "group", "peer", "at", "state"}
    assert {**mine, "peer": None} == {**theirs, "peer": None}
    assert (mine["group"], mine["state"]) == (group, "open")
    assert cast("Fields", mine["peer"])["nickname"] == "fox2"
    assert cast("Fields", theirs["peer"])["nickname"] == "fox1"
    (room,) = await fox.match_rooms()
    aliases = {one["alias"] for one in cast("list[Fields]", room["members"])}
    assert aliases == {room["me"], cast("Fields", mine["peer"])["alias"]}
    assert room == {
        "room": mine["room"],
        "kind": "match",
        "match": mine["match"],
        "group": group,
        "epoch": room["epoch"],
        "seq": 0,
        "read": 0,
        "unread": 0,
        "me": room["me"],
        "members": room["members"],
        "last": None,
        "closed": False,
        "revealed": [],
    }


async def test_no_answer_links_a_person_across_contexts(town: Town) -> None:
    """I9: no id of one group stands in another, none of a group in a room, no account anywhere."""
    group, (fox, owl, *rest), ids = await town.group_of(4)
    other = await fox.call("POST", "/v1/groups", {"type": "created", "name": "Other"})
    other_id = str(other.fields["group"])
    await owl.join(other_id)
    match = await town.match(group, fox, owl, ids)
    texts = {
        "group": json.dumps(await rest[0].get(f"/v1/groups/{group}/members")),
        "other": json.dumps(await fox.get(f"/v1/groups/{other_id}/members")),
        "match": json.dumps(match["peer"]),
        "room": json.dumps((await fox.match_rooms())[0]["members"]),
    }
    for member in ids:
        assert member not in texts["other"] + texts["match"] + texts["room"]
    for person in (fox, owl):
        account = town.edge.keys.verifier.verify(person.access, town.edge.clock()).account
        assert all(account not in text for text in texts.values())


LIKE_REFUSALS: list[tuple[Fields, int, str]] = [
    ({"intent": "love"}, 400, "bad_request"),
    ({"intent": None}, 400, "bad_request"),
    ({"super": "yes"}, 400, "bad_request"),
    ({"super": True}, 403, "premium_required"),
    ({"member": "x" * 16}, 404, "not_found"),
    ({"member": "short"}, 404, "not_found"),
    ({"member": 7}, 400, "bad_request"),
    ({"sender": "x" * 16}, 400, "bad_request"),
    ({"cid": "x"}, 400, "bad_request"),
]


@pytest.mark.parametrize(("change", "status", "code"), LIKE_REFUSALS)
async def test_a_like_is_checked(town: Town, change: Fields, status: int, code: str) -> None:
    group, (fox, *_), ids = await town.group_of(4)
    body = {"member": ids[1], "intent": "friend", **change}
    reply = await fox.call("POST", f"/v1/groups/{group}/likes", body)
    assert (reply.status, reply.code) == (status, code)


async def test_likes_are_refused_with_a_reason(town: Town) -> None:
    group, (fox, owl, *_), ids = await town.group_of(4)
    stranger = await town.newcomer()
    assert (await stranger.like(group, ids[0])).code == "not_found"
    assert (await fox.like(group, ids[0])).code == "bad_request"
    assert (await fox.like("x" * 16, ids[1])).code == "not_found"
    assert (await fox.like(group, ids[1])).fields["left_today"] == 0
    reply = await fox.like(group, ids[1])
    assert (reply.status, reply.code) == (409, "cooldown_active")
    assert int(reply.headers["retry-after"]) == 14 * 86_400
    reply = await fox.like(group, ids[2])
    assert (reply.status, reply.code) == (402, "not_enough_credits")
    await owl.call("DELETE", f"/v1/groups/{group}/membership")
    closed = await town.people[2].like(group, ids[3])
    assert (closed.status, closed.code) == (409, "matching_closed")


async def test_a_repeated_like_by_its_key_is_one_like(town: Town) -> None:
    group, (fox, *_), ids = await town.group_of(4)
    body = {"member": ids[1], "intent": "romantic"}
    path = f"/v1/groups/{group}/likes"
    first, again = [await fox.call("POST", path, body, key="k") for _ in range(2)]
    assert first.status == 202
    assert first.data == again.data
    other = await fox.call("POST", path, {**body, "member": ids[2]}, key="k")
    assert other.code == "idempotency_conflict"


# ------------------------------------------------------------------------------ rooms and history


async def paired(town: Town) -> tuple[Person, Person, str, str, str]:
    """Return a pair, their match, their room, and the alias of the first."""
    group, (fox, owl, *_), ids = await town.group_of(4)
    match = await town.match(group, fox, owl, ids)
    (room,) = await fox.match_rooms()
    return fox, owl, str(match["match"]), str(room["room"]), str(room["me"])


async def test_history_is_read_page_by_page_in_the_form_of_the_websocket(town: Town) -> None:
    fox, owl, _, room, alias = await paired(town)
    await town.say(room, alias, *(f"말 {number}" for number in range(1, 8)))
    path = f"/v1/rooms/{room}/messages"

    newest = await fox.get(f"{path}?limit=3")
    items = cast("list[Fields]", newest["items"])
    assert [event["seq"] for event in items] == [5, 6, 7]
    assert newest["more"] is True
    assert items[0] == {
        "ev": "msg.new",
        "room": room,
        "epoch": newest["epoch"],
        "seq": 5,
        "at": town.edge.clock(),
        "from": alias,
        "cid": f"{alias}-5",
        "kind": "text",
        "body": "말 5",
    }
    older = await fox.get(f"{path}?limit=3&before=5")
    assert [e["seq"] for e in cast("list[Fields]", older["items"])] == [2, 3, 4]
    first = await fox.get(f"{path}?limit=3&before=2")
    assert [e["seq"] for e in cast("list[Fields]", first["items"])] == [1]
    assert first["more"] is False
    assert len(await fox.items(f"{path}?limit=100000")) == 7

    theirs = await owl.items(path)
    assert [e["body"] for e in theirs] == [f"말 {number}" for number in range(1, 8)]
    assert all("cid" not in event for event in theirs)
    (mine,), (other,) = await fox.match_rooms(), await owl.match_rooms()
    assert cast("Fields", mine["last"])["cid"] == f"{alias}-7"
    assert "cid" not in cast("Fields", other["last"])
    assert (mine["seq"], other["seq"], other["unread"]) == (7, 7, 7)


async def test_a_room_of_others_is_no_room(town: Town) -> None:
    *_, room, _ = await paired(town)
    stranger = await town.newcomer()
    there = await stranger.call("GET", f"/v1/rooms/{room}/messages")
    nowhere = await stranger.call("GET", f"/v1/rooms/{'x' * 16}/messages")
    assert (there.status, there.data) == (404, nowhere.data)
    assert await stranger.items("/v1/rooms") == []


async def test_either_side_ends_a_match_at_once(town: Town) -> None:
    fox, owl, match, room, alias = await paired(town)
    await town.say(room, alias, "bye")
    stranger = await town.newcomer()
    assert (await stranger.call("DELETE", f"/v1/matches/{match}")).status == 404
    nudges = len(town.edge.nudges)
    for _ in range(2):
        reply = await owl.call("DELETE", f"/v1/matches/{match}")
        assert (reply.status, reply.data) == (204, b"")
    assert len(town.edge.nudges) == nudges + 2
    for person in (fox, owl):
        (seen,) = await person.items("/v1/matches")
        assert (seen["match"], seen["state"]) == (match, "ended")


async def test_lists_of_matches_and_rooms_are_paged(town: Town) -> None:
    group, (fox, *others), ids = await town.group_of(5)
    for other, member in zip(others, ids[1:], strict=True):
        town.edge.clock.sleep(86_400)
        fox = await town.sign_in(fox.phone)
        other = await town.sign_in(other.phone)  # noqa: PLW2901  # tokens end after an hour
        assert (await fox.like(group, member)).status == 202
        assert (await other.like(group, ids[0])).status == 202
    town.edge.clock.sleep(10)
    for path, name, count in (("/v1/matches", "match", 4), ("/v1/rooms", "room", 5)):
        whole = [item[name] for item in await fox.items(path)]
        assert len(whole) == count
        page = await fox.get(f"{path}?limit=3")
        rest = await fox.get(f"{path}?limit=3&cursor={page['cursor']}")
        items = cast("list[Fields]", page["items"]) + cast("list[Fields]", rest["items"])
        assert [item[name] for item in items] == whole
        assert rest["cursor"] is None


# ------------------------------------------------------------------------------------------ seed


async def test_seeded_people_can_call_at_once() -> None:
    town = make_town(Environment.BENCH)
    body = {"users": 6, "groups": 1, "pairs": True}
    reply = await town.edge.call("POST", "/v1/dev/seed", body)
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in reply.data.splitlines()]
    assert len(lines) == 6
    assert all(line.keys() == {"user", "access", "group", "member", "room"} for line in lines)
    rooms = [line["room"] for line in lines]
    assert all(rooms.count(room) == 2 for room in rooms)
    for line in lines:
        person = Person(town, "", {"access": line["access"]})
        (room,) = await person.match_rooms()
        assert room["room"] == line["room"]
        members = await person.items(f"/v1/groups/{line['group']}/members")
        assert [one["member"] for one in members if one.get("me")] == [line["member"]]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"users": 0, "groups": 1},
        {"users": 1, "groups": 0},
        {"users": 10**9, "groups": 1},
        {"users": 1, "groups": 1, "room_size": -1},
        {"users": "1", "groups": 1},
        {"users": 1, "groups": 1, "x": 1},
    ],
)
async def test_a_plan_for_seeding_is_checked(body: Fields) -> None:
    town = make_town(Environment.DEV)
    reply = await town.edge.call("POST", "/v1/dev/seed", body)
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_what_an_op_can_do_too_is_counted_with_the_ops() -> None:
    spent: list[str] = []

    def spend(account: str) -> None:
        spent.append(account)
        if len(spent) > 1:
            raise RateLimited(retry_after_ms=7)

    town = make_town(spend=spend)
    group, (fox, *_), ids = await town.group_of(4)
    assert (await fox.like(group, ids[1])).status == 202
    late = await fox.like(group, ids[2])
    history = await fox.call("GET", f"/v1/rooms/{'r' * 16}/messages")
    for reply in (late, history):
        assert (reply.status, reply.code, reply.fields["retry_after_ms"]) == (
            429,
            "rate_limited",
            7,
        )
    assert len(spent) == 3


async def test_blocking_from_the_room_ends_the_match_and_hides_both(town: Town) -> None:
    group, (fox, owl, *others), ids = await town.group_of(4)
    match = await town.match(group, fox, owl, ids)
    path = f"/v1/rooms/{match['room']}/blocks"
    body = {"member": cast("Fields", match["peer"])["alias"]}
    assert (await others[0].call("POST", path, body)).status == 404
    assert (await fox.call("POST", path, {"member": ids[1]})).status == 404, "another name"
    (room,) = await fox.match_rooms()
    assert (await fox.call("POST", path, {"member": room["me"]})).status == 400
    nudges = len(town.edge.nudges)
    for _ in range(2):
        assert (await fox.call("POST", path, body)).status == 204
    assert len(town.edge.nudges) == nudges + 2
    for person, hidden in ((fox, ids[1]), (owl, ids[0])):
        (ended,) = await person.items("/v1/matches")
        assert ended["state"] == "ended"
        seen = {one["member"] for one in await person.items(f"/v1/groups/{group}/members")}
        assert seen == {*ids} - {hidden}
    assert (await owl.like(group, ids[0])).status == 404
