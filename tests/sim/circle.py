"""The circle that the people of a world share: its members, what they keep secret, their rooms."""

from __future__ import annotations

import random

from engine.credits.ledger import Balances
from engine.ids import AccountId, Alias, GroupId, MatchId, MemberId, RoomId
from engine.model.account import Gender
from engine.model.group import (
    GroupDraft,
    GroupType,
    MemberProfile,
    MemberState,
    Role,
    Visibility,
)
from engine.rooms.events import RoomKind
from store.memory.like_rows import MatchRow
from store.memory.state import AccountRow, GroupRow, MemberRow, Memory, RoomMemberRow, RoomRow
from tests.sim.bonds import Bonds, secret
from tests.sim.people import Person

GROUP = GroupId("group00000000000")
_ROOM_OF_ALL_MAX = 12  # people of a world that has a room of all
_CREDITS = 10_000
_FOR_EVER_MS = 2**52


def populate(
    memory: Memory, bonds: Bonds, *, people: int, rooms: int, rng: random.Random
) -> list[Person]:
    """Make the people, and rooms of some of them; two are a match."""
    draft = GroupDraft("circle", "", "", (), Visibility.PUBLIC, "")
    memory.groups[GROUP] = GroupRow(GROUP, GroupType.CREATED, draft, None, 0)
    found = [_person(memory, bonds, number) for number in range(people)]
    for number in range(rooms):
        all_of_them = number == 0 and people <= _ROOM_OF_ALL_MAX
        size = people if all_of_them else rng.choice((2, 2, 3, 6))
        _add_room(memory, bonds, number, rng.sample(found, min(size, people)))
    return found


def _person(memory: Memory, bonds: Bonds, number: int) -> Person:
    account, member = AccountId(f"ACCT{number:012d}"), MemberId(f"member{number:010d}")
    row = memory.accounts[account] = AccountRow(
        account, None, f"nick{number}", 2000, Gender.MALE if number % 2 else Gender.FEMALE
    )
    row.show_read_marks = number % 3 > 0
    row.premium_until = _FOR_EVER_MS if number % 3 == 1 else 0
    row.balances = Balances(wallet=_CREDITS, issued=_CREDITS)
    row.contact = secret("contact", number)
    profile = MemberProfile(secret("name", number), secret("profile", number))
    memory.members[GROUP, account] = MemberRow(
        member, GROUP, account, MemberState.ACTIVE, Role.MEMBER, profile
    )
    bonds.members[member] = account
    return Person(account, GROUP, [])


def _add_room(memory: Memory, bonds: Bonds, number: int, people: list[Person]) -> None:
    room, members = RoomId(f"room{number:012d}"), {}
    for place, person in enumerate(people):
        alias = Alias(f"alias{number:06d}{place:05d}")
        members[alias] = RoomMemberRow(alias, person.account, f"nick{place}")
        person.rooms.append(room)
    kind = RoomKind.MATCH if len(people) == 2 else RoomKind.GROUP
    memory.rooms[room] = RoomRow(room, kind, GROUP, 0, 0, members)
    if kind is RoomKind.MATCH:
        match = MatchId(f"match{number:011d}")
        sides = frozenset(person.account for person in people)
        memory.matches[match] = MatchRow(match, GROUP, room, sides, 0)
        bonds.open(match, room, sides)
        for person in people:
            person.matches[match] = room
