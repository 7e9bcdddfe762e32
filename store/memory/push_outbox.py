"""Pushes that come of messages, and all that wait, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.ids import AccountId, Alias, DeviceId, RoomId
from engine.limits_pushes import PUSH_ENDINGS_AT_ONCE
from engine.model.push import PushKind, PushSettings, Waiting
from engine.model.push_policy import PushPolicy
from engine.payments.subscription import SubscriptionState
from engine.ports.pushes import DuePush, Settled, Spoken
from engine.rooms.events import EventName
from engine.rooms.veils import hides
from store.memory.push_rows import TokenRow, WaveRow
from store.memory.state import Memory, RoomMemberRow, RoomRow


class MemoryPushLooks:
    """What was said in rooms; engine.ports.pushes.PushLooks."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._rows = memory.pushes

    async def look(self, rooms: Sequence[Spoken], policy: PushPolicy, *, now_ms: int) -> None:
        """Put down who has something to read in these rooms."""
        await trio.lowlevel.checkpoint()
        woken: set[DeviceId] = set()
        for spoken in rooms:
            room = self._memory.rooms.get(spoken.room)
            if room is not None and room.visible_at <= now_ms:
                woken |= self._look(room, spoken.present, policy, now_ms)
        for device in woken:
            self._rows.note_one(PushKind.MESSAGE, device, now_ms=now_ms)
        self._rows.looked_at = max(now_ms, self._rows.looked_at or 0)

    async def looked_ms(self) -> int | None:
        """Return when somebody looked for the last time."""
        await trio.lowlevel.checkpoint()
        return self._rows.looked_at

    async def spoken(self, *, since_ms: int, after: RoomId | None, limit: int) -> Sequence[RoomId]:
        """Return rooms that have spoken since a moment, by id."""
        await trio.lowlevel.checkpoint()
        found = [
            name
            for name, room in self._memory.rooms.items()
            if room.last_at >= since_ms and name > (after or "")
        ]
        return sorted(found)[:limit]

    def _look(
        self, room: RoomRow, present: frozenset[Alias], policy: PushPolicy, now_ms: int
    ) -> set[DeviceId]:
        woken = set()
        for seat in room.members.values():
            if seat.alias in present:
                continue
            for token in self._rows.of(seat.account):
                if self._rises(room, seat, token, policy, now_ms):
                    self._rows.waves[token.device, room.room] = WaveRow(len(room.events), now_ms)
                    woken.add(token.device)
        return woken

    def _rises(
        self,
        room: RoomRow,
        seat: RoomMemberRow,
        token: TokenRow,
        policy: PushPolicy,
        now_ms: int,
    ) -> bool:
        """Whether something was said that the device was not told of, and it may be told again."""
        wave = self._rows.waves.get((token.device, room.room))
        told = 0 if wave is None else wave.seq
        if wave is not None and told > seat.read and wave.at > now_ms - policy.wave_s * 1000:
            return False
        return _unread(room, seat, max(seat.read, seat.since, told))


class MemoryPushOutbox:
    """Pushes that wait; engine.ports.pushes.PushOutbox."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._rows = memory.pushes

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[DuePush]:
        """Return what is due, by device."""
        await trio.lowlevel.checkpoint()
        due = sorted((row.due_at, key) for key, row in self._rows.waiting.items())
        first = [key[0] for due_at, key in due if due_at <= now_ms][:limit]
        return [self._take(device, now_ms + lease_ms) for device in sorted(set(first))]

    async def settle(self, push: DuePush, settled: Settled, *, now_ms: int) -> None:
        """Note what became of a push."""
        await trio.lowlevel.checkpoint()
        token = self._rows.tokens.get(push.device)
        if token is None:
            return
        if settled.dead:
            if token.token == push.token:
                self._rows.drop(push.device)
            return
        if settled.sent_ms is not None:
            token.sent_at = settled.sent_ms
        for kind, causes in push.causes.items():
            row = self._rows.waiting[push.device, kind]
            if kind in settled.keeps:
                row.due_at, row.tries = settled.due_ms, settled.tries
            elif row.causes == causes:
                del self._rows.waiting[push.device, kind]
            else:
                row.due_at, row.since_at, row.tries = now_ms, now_ms, 0

    async def note_endings(
        self, policy: PushPolicy, *, after: DeviceId | None, now_ms: int
    ) -> DeviceId | None:
        """Have people told whose plan ends soon and is not renewed."""
        await trio.lowlevel.checkpoint()
        devices = sorted(device for device in self._rows.tokens if device > (after or ""))
        page = devices[:PUSH_ENDINGS_AT_ONCE]
        for token in [self._rows.tokens[device] for device in page]:
            until = self._memory.accounts[token.account].premium_until
            soon = now_ms < until <= now_ms + policy.ending_s * 1000
            renews = self._renews(token.account, now_ms)
            if soon and token.told_until != until and not renews:
                token.told_until = until
                self._rows.note_one(PushKind.SUBSCRIPTION, token.device, now_ms=now_ms)
        return page[-1] if len(page) == PUSH_ENDINGS_AT_ONCE else None

    async def purge(self, policy: PushPolicy, *, now_ms: int) -> int:
        """Forget waves that have passed."""
        await trio.lowlevel.checkpoint()
        old = [
            key
            for key, wave in self._rows.waves.items()
            if wave.at <= now_ms - policy.wave_s * 1000
            and (key[0], PushKind.MESSAGE) not in self._rows.waiting
        ]
        for key in old:
            del self._rows.waves[key]
        return len(old)

    def _renews(self, account: AccountId, now_ms: int) -> bool:
        held = [row.kept for row in self._memory.orders.subscribed.values()]
        theirs = [one.subscription for one in held if one.owner == account]
        return any(one.state(now_ms) is SubscriptionState.ACTIVE for one in theirs)

    def _take(self, device: DeviceId, lease_until: int) -> DuePush:
        token = self._rows.tokens[device]
        rows = {key[1]: row for key, row in self._rows.waiting.items() if key[0] == device}
        for row in rows.values():
            row.due_at = lease_until
        waiting = Waiting(
            kinds=frozenset(rows),
            since_ms=min(row.since_at for row in rows.values()),
            active=self._memory.accounts[token.account].state == "active",
            unread=self._still_unread(token),
            sent_ms=token.sent_at,
        )
        settings = self._rows.settings.get(token.account, PushSettings())
        tries = max(row.tries for row in rows.values())
        causes = {kind: row.causes for kind, row in rows.items()}
        return DuePush(device, token.token, settings, waiting, tries, causes)

    def _still_unread(self, token: TokenRow) -> bool:
        for (device, name), wave in self._rows.waves.items():
            room = self._memory.rooms.get(name)
            seat = None if room is None else room.member_of(token.account)
            if device == token.device and seat is not None and seat.read < wave.seq:
                return True
        return False


def _unread(room: RoomRow, seat: RoomMemberRow, after: int) -> bool:
    veils = room.veils_of(seat.account)
    return any(
        event.name is EventName.MESSAGE and event.sender != seat.alias and not event.deleted
        for event in room.events[after:]
        if not hides(veils, event)
    )
