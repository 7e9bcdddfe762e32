"""Contract of groups of a place: who is there is let in, on record, and by consent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import (
    ConsentRequired,
    NotFound,
    Refused,
    VerificationRequired,
    WindowOver,
)
from engine.ids import AccountId, GroupId, MemberId
from engine.model.consent import VERSIONS, Consent, Purpose
from engine.model.group import (
    GroupDraft,
    GroupType,
    MemberProfile,
    Membership,
    MemberState,
    Role,
    Visibility,
)
from engine.model.place import HOUR_MS, Place, PlaceSeen, Position
from engine.ports.groups import PlaceCode, Proof
from engine.ports.places import Source
from tests.store.test_admissions import people, rooms_of
from tests.store.world import DAY_MS, POLICY, SECOND_MS, World

HERE = Place(37.5665, 126.9780, 100)
BUSAN = Place(35.1796, 129.0756, 100)
AT_HERE = Position(37.5665, 126.9780, 20)
AT_BUSAN = Position(35.1796, 129.0756, 20)
HOURS = 3


async def agree(world: World, who: AccountId, *, granted: bool = True) -> None:
    """Say yes to location, or take it back."""
    said = Consent(Purpose.LOCATION, VERSIONS[Purpose.LOCATION], granted, world.now_ms)
    await world.store.consents.say(who, said)


async def open_at(
    world: World, owner: AccountId, place: Place = HERE, visibility: Visibility = Visibility.PUBLIC
) -> GroupId:
    """Make a group of a place."""
    group = GroupId(world.chance.fresh_id())
    await world.store.places.create(
        group,
        MemberId(world.chance.fresh_id()),
        owner,
        GroupDraft("here", "", "", (), visibility, ""),
        MemberProfile("host"),
        PlaceSeen(place, world.now_ms + HOURS * HOUR_MS),
        POLICY.groups,
        now_ms=world.now_ms,
    )
    return group


async def enter(
    world: World, group: GroupId, who: AccountId, shown: Position | PlaceCode | None
) -> Membership:
    """Try to come in."""
    return await world.store.groups.join(
        group,
        MemberId(world.chance.fresh_id()),
        who,
        MemberProfile("nick"),
        POLICY.groups,
        now_ms=world.now_ms,
        proof=Proof(place=shown),
    )


async def guests(world: World, users: int = 4) -> list[AccountId]:
    """Make people who agree to location."""
    found = await people(world, users)
    for who in found:
        await agree(world, who)
    return found


async def test_who_is_there_is_let_in_and_nobody_else(world: World) -> None:
    owner, me, *_ = await guests(world)
    group = await open_at(world, owner)
    for shown in (
        None,
        AT_BUSAN,
        replace(AT_HERE, accuracy_m=101),
        replace(AT_HERE, speed_mps=90),
        replace(AT_HERE, mocked=True),
        replace(AT_HERE, latitude=37.5665 + 0.001),  # 111 m
        replace(AT_HERE, latitude=float("nan")),
        replace(AT_HERE, accuracy_m=float("nan")),
        replace(AT_HERE, accuracy_m=-1),
    ):
        with pytest.raises(VerificationRequired):
            await enter(world, group, me, shown)
    entered = await enter(world, group, me, replace(AT_HERE, latitude=37.5665 + 0.0008))
    assert (entered.state, entered.role) == (MemberState.ACTIVE, Role.MEMBER)
    assert await rooms_of(world, me, group) == 1


async def test_nobody_is_looked_for_without_consent(world: World) -> None:
    owner, *_ = await guests(world, 1)
    me, *_ = await people(world, 1)
    group = await open_at(world, owner)
    for shown in (AT_HERE, PlaceCode(b"nonce")):
        with pytest.raises(ConsentRequired):
            await enter(world, group, me, shown)
    with pytest.raises(ConsentRequired):
        await open_at(world, me)
    assert await world.store.places.acts(me) == []
    seen = await world.store.groups.search(me, query="", mine=True, after=None, limit=9)
    assert {one.type for one in seen} == {GroupType.CREATED}


async def test_taking_the_consent_back_ends_it_at_once(world: World) -> None:
    owner, me, *_ = await guests(world)
    group, own = await open_at(world, owner), await open_at(world, me)
    await enter(world, group, me, AT_HERE)
    await enter(world, own, owner, AT_HERE)
    await agree(world, me, granted=False)
    assert (await world.store.groups.get(group, owner)).members == 1
    assert (await world.store.groups.get(group, me)).me is None
    assert await rooms_of(world, me, group) == 0
    with pytest.raises(NotFound):
        await world.store.groups.get(own, owner)
    with pytest.raises(ConsentRequired):
        await enter(world, group, me, AT_HERE)
    await agree(world, me)
    assert (await enter(world, group, me, AT_HERE)).state is MemberState.ACTIVE


async def test_a_code_of_the_place_is_good_once_for_each_person(world: World) -> None:
    owner, me, other, *_ = await guests(world)
    group, code = await open_at(world, owner), PlaceCode(b"nonce of 9")
    await enter(world, group, me, code)
    await enter(world, group, other, code)
    await world.store.groups.leave(group, me, now_ms=world.now_ms)
    with pytest.raises(VerificationRequired):
        await enter(world, group, me, code)
    assert (await enter(world, group, me, PlaceCode(b"another"))).state is MemberState.ACTIVE


@pytest.mark.parametrize("code", [False, True])
async def test_nobody_is_in_two_towns_at_once(world: World, *, code: bool) -> None:
    owner, me, *_ = await guests(world)
    other, *_ = await guests(world, 1)
    seoul, busan = await open_at(world, owner), await open_at(world, other, BUSAN)
    await enter(world, seoul, me, AT_HERE)
    shown = PlaceCode(b"relayed") if code else AT_BUSAN
    world.clock.now_ms += HOUR_MS  # 325 km: not at 300 km/h
    with pytest.raises(VerificationRequired):
        await enter(world, busan, me, shown)
    world.clock.now_ms += HOUR_MS // 4
    assert (await enter(world, busan, me, shown)).state is MemberState.ACTIVE


async def test_every_look_at_a_location_is_on_record_for_half_a_year(world: World) -> None:
    owner, me, *_ = await guests(world)
    group = await open_at(world, owner)
    with pytest.raises(VerificationRequired):
        await enter(world, group, me, AT_BUSAN)
    world.clock.now_ms += SECOND_MS
    await enter(world, group, me, PlaceCode(b"nonce"))
    acts = await world.store.places.acts(me)
    assert [(one.source, one.at) for one in acts] == [
        (Source.GPS, world.now_ms - SECOND_MS),
        (Source.QR, world.now_ms),
    ]
    kept_ms = POLICY.groups.proofs.location_acts_kept_s * SECOND_MS
    later = world.now_ms + kept_ms - DAY_MS
    await world.store.places.purge(POLICY.groups, now_ms=later)
    assert len(await world.store.places.acts(me)) == 2
    await world.store.places.purge(POLICY.groups, now_ms=later + 2 * DAY_MS)
    assert await world.store.places.acts(me) == []


async def test_a_group_of_a_place_ends_at_its_hour(world: World) -> None:
    owner, me, late, *_ = await guests(world)
    group = await open_at(world, owner)
    await enter(world, group, me, AT_HERE)
    while await world.store.places.end_due(now_ms=world.now_ms):
        pass
    assert (await world.store.groups.get(group, me)).members == 2
    world.clock.now_ms += HOURS * HOUR_MS
    with pytest.raises(WindowOver):  # though nobody has ended it yet
        await enter(world, group, late, AT_HERE)
    assert await world.store.places.end_due(now_ms=world.now_ms) >= 1
    assert await world.store.places.end_due(now_ms=world.now_ms) == 0
    for call in (world.store.groups.get(group, me), world.store.places.get(group, me)):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(Refused):
        await enter(world, group, late, AT_HERE)


async def test_where_a_group_is_and_who_shows_its_code(world: World) -> None:
    owner, me, *_ = await guests(world)
    group, hidden = (
        await open_at(world, owner),
        await open_at(world, owner, HERE, Visibility.HIDDEN),
    )
    seen = await world.store.places.get(group, me)
    assert (seen.place, seen.ends_at) == (HERE, world.now_ms + HOURS * HOUR_MS)
    assert await world.store.places.role(group, owner) is Role.OWNER
    for call in (world.store.places.get(hidden, me), world.store.places.role(group, me)):
        with pytest.raises(NotFound):
            await call
