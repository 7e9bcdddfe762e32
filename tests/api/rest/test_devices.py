"""One's own devices over REST: seen, signed out one by one, or all at once."""

from __future__ import annotations

import pytest

from tests.api.people import Person, Town, make_town

PHONE = "010-1234-5678"
PROFILE = {"nickname": "여우", "birth_year": 1996, "gender": "female"}


@pytest.fixture
def town() -> Town:
    return make_town()


async def is_out(person: Person) -> bool:
    refresh = {"refresh": person.tokens["refresh"]}
    call = await person.call("GET", "/v1/me")
    renewed = await person.town.edge.call("POST", "/v1/auth/refresh", refresh)
    assert call.status == renewed.status
    return call.status == 401


async def test_one_sees_where_one_is_signed_in(town: Town) -> None:
    first = await town.sign_in(PHONE, PROFILE)
    start = town.edge.clock()
    town.edge.clock.sleep(60)
    code = await town.code_for(PHONE)
    agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Chrome/140.0"}
    body = {"phone": PHONE, "code": code}
    assert (await town.edge.call("POST", "/v1/auth/otp/verify", body, headers=agent)).status == 200
    newer, older = await first.items("/v1/devices")
    assert newer.keys() == {"device", "platform", "signed_in_at", "used_at", "here"}
    assert (newer["platform"], newer["here"]) == ("android", False)
    assert newer["signed_in_at"] == start + 60_000
    assert older | {"device": ""} == {
        "device": "",
        "platform": "other",
        "signed_in_at": start,
        "used_at": start,
        "here": True,
    }


async def test_one_signs_a_lost_device_out(town: Town) -> None:
    here, lost = await town.sign_in(PHONE, PROFILE), await town.sign_in(PHONE)
    assert (await lost.call("GET", "/v1/groups")).status == 200
    (device,) = [d["device"] for d in await here.items("/v1/devices") if not d["here"]]
    nudges = len(town.edge.nudges)
    reply = await here.call("DELETE", f"/v1/devices/{device}")
    assert (reply.status, reply.data) == (204, b"")
    assert len(town.edge.nudges) > nudges
    # Although the guard knew the device a moment ago; `/v1/me` looks into the store anyway.
    assert (await lost.call("GET", "/v1/groups")).status == 401
    assert await is_out(lost)
    assert not await is_out(here)
    assert (await here.call("DELETE", f"/v1/devices/{device}")).code == "not_found"


async def test_the_device_of_another_is_not_there(town: Town) -> None:
    mine = await town.sign_in(PHONE, PROFILE)
    other = await town.newcomer()
    (theirs,) = await other.items("/v1/devices")
    made_up = "A" * 16
    answers = [
        await mine.call("DELETE", f"/v1/devices/{device}") for device in (theirs["device"], made_up)
    ]
    assert [(a.status, a.code) for a in answers] == [(404, "not_found")] * 2
    assert answers[0].data == answers[1].data
    assert not await is_out(other)


async def test_one_signs_out_everywhere(town: Town) -> None:
    here, there = await town.sign_in(PHONE, PROFILE), await town.sign_in(PHONE)
    assert (await there.call("GET", "/v1/me")).status == 200
    assert (await here.call("POST", "/v1/auth/logout", {"all": True})).status == 204
    assert await is_out(here)
    assert await is_out(there)
    assert not await is_out(await town.sign_in(PHONE))


@pytest.mark.parametrize("body", [{"all": "yes"}, {"all": 1}, {"device": "A" * 16}])
async def test_signing_out_takes_nothing_else(town: Town, body: dict[str, object]) -> None:
    person = await town.sign_in(PHONE, PROFILE)
    assert (await person.call("POST", "/v1/auth/logout", body)).code == "bad_request"
    assert not await is_out(person)
