"""An instant meeting over REST: made, entered, described, matched, over."""

from __future__ import annotations

from typing import cast
from xml.etree import ElementTree as ET

import pytest

from engine.model.meeting_policy import MeetingPolicy
from tests.api.people import Fields, Person, Town, make_town

POLICY = MeetingPolicy()
RED = {"upper": "knit", "upper_colour": "red"}
BLUE = {"upper": "shirt", "upper_colour": "blue"}


@pytest.fixture
def town() -> Town:
    return make_town()


async def make_meeting(
    town: Town, people: int, mode: str = "interest"
) -> tuple[str, list[Person], str]:
    """Make a meeting; everybody else comes in by the code."""
    guests = [await town.newcomer("female" if n % 2 else "male") for n in range(people)]
    body = {"type": "instance", "name": "전시 첫날", "mode": mode, "hours": 3}
    made = await guests[0].call("POST", "/v1/groups", body)
    assert made.status == 201, made.data
    group = str(made.fields["group"])
    code = str((await guests[0].get(f"/v1/groups/{group}/meeting"))["code"])
    for guest in guests[1:]:
        entered = await guest.call("POST", "/v1/meetings/join", {"code": f" {code.lower()} "})
        assert entered.status == 200, entered.data
        assert entered.fields["group"] == group
    return group, guests, code


async def show(guest: Person, group: str, look: Fields, line: str = "") -> None:
    body = {"look": look, "line": line}
    shown = await guest.call("POST", f"/v1/groups/{group}/meeting/look", body)
    assert shown.status == 200, shown.data


async def describe(guest: Person, group: str, wanted: Fields, key: str | None = None) -> Fields:
    body = {"wanted": wanted, "intent": "friend"}
    path = f"/v1/groups/{group}/meeting/descriptions"
    reply = await guest.call("POST", path, body, key=key)
    return {"status": reply.status, **reply.fields}


async def go_round(town: Town) -> None:
    town.edge.clock.sleep(POLICY.round_s)
    policy, now_ms = town.edge.services.policy, town.edge.clock()
    await town.store.meeting_keeping.run_rounds(policy, now_ms=now_ms)
    town.edge.clock.sleep(policy.likes.match_tick_s)


async def test_two_who_describe_each_other_meet(town: Town) -> None:
    group, (one, other, *_), _ = await make_meeting(town, 4, "auto")
    await show(one, group, cast("Fields", RED), "창가에 있어요")
    await show(other, group, cast("Fields", BLUE))
    first = await describe(one, group, {"upper_colour": "sky"})
    second = await describe(other, group, {"upper_colour": "wine"})
    for answer in (first, second):  # nothing of whether it was mutual
        assert answer == {
            "status": 202,
            "description": answer["description"],
            "fit_band": None,
            "left": 29,
        }
    await go_round(town)
    (match,) = await other.items("/v1/matches")
    assert match["group"] == group
    seen = await other.get(f"/v1/groups/{group}/meeting")
    assert seen["met"] == [{"match": match["match"], "line": "창가에 있어요"}]
    (room,) = await other.match_rooms()
    assert room["room"] == match["room"]


async def test_too_few_are_refused_with_a_hint_and_counted_in_bands(town: Town) -> None:
    group, guests, _ = await make_meeting(town, 12)
    for guest in guests:
        await show(guest, group, cast("Fields", RED))
    town.edge.clock.sleep(POLICY.count_every_s)
    told = await describe(guests[1], group, {"upper_colour": "red"}, key="k")
    assert (told["status"], told["fit_band"], told["left"]) == (202, "10_more", 29)
    assert await describe(guests[1], group, {"upper_colour": "red"}, key="k") == told
    refused = await describe(guests[1], group, {"glasses": True})
    assert (refused["status"], refused["code"], refused["feature"]) == (
        409,
        "too_specific",
        "glasses",
    )
    assert not any(char.isdigit() for char in str(refused["detail"]))
    seen = await guests[1].get(f"/v1/groups/{group}/meeting")
    assert [one["wanted"] for one in cast("list[Fields]", seen["descriptions"])] == [
        {"upper_colour": "red"}
    ]
    assert seen["descriptions_left"] == 28
    assert "code" not in seen
    (kept,) = cast("list[Fields]", seen["descriptions"])
    path = f"/v1/groups/{group}/meeting/descriptions/{kept['description']}"
    assert (await guests[2].call("DELETE", path)).status == 404
    assert (await guests[1].call("DELETE", path)).status == 204
    assert (await guests[1].get(f"/v1/groups/{group}/meeting"))["descriptions"] == []


async def test_the_qr_is_for_who_made_it(town: Town) -> None:
    group, (owner, guest, *_), code = await make_meeting(town, 2)
    drawn = await owner.call("GET", f"/v1/groups/{group}/meeting/qr")
    assert (drawn.status, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert ET.fromstring(drawn.data).tag == "{http://www.w3.org/2000/svg}svg"
    assert (await guest.call("GET", f"/v1/groups/{group}/meeting/qr")).code == "not_found"
    seen = await owner.get(f"/v1/groups/{group}/meeting")
    assert str(seen["link"]).endswith(f"/#/meet/{code}")


async def test_a_code_goes_with_the_group_too_and_wrong_ones_run_out(town: Town) -> None:
    group, _, code = await make_meeting(town, 1)
    guest, guesser = await town.newcomer(), await town.newcomer()
    wrong = {"proof": "2" * 8}
    assert (await guest.call("POST", f"/v1/groups/{group}/join")).code == "not_found"
    assert (await guest.call("POST", f"/v1/groups/{group}/join", wrong)).code == "not_found"
    entered = await guest.call("POST", f"/v1/groups/{group}/join", {"proof": code})
    assert entered.status == 200
    assert (await guest.call("POST", "/v1/meetings/join", {"code": code})).code == "already_member"
    for _ in range(POLICY.code_tries_per_hour_max):
        reply = await guesser.call("POST", "/v1/meetings/join", {"code": "not a code"})
        assert reply.code == "not_found"
    reply = await guesser.call("POST", "/v1/meetings/join", {"code": code})
    assert (reply.status, reply.code) == (429, "rate_limited")
    assert int(reply.headers["retry-after"]) > 3_000


async def test_nobody_is_listed_and_nobody_is_found(town: Town) -> None:
    group, (owner, guest, *_), _ = await make_meeting(town, 4)
    stranger = await town.newcomer()
    assert [one.get("me") for one in await guest.items(f"/v1/groups/{group}/members")] == [True]
    assert await stranger.items("/v1/groups?query=%EC%A0%84%EC%8B%9C") == []
    for path in (f"/v1/groups/{group}", f"/v1/groups/{group}/meeting"):
        assert (await stranger.call("GET", path)).code == "not_found"
    assert (await guest.call("POST", f"/v1/groups/{group}/meeting/end")).code == "forbidden"
    assert (await owner.call("POST", f"/v1/groups/{group}/meeting/end")).status == 204
    assert (await guest.call("GET", f"/v1/groups/{group}/meeting")).code == "window_over"


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "auto"},
        {"hours": 3},
        {"mode": "auto", "hours": 13},
        {"mode": "auto", "hours": 0},
        {"mode": "both", "hours": 3},
    ],
)
async def test_a_meeting_that_may_not_be(town: Town, wrong: Fields) -> None:
    person = await town.newcomer()
    reply = await person.call("POST", "/v1/groups", {"type": "instance", "name": "x", **wrong})
    assert reply.code == "bad_request"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("look", {"look": {"upper": "cape"}}, "bad_request"),
        ("look", {"look": {"secret": 1}}, "bad_request"),
        ("look", {"look": {}, "line": "010-1234-5678"}, "contact_too_soon"),
        ("look", {"look": {}, "line": "x" * 61}, "bad_request"),
        ("descriptions", {"wanted": {}, "intent": "friend"}, "bad_request"),
        ("descriptions", {"wanted": RED, "intent": "other"}, "bad_request"),
        ("descriptions", {"wanted": RED, "intent": "friend"}, "conflict"),  # no look of one's own
    ],
)
async def test_what_may_not_be_said(town: Town, path: str, body: Fields, code: str) -> None:
    group, (_, guest, *_), _ = await make_meeting(town, 2)
    reply = await guest.call("POST", f"/v1/groups/{group}/meeting/{path}", body)
    assert reply.code == code


async def test_a_created_group_has_no_hours(town: Town) -> None:
    person = await town.newcomer()
    body = {"type": "created", "name": "x", "hours": 3, "mode": "auto"}
    assert (await person.call("POST", "/v1/groups", body)).code == "bad_request"
