"""The room log and its directory in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import trio

from engine.errors import NotFound
from engine.ids import AccountId, Alias, NodeId, RoomId
from engine.limits import PAGE_EVENTS_DEFAULT, ROOM_TAIL_EVENTS, UNREAD_MESSAGES_MAX
from engine.model.account import age_band
from engine.model.reveal import Revealable
from engine.rooms.events import (
    REVEALS,
    Append,
    Event,
    EventName,
    History,
    Lost,
    Occupant,
    Outcome,
    Page,
    Reactions,
    Repeated,
    RoomMark,
    RoomSummary,
    Snapshot,
    Written,
    without_body,
)
from engine.rooms.veils import as_seen, hidden_now, hides, newest_seen
from store.days import year_of
from store.memory.state import Memory, RoomMemberRow, RoomRow


class MemoryRoomLog:
    """The log of every room; engine.ports.rooms.RoomLog."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def claim(
        self, rooms: Sequence[RoomId], owner: NodeId, *, now_ms: int
    ) -> Sequence[Snapshot]:
        """Become the owner of rooms: their fence rises, so that an older owner cannot write."""
        await trio.lowlevel.checkpoint()
        found = [
            self._memory.rooms[room] for room in dict.fromkeys(rooms) if self._is(room, now_ms)
        ]
        for row in found:
            row.fence += 1
        return [self._snapshot(row) for row in found]

    async def append(self, appends: Sequence[Append]) -> Sequence[Outcome]:
        """Write many rooms in one transaction; one outcome each, in order (group commit)."""
        await trio.lowlevel.checkpoint()
        return [self._append(append) for append in appends]

    async def taken(self, held: Mapping[RoomId, int]) -> Sequence[RoomId]:
        """Which of these rooms have another fence than the one held, or are gone."""
        await trio.lowlevel.checkpoint()
        rows = self._memory.rooms
        return [
            room for room, fence in held.items() if room not in rows or rows[room].fence != fence
        ]

    async def page(
        self, room: RoomId, *, after: int | None, before: int | None, limit: int
    ) -> Page:
        """Events after or before a seq (or the newest), oldest first; raises NotFound."""
        await trio.lowlevel.checkpoint()
        row = self._memory.rooms.get(room)
        if row is None:
            raise NotFound
        if after is not None:
            found = row.events[after:]
            return Page(row.epoch, tuple(found[:limit]), more=len(found) > limit)
        found = row.events if before is None else row.events[: max(0, before - 1)]
        return Page(row.epoch, tuple(found[-limit:]), more=len(found) > limit)

    async def occupants(self, room: RoomId) -> Sequence[Occupant]:
        """Who is in the room now, by alias."""
        await trio.lowlevel.checkpoint()
        row = self._memory.rooms.get(room)
        return self._occupants(row) if row else []

    async def revealable(
        self, room: RoomId, *, now_ms: int, timezone: str
    ) -> Mapping[Alias, Revealable]:
        """What the two of a match would show each other."""
        await trio.lowlevel.checkpoint()
        row, year = self._memory.rooms.get(room), year_of(now_ms, timezone)
        found: dict[Alias, Revealable] = {}
        if row is None:
            return found
        for alias in sorted(row.members):
            account = self._memory.accounts[row.members[alias].account]
            assert row.group is not None
            profile = self._memory.members[row.group, account.account].profile
            band = age_band(account.birth_year, year=year)
            photo = self._memory.files.photos.get((row.group, account.account))
            found[alias] = Revealable(
                profile.bio,
                profile.interests,
                band,
                account.contact,
                photo=None if photo is None else photo.name,
            )
        return found

    async def reactions(self, room: RoomId, target: int) -> Reactions:
        """Who reacts to a message now, and with what."""
        await trio.lowlevel.checkpoint()
        row = self._memory.rooms.get(room)
        held = row.reactions if row else {}
        return {alias: emojis for (seq, alias), emojis in held.items() if seq == target and emojis}

    def _is(self, room: RoomId, now_ms: int) -> bool:
        row = self._memory.rooms.get(room)
        return row is not None and (row.visible_at <= now_ms or row.closing)

    def _snapshot(self, row: RoomRow) -> Snapshot:
        return Snapshot(
            room=row.room,
            kind=row.kind,
            fence=row.fence,
            epoch=row.epoch,
            seq=len(row.events),
            closed=row.closed,
            occupants=tuple(self._occupants(row)),
            tail=tuple(row.events[-ROOM_TAIL_EVENTS:]),
            reveal=newest_reveal(row),
        )

    def _occupants(self, row: RoomRow) -> list[Occupant]:
        return [self._occupant(row, row.members[alias]) for alias in sorted(row.members)]

    def _occupant(self, row: RoomRow, member: RoomMemberRow) -> Occupant:
        account = self._memory.accounts[member.account]
        return Occupant(
            member.alias,
            member.account,
            member.nickname,
            member.read,
            account.show_read_marks,
            account.premium_until,
            member.since,
            row.veils_of(member.account),
        )

    def _append(self, append: Append) -> Outcome:
        row = self._memory.rooms.get(append.room)
        if row is None:
            return Lost()
        known: dict[tuple[Alias, str], Event] = {}
        for event in append.events:
            if event.sender is not None and event.cid is not None:
                key = (event.sender, event.cid)
                if key in row.by_cid:
                    known[key] = row.by_cid[key]
        if known:
            return Repeated(known)
        closes = any(event.name is EventName.CLOSED for event in append.events)
        takes = not append.events or (not row.closed and (closes or not row.closing))
        if append.fence != row.fence or append.base_seq != len(row.events) or not takes:
            return Lost()
        self._write(row, append, closes=closes)
        return Written()

    def _write(self, row: RoomRow, append: Append, *, closes: bool) -> None:
        for event in append.events:
            assert event.seq == len(row.events) + 1, "the log may not skip or repeat"
            row.events.append(event)
            row.last_at = max(row.last_at, event.at)
            if event.sender is not None and event.cid is not None:
                row.by_cid[event.sender, event.cid] = event
        for deletion in append.erased:
            _erase(row, deletion.target)
            self._drop_file(row.room, row.events[deletion.target - 1])
        for key, held in append.reactions.items():
            row.reactions[key] = held
        row.closing = row.closing or closes
        row.closed = row.closed or closes
        for alias, seq in append.reads.items():
            if alias in row.members:
                row.members[alias].read = max(row.members[alias].read, seq)

    def _drop_file(self, room: RoomId, event: Event) -> None:
        if event.sender is not None and event.cid is not None:
            self._memory.files.drop_message(room, event.sender, event.cid)


class MemoryRoomDirectory:
    """How members find their rooms; engine.ports.rooms.RoomDirectory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def marks(self, account: AccountId, *, now_ms: int, limit: int) -> Sequence[RoomMark]:
        """Own visible rooms, the most recently active first."""
        await trio.lowlevel.checkpoint()
        return [
            RoomMark(row.room, row.epoch, len(row.events), me.read)
            for row, me in self._own(account, now_ms)[:limit]
        ]

    async def rooms(
        self, account: AccountId, *, now_ms: int, after: RoomId | None, limit: int
    ) -> Sequence[RoomSummary]:
        """Own visible rooms with their members and last event, the most recently active first."""
        await trio.lowlevel.checkpoint()
        own = self._own(account, now_ms)
        if after is not None:
            last = self._memory.rooms.get(after)
            own = [pair for pair in own if last and _place_in_list(pair[0]) > _place_in_list(last)]
        return [self._summary(row, me) for row, me in own[:limit]]

    async def account_in(
        self, room: RoomId, viewer: AccountId, alias: Alias, *, now_ms: int
    ) -> tuple[AccountId, str]:
        """Return whom a member means by an alias of the room, and their nickname there."""
        await trio.lowlevel.checkpoint()
        row = self._memory.rooms.get(room)
        if row is None or row.visible_at > now_ms or row.member_of(viewer) is None:
            raise NotFound
        member = row.ever(alias)
        if member is None:
            raise NotFound("there is no such member")
        return member.account, member.nickname

    async def history(
        self, room: RoomId, account: AccountId, *, before: int | None, limit: int, now_ms: int
    ) -> History:
        """Return the newest events below `before` that a member may see, oldest first."""
        await trio.lowlevel.checkpoint()
        row = self._memory.rooms.get(room)
        me = row.member_of(account) if row and row.visible_at <= now_ms else None
        if row is None or me is None:
            raise NotFound
        end = len(row.events) if before is None else max(0, before - 1)
        found = row.events[me.since : end]
        seen = as_seen(found[-limit:], me.alias, row.veils_of(account))
        page = Page(row.epoch, tuple(seen), more=len(found) > limit)
        return History(me.alias, page)

    def _own(self, account: AccountId, now_ms: int) -> list[tuple[RoomRow, RoomMemberRow]]:
        found = [
            (row, me)
            for row in self._memory.rooms.values()
            if row.visible_at <= now_ms and (me := row.member_of(account)) is not None
        ]
        return sorted(found, key=lambda pair: _place_in_list(pair[0]))

    def _summary(self, row: RoomRow, me: RoomMemberRow) -> RoomSummary:
        veils = row.veils_of(me.account)
        hidden = hidden_now(veils)
        unread = sum(
            event.name is EventName.MESSAGE and event.sender != me.alias and not event.deleted
            for event in row.events[me.read :]
            if not hides(veils, event)
        )
        said = row.events[me.since :]
        match = next((one for one in self._memory.matches.values() if one.room == row.room), None)
        return RoomSummary(
            room=row.room,
            kind=row.kind,
            epoch=row.epoch,
            seq=len(row.events),
            read=me.read,
            unread=min(unread, UNREAD_MESSAGES_MAX),
            me=me.alias,
            members=tuple(
                (a, row.members[a].nickname) for a in sorted(row.members) if a not in hidden
            ),
            closed=row.closed,
            match=match.match if match else None,
            group=row.group,
            last=newest_seen(said[-PAGE_EVENTS_DEFAULT:] if veils else said, me.alias, veils),
            reveal=newest_reveal(row) if match else None,
        )


def newest_reveal(row: RoomRow) -> Event | None:
    """Find the event that says how far two people have come."""
    return next((one for one in row.events[::-1] if one.name in REVEALS), None)


def _erase(row: RoomRow, target: int) -> None:
    left = without_body(row.events[target - 1])
    row.events[target - 1] = left
    if left.sender is not None and left.cid is not None:
        row.by_cid[left.sender, left.cid] = left
    row.reactions = {key: held for key, held in row.reactions.items() if key[0] != target}


def _place_in_list(row: RoomRow) -> tuple[int, str]:
    return -row.last_at, row.room
