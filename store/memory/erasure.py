"""Erasing people in memory."""

from __future__ import annotations

import trio

from engine.ids import AccountId, Alias
from engine.limits_outside import (
    ERASED_ACCOUNTS_MAX,
    ERASURE_WAITS_MS,
)
from engine.model.account import Gender
from engine.model.group import MemberState, Role
from engine.ports.outbox import NoticeKind
from engine.rooms.erasure import without_names, without_person
from engine.rooms.events import RoomKind
from store.bundle import Chance
from store.memory.leaving import end_group, end_in_group
from store.memory.state import AccountRow, MemberRow, Memory, RoomRow

_RANKS = tuple(Role)


class MemoryErasures:
    """Erases people; engine.ports.erasure.Erasures."""

    def __init__(self, memory: Memory, chance: Chance) -> None:
        self._memory = memory
        self._chance = chance

    async def erase_due(self, *, now_ms: int) -> int:
        """Take some accounts whose time has come as far as they go; return how many wait."""
        await trio.lowlevel.checkpoint()
        due = [
            (row.erases_at, row)
            for row in self._memory.accounts.values()
            if row.erases_at is not None and row.erases_at <= now_ms
        ]
        left = 0
        for erases_at, row in sorted(due, key=lambda pair: pair[0])[:ERASED_ACCOUNTS_MAX]:
            self._settle(row.account, now_ms)
            if self._empty_rooms(row.account, patient=now_ms < erases_at + ERASURE_WAITS_MS):
                self._erase(row)
            else:
                left += 1
        return left

    def _settle(self, account: AccountId, now_ms: int) -> None:
        memory = self._memory
        for row in [one for one in memory.members.values() if one.account == account]:
            if row.state not in {MemberState.ACTIVE, MemberState.PENDING}:
                continue
            group = row.group
            if row.role is Role.OWNER and not self._hand_over(row):
                end_group(memory, group, now_ms=now_ms)
            memory.leave_rooms(group, account, now_ms=now_ms)
            row.state, row.role = MemberState.LEFT, Role.MEMBER
            end_in_group(memory, group, account, now_ms=now_ms)

    def _hand_over(self, owner: MemberRow) -> bool:
        """Make whoever may do most the owner, and of those the one who is here for longest."""
        others = [row for row, _ in self._memory.people_of(owner.group) if row is not owner]
        if not others:
            return False
        joined = list(self._memory.members.values())
        heir = min(others, key=lambda row: (_RANKS.index(row.role), joined.index(row)))
        heir.role = Role.OWNER
        return True

    def _empty_rooms(self, account: AccountId, *, patient: bool) -> bool:
        done = True
        for room in list(self._memory.rooms.values()):
            seats = [*room.members.values(), *room.gone.values()]
            aliases = {one.alias for one in seats if one.account == account}
            if not aliases:
                continue
            if room.kind is RoomKind.GROUP:
                _empty(room, aliases)
                self._untell_names(aliases)
            elif not room.closed and patient:
                done = False
            else:
                self._drop(room)
        return done

    def _untell_names(self, aliases: set[Alias]) -> None:
        for row in self._memory.outbox.values():
            content = row.notice.content
            content.update(without_names(content, aliases))

    def _drop(self, room: RoomRow) -> None:
        memory = self._memory
        del memory.rooms[room.room]
        memory.files.drop_room(room.room)
        memory.matches = {
            key: match for key, match in memory.matches.items() if match.room != room.room
        }
        memory.outbox = {
            number: row
            for number, row in memory.outbox.items()
            if row.notice.room != room.room
            and not (
                row.notice.kind is NoticeKind.MATCH and row.notice.content.get("room") == room.room
            )
        }

    def _erase(self, row: AccountRow) -> None:
        memory = self._memory
        _forget(memory, row)
        if row.state == "banned":
            kept = AccountId(self._chance.fresh_id())
            memory.accounts[kept] = AccountRow(
                kept, row.phone, "", 0, Gender.OTHER, state="banned", clerk=row.clerk
            )


def _forget(memory: Memory, row: AccountRow) -> None:
    """Take out all rows about somebody: what `ON DELETE CASCADE` does for the tables."""
    account = row.account
    del memory.accounts[account]
    devices = {key for key, one in memory.devices.items() if one.account == account}
    memory.devices = {k: v for k, v in memory.devices.items() if k not in devices}
    memory.used_refresh = {k: v for k, v in memory.used_refresh.items() if v not in devices}
    if row.phone is not None:
        memory.codes.pop(row.phone.digest, None)
    memory.members = {k: v for k, v in memory.members.items() if k[1] != account}
    memory.official.forget(account)
    memory.files.forget(account)
    memory.places.forget(account)
    memory.orders.forget(account)
    memory.pushes.forget(account)
    memory.likes = {
        k: v for k, v in memory.likes.items() if account not in {v.request.sender, v.target}
    }
    memory.matches = {k: v for k, v in memory.matches.items() if account not in v.sides}
    memory.like_counts = {k: v for k, v in memory.like_counts.items() if k[1] != account}
    memory.blocks = {k: v for k, v in memory.blocks.items() if account not in k}
    memory.outbox = {k: v for k, v in memory.outbox.items() if v.notice.account != account}
    memory.answers = {k: v for k, v in memory.answers.items() if k[0] != f"account:{account}"}
    memory.tickets = {k: v for k, v in memory.tickets.items() if v.draft.account != account}
    memory.meetings.forget(account)
    for room in memory.rooms.values():
        room.veils.rows = [one for one in room.veils.rows if account not in one.pair]


def _empty(room: RoomRow, aliases: set[Alias]) -> None:
    events = [without_person(event, aliases) for event in room.events]
    if events != room.events:
        room.events = events
        room.reactions = {key: one for key, one in room.reactions.items() if key[1] not in aliases}
        room.epoch += 1
        room.fence += 1
    for alias in aliases:
        room.members.pop(alias, None)
        room.gone.pop(alias, None)
