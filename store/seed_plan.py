"""Who is seeded where, as plain data: the same for both stores, decided before anything is made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import BadRequest
from engine.ids import AccountId, Alias, DeviceId, GroupId, MatchId, MemberId, RoomId
from engine.limits import ROOM_MEMBERS_MAX
from engine.model.account import Gender
from engine.model.group import GroupDraft, Matching, Visibility, matching_of
from engine.ports.seeding import SeededUser, SeedPlan

SIDES = (Gender.FEMALE, Gender.MALE)
YEARS = (1988, 2005)
PAIR = 2


@dataclass(frozen=True, slots=True)
class SeededPerson:
    """All of one person that a store writes."""

    user: SeededUser
    nickname: str
    gender: Gender
    birth_year: int
    alias: Alias | None


@dataclass(frozen=True, slots=True)
class SeededRoom:
    """A room with its people; a match has two."""

    room: RoomId
    group: GroupId
    match: MatchId | None
    people: Sequence[SeededPerson]


@dataclass(frozen=True, slots=True)
class Seeded:
    """Everything a plan makes."""

    groups: Sequence[tuple[GroupId, GroupDraft]]
    people: Sequence[SeededPerson]
    rooms: Sequence[SeededRoom]
    told: Mapping[GroupId, Matching]  # what the members of each group know of it already


def lay_out(plan: SeedPlan, fresh_id: Callable[[], str]) -> Seeded:
    """Put users into groups by blocks, and blocks into rooms, in their order."""
    if plan.users < 1 or not 1 <= plan.groups <= plan.users:
        raise BadRequest("at least one user, and no more groups than users")
    if plan.pairs and plan.room_size:
        raise BadRequest("pairs or room_size, not both")
    if plan.room_size and not PAIR <= plan.room_size <= ROOM_MEMBERS_MAX:
        raise BadRequest(f"room_size is {PAIR} to {ROOM_MEMBERS_MAX}")
    in_room = PAIR if plan.pairs else plan.room_size or 1
    # A block holds whole rooms, so that no room lies in two groups.
    rooms_per_group = -(-plan.users // (plan.groups * in_room))
    block = rooms_per_group * in_room
    count = -(-plan.users // block)
    groups = [(GroupId(fresh_id()), _draft(f"bench {number + 1}")) for number in range(plan.groups)]
    people: list[SeededPerson] = []
    rooms: list[SeededRoom] = []
    for start in range(0, plan.users, in_room):
        group = groups[min(start // block, count - 1)][0]
        numbers = range(start, min(start + in_room, plan.users))
        room = RoomId(fresh_id()) if len(numbers) > 1 else None
        together = [_person(number, group, room, fresh_id) for number in numbers]
        people += together
        if room is not None:
            match = MatchId(fresh_id()) if plan.pairs else None
            rooms.append(SeededRoom(room, group, match, together))
    sides: defaultdict[GroupId, Counter[Gender]] = defaultdict(Counter)
    for person in people:
        sides[person.user.group][person.gender] += 1
    told = {group: matching_of(sides[group], policy=plan.policy) for group, _ in groups}
    return Seeded(groups, people, rooms, told)


def _person(
    number: int, group: GroupId, room: RoomId | None, fresh_id: Callable[[], str]
) -> SeededPerson:
    user = SeededUser(
        number=number,
        account=AccountId(fresh_id()),
        device=DeviceId(fresh_id()),
        group=group,
        member=MemberId(fresh_id()),
        room=room,
    )
    first, last = YEARS
    return SeededPerson(
        user=user,
        nickname=f"u{number}",
        gender=SIDES[number % len(SIDES)],
        birth_year=first + number % (last - first),
        alias=Alias(fresh_id()) if room else None,
    )


def _draft(name: str) -> GroupDraft:
    return GroupDraft(
        name=name, description="", category="", tags=(), visibility=Visibility.PUBLIC, rules=""
    )
