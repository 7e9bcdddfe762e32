"""Pushes over REST: one's own settings, and the token of the device that asks."""

from __future__ import annotations

import pytest

from engine.limits_pushes import PUSH_TOKEN_CHARS_MAX
from engine.model.push import PushKind
from tests.api.people import Person, Town, make_town

TOKEN = "device:APA91b-a_token_of_fcm"
PATH, TOKENS = "/v1/me/push", "/v1/me/push/token"
ALL_ON = {kind.value: True for kind in PushKind}
AT_FIRST = {
    "kinds": ALL_ON,
    "quiet": None,
    "offset_minutes": 540,
    "language": "ko",
    "here": False,
}


@pytest.fixture
def town() -> Town:
    return make_town()


async def agree(person: Person, *, yes: bool = True) -> None:
    for purpose in ("push", "overseas"):
        said = {"purpose": purpose, "version": 1, "granted": yes}
        assert (await person.call("POST", "/v1/me/consents", said)).status == 200


async def test_one_says_what_one_wants_to_be_told_of(town: Town) -> None:
    person, other = await town.newcomer(), await town.newcomer()
    assert (await person.call("GET", PATH)).fields == AT_FIRST
    night = {"start": 1380, "end": 420}
    change = {"kinds": {"likes": False, "match": True}, "quiet": night, "language": "en"}
    expected = AT_FIRST | change | {"kinds": ALL_ON | {"likes": False}}
    assert (await person.call("PATCH", PATH, change)).fields == expected
    further = {"kinds": {"payment": False}, "offset_minutes": -300}
    expected |= {"kinds": ALL_ON | {"likes": False, "payment": False}, "offset_minutes": -300}
    assert (await person.call("PATCH", PATH, further)).fields == expected
    back = {"quiet": None, "kinds": {"likes": True, "payment": True}}
    expected |= {"quiet": None, "kinds": ALL_ON}
    assert (await person.call("PATCH", PATH, back)).fields == expected
    assert (await person.call("GET", PATH)).fields == expected
    assert (await other.call("GET", PATH)).fields == AT_FIRST


@pytest.mark.parametrize(
    "change",
    [
        {"kinds": {"everything": False}},
        {"kinds": {"likes": "off"}},
        {"kinds": {"likes": None}},
        {"quiet": {"start": 60, "end": 60}},
        {"quiet": {"start": -1, "end": 60}},
        {"quiet": {"start": 60, "end": 1440}},
        {"quiet": {"start": 60}},
        {"offset_minutes": 841},
        {"offset_minutes": -721},
        {"language": "fr"},
        {"here": True},
    ],
)
async def test_what_makes_no_sense_changes_nothing(town: Town, change: dict[str, object]) -> None:
    person = await town.newcomer()
    reply = await person.call("PATCH", PATH, change)
    assert (reply.status, reply.code) == (400, "bad_request")
    assert (await person.call("GET", PATH)).fields == AT_FIRST


async def test_a_device_is_told_only_with_both_consents(town: Town) -> None:
    person = await town.newcomer()
    refused = await person.call("POST", TOKENS, {"token": TOKEN})
    assert (refused.status, refused.code) == (403, "consent_required")
    await agree(person)
    for _ in range(2):
        assert (await person.call("POST", TOKENS, {"token": TOKEN})).status == 204
        assert (await person.call("GET", PATH)).fields == AT_FIRST | {"here": True}
    await agree(person, yes=False)
    assert (await person.call("GET", PATH)).fields == AT_FIRST


async def test_a_token_goes_where_it_was_brought_from_last(town: Town) -> None:
    first, second = await town.newcomer(), await town.newcomer()
    for person in (first, second):
        await agree(person)
        assert (await person.call("POST", TOKENS, {"token": TOKEN})).status == 204
    assert (await first.call("GET", PATH)).fields["here"] is False
    assert (await second.call("GET", PATH)).fields["here"] is True
    for _ in range(2):
        assert (await second.call("DELETE", TOKENS)).status == 204
    assert (await second.call("GET", PATH)).fields["here"] is False


@pytest.mark.parametrize("token", ["", "a b", "토큰", "x" * (PUSH_TOKEN_CHARS_MAX + 1), 7, None])
async def test_what_is_no_token_is_refused(town: Town, token: object) -> None:
    person = await town.newcomer()
    await agree(person)
    reply = await person.call("POST", TOKENS, {"token": token})
    assert (reply.status, reply.code) == (400, "bad_request")
