"""Hands of the tests of pushes: devices with tokens, rooms in which somebody speaks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from engine.ids import AccountId, Alias, DeviceId, RoomId
from engine.model.consent import Consent, Purpose
from engine.model.push import PUSH_CONSENTS, PushKind, PushToken
from engine.model.push_policy import PushPolicy
from engine.ports.pushes import DuePush, Settled, Spoken
from engine.ports.seeding import SeededUser, SeedPlan
from engine.rooms.events import Append, Event, Snapshot
from tests.store.world import World

PUSHES = PushPolicy()
LEASE_MS = 60_000

_numbers = count()


def fresh_token() -> PushToken:
    """Make a token that no other test has."""
    return PushToken(f"device:{next(_numbers):06}-APA91bH_token")


async def agree(world: World, account: AccountId, *purposes: Purpose, yes: bool = True) -> None:
    """Say yes, or no, to what pushes need."""
    for purpose in purposes or PUSH_CONSENTS:
        said = Consent(purpose, 1, yes, world.now_ms)
        await world.store.consents.say(account, said)


async def register(
    world: World, account: AccountId, device: DeviceId, token: PushToken | None = None
) -> PushToken:
    """Agree, and give a device a token."""
    await agree(world, account)
    token = token or fresh_token()
    await world.store.pushes.register(account, device, token, now_ms=world.now_ms)
    return token


@dataclass
class Talk:
    """A room, and how somebody speaks in it."""

    world: World
    users: list[SeededUser]
    snapshot: Snapshot
    aliases: dict[AccountId, Alias]
    seq: int = 0

    @property
    def room(self) -> RoomId:
        """Its name."""
        return self.snapshot.room

    async def say(self, user: SeededUser) -> Event:
        """Let somebody say something."""
        self.seq += 1
        event = self.world.message(self.seq, self.aliases[user.account])
        await self._append((event,), {})
        return event

    async def read(self, user: SeededUser) -> None:
        """Let somebody read all of it."""
        await self._append((), {self.aliases[user.account]: self.seq})

    async def look(self, *present: SeededUser) -> None:
        """Look for pushes, while some have the room open."""
        aliases = frozenset(self.aliases[user.account] for user in present)
        spoken = [Spoken(self.room, aliases)]
        await self.world.store.push_looks.look(spoken, PUSHES, now_ms=self.world.now_ms)

    async def _append(self, events: tuple[Event, ...], reads: dict[Alias, int]) -> None:
        base = self.seq - len(events)
        await self.world.append(Append(self.room, self.snapshot.fence, base, events, reads))


async def open_talk(world: World, members: int = 2, *, tokens: bool = True) -> Talk:
    """Make a room; each in it has a device with a token."""
    plan = SeedPlan(members, 1, pairs=members == 2, room_size=0 if members == 2 else members)
    users = list(await world.store.seeding.seed(plan, now_ms=world.now_ms))
    room = users[0].room
    assert room is not None
    snapshot = await world.claim(room)
    aliases = {user.account: await world.alias_in(room, user.account) for user in users}
    if tokens:
        for user in users:
            await register(world, user.account, user.device)
    return Talk(world, users, snapshot, aliases)


async def due_for(world: World, *users: SeededUser) -> list[DuePush]:
    """Take what is due, and return what is for these people's seeded devices."""
    devices = {user.device for user in users}
    due = await world.store.push_outbox.due(now_ms=world.now_ms, limit=10_000, lease_ms=LEASE_MS)
    return [push for push in due if push.device in devices]


async def kinds_for(world: World, account: AccountId) -> set[PushKind]:
    """Take what is due for somebody, tell it, and return of which kinds it was."""
    # Without a lease: what is for others stays due.
    due = await world.store.push_outbox.due(now_ms=world.now_ms, limit=10_000, lease_ms=0)
    devices = {one.device for one in await world.store.devices.signed_in(account)}
    kinds: set[PushKind] = set()
    for push in due:
        if push.device in devices:
            kinds |= push.waiting.kinds
            await world.store.push_outbox.settle(push, Settled(), now_ms=world.now_ms)
    return kinds
