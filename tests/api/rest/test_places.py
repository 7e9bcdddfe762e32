"""Groups of a place over REST: by a position, or by the code that the place shows."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

import pytest

from tests.api.people import Fields, Person, Town, make_town

PLACE = {"latitude": 37.5665, "longitude": 126.978, "radius_m": 100}
NEW = {"type": "location", "name": "Here", "place": PLACE, "hours": 2}
POSITION = {"latitude": 37.5665, "longitude": 126.978, "accuracy_m": 20}


@pytest.fixture
def town() -> Town:
    return make_town()


async def guest(town: Town, *, agrees: bool = True) -> Person:
    person = await town.newcomer()
    if agrees:
        said = {"purpose": "location", "version": 1, "granted": True}
        assert (await person.call("POST", "/v1/me/consents", said)).status == 200
    return person


async def made(owner: Person) -> str:
    reply = await owner.call("POST", "/v1/groups", NEW)
    assert reply.status == 201, reply.data
    return f"/v1/groups/{reply.fields['group']}"


async def join(person: Person, group: str, proof: object) -> tuple[int, str]:
    reply = await person.call("POST", f"{group}/join", {"proof": proof})
    return reply.status, "" if reply.status == 200 else reply.code


async def code_of(owner: Person, group: str) -> str:
    return str((await owner.get(f"{group}/place/code"))["code"])


async def test_who_is_there_comes_in(town: Town) -> None:
    owner, me = await guest(town), await guest(town)
    group = await made(owner)
    seen = await me.get(f"{group}/place")
    assert {**seen, "group": "?"} == {
        **PLACE,
        "group": "?",
        "ends_at": town.edge.clock() + 2 * 3_600_000,
    }
    assert await join(me, group, None) == (403, "verification_required")
    away = {**POSITION, "latitude": 37.6}
    assert await join(me, group, away) == (403, "verification_required")
    assert await join(me, group, {**POSITION, "mocked": True}) == (403, "verification_required")
    assert await join(me, group, {**POSITION, "speed_mps": None}) == (200, "")


@pytest.mark.parametrize(
    "change",
    [
        {"latitude": 91},
        {"latitude": "37"},
        {"longitude": True},
        {"accuracy_m": -1},
        {"speed_mps": -1},
        {"mocked": "no"},
        {"member": "me"},
    ],
)
async def test_a_position_has_its_form(town: Town, change: Fields) -> None:
    group = await made(await guest(town))
    assert await join(await guest(town), group, {**POSITION, **change}) == (400, "bad_request")


@pytest.mark.parametrize(
    "change",
    [
        {"place": {**PLACE, "latitude": 0}},
        {"place": {**PLACE, "radius_m": 1001}},
        {"place": None},
        {"hours": 13},
        {"hours": 0},
        {"type": "created"},
        {"type": "instance", "mode": "auto"},
        {"mode": "auto"},
    ],
)
async def test_a_new_place_is_checked(town: Town, change: Fields) -> None:
    reply = await (await guest(town)).call("POST", "/v1/groups", {**NEW, **change})
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_without_consent_nothing_is_looked_at(town: Town) -> None:
    group, me = await made(await guest(town)), await guest(town, agrees=False)
    assert await join(me, group, POSITION) == (403, "consent_required")
    reply = await me.call("POST", "/v1/groups", NEW)
    assert (reply.status, reply.code) == (403, "consent_required")


async def test_the_code_of_the_place_lets_in_once_within_a_minute(town: Town) -> None:
    owner, me, late = await guest(town), await guest(town), await guest(town)
    group = await made(owner)
    code = await code_of(owner, group)
    assert await code_of(owner, group) != code
    assert await join(me, group, {"place": code}) == (200, "")
    await me.call("DELETE", f"{group}/membership")
    assert await join(me, group, {"place": code}) == (403, "verification_required")
    town.edge.clock.sleep(60)
    assert await join(late, group, {"place": code}) == (200, "")
    await late.call("DELETE", f"{group}/membership")
    fresh = await code_of(owner, group)
    town.edge.clock.sleep(60.001)
    assert await join(late, group, {"place": fresh}) == (403, "verification_required")


def flipped(code: str, at: int) -> str:
    data = bytearray(urlsafe_b64decode(code))
    data[at] ^= 1
    return urlsafe_b64encode(bytes(data)).decode()


@pytest.mark.parametrize(
    "forge",
    [
        lambda code: flipped(code, 5),  # another time
        lambda code: flipped(code, 10),  # another nonce
        lambda code: flipped(code, 32),  # another signature
        lambda code: code[:-4],
        lambda code: code + "AAAA",
        lambda code: code[:-1] + "!",
        lambda _: "A" * 44,
        lambda _: "é" * 44,
        lambda _: "",
        lambda _: 1,
    ],
)
async def test_a_forged_code_opens_nothing(town: Town, forge: Callable[[str], object]) -> None:
    owner, me = await guest(town), await guest(town)
    group = await made(owner)
    code = await code_of(owner, group)
    assert await join(me, group, {"place": forge(code)}) == (403, "verification_required")


async def test_a_code_opens_its_own_group_only_and_not_tomorrow(town: Town) -> None:
    owner, me = await guest(town), await guest(town)
    one, other = await made(owner), await made(owner)
    code = await code_of(owner, one)
    assert await join(me, other, {"place": code}) == (403, "verification_required")
    town.edge.clock.sleep(-1)  # a code of tomorrow
    assert await join(me, one, {"place": code}) == (403, "verification_required")


async def test_only_who_moderates_shows_the_code(town: Town) -> None:
    owner, me, stranger = await guest(town), await guest(town), await guest(town)
    group = await made(owner)
    assert await join(me, group, POSITION) == (200, "")
    assert (await me.call("GET", f"{group}/place/code")).status == 403
    assert (await stranger.call("GET", f"{group}/place/code")).status == 404


async def test_taking_consent_back_is_being_gone(town: Town) -> None:
    owner, me = await guest(town), await guest(town)
    group = await made(owner)
    assert await join(me, group, POSITION) == (200, "")
    said = {"purpose": "location", "version": 1, "granted": False}
    await me.call("POST", "/v1/me/consents", said)
    assert (await me.call("GET", f"{group}/members")).status == 404
    assert (await owner.get(group))["members"] == 1
