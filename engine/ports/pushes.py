"""Port: tokens of devices, what people want to be told of, and the pushes that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, Protocol

from engine.ids import AccountId, Alias, DeviceId, RoomId
from engine.model.push import PushKind, PushSettings, PushText, PushToken, Waiting
from engine.model.push_policy import PushPolicy
from engine.ports.outbox import NoticeKind

# Notices that become a push once they were told: what is not due yet is no push either.
PUSHED: Final[Mapping[NoticeKind, PushKind]] = MappingProxyType(
    {
        NoticeKind.MATCH: PushKind.MATCH,
        NoticeKind.LIKES: PushKind.LIKES,
        NoticeKind.REVIEWED: PushKind.VERIFICATION,
    }
)


@dataclass(frozen=True, slots=True)
class PushStanding:
    """What a person sees of their pushes, from one device."""

    settings: PushSettings
    registered: bool  # whether this device gets any


class Pushes(Protocol):
    """Tokens and settings, as their person handles them."""

    async def register(
        self, account: AccountId, device: DeviceId, token: PushToken, *, now_ms: int
    ) -> None:
        """Keep the token of a device, and take it from any other; raises ConsentRequired.

        A device that is not signed in has none: raises NotFound.
        """

    async def forget(self, device: DeviceId) -> None:
        """Keep no token of a device any more; what waited for it is dropped."""

    async def standing(self, account: AccountId, device: DeviceId) -> PushStanding:
        """Return the settings of a person, and whether their device has a token."""

    async def change(self, account: AccountId, settings: PushSettings) -> None:
        """Keep the settings of a person."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A room in which something may have been said, and who has it open."""

    room: RoomId
    present: frozenset[Alias] = frozenset()


@dataclass(frozen=True, slots=True)
class DuePush:
    """What waits for one device; whoever took it settles it."""

    device: DeviceId
    token: PushToken
    settings: PushSettings
    waiting: Waiting
    tries: int
    causes: Mapping[PushKind, int]  # how much of each was counted when it was taken


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of it: kinds that `keeps` does not name are done."""

    keeps: frozenset[PushKind] = frozenset()
    due_ms: int = 0  # when those are due again
    tries: int = 0
    sent_ms: int | None = None
    dead: bool = False  # nobody has the token any more


class PushLooks(Protocol):
    """What was said in rooms and becomes pushes, some seconds after its commit."""

    async def look(self, rooms: Sequence[Spoken], policy: PushPolicy, *, now_ms: int) -> None:
        """Put down who has something to read in these rooms; all that is older was looked at.

        Nobody who has the room open, or was told of this wave of messages already.
        """

    async def looked_ms(self) -> int | None:
        """Return when somebody looked for the last time; None: nobody ever has."""

    async def spoken(self, *, since_ms: int, after: RoomId | None, limit: int) -> Sequence[RoomId]:
        """Return rooms that have spoken since a moment, by id; it reads through all of them."""


class PushOutbox(Protocol):
    """Pushes that are due by what was committed; at most one of each kind waits for a device."""

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[DuePush]:
        """Return what is due, by device; nobody else gets it while the lease lasts."""

    async def settle(self, push: DuePush, settled: Settled, *, now_ms: int) -> None:
        """Note what became of a push; what came meanwhile is due by itself."""

    async def note_endings(
        self, policy: PushPolicy, *, after: DeviceId | None, now_ms: int
    ) -> DeviceId | None:
        """Have people told whose plan ends soon and is not renewed, each device once for one end.

        A bounded number of devices is looked at, by id; return behind which to go on, or None.
        """

    async def purge(self, policy: PushPolicy, *, now_ms: int) -> int:
        """Forget waves that have passed; return how many were forgotten."""


class Fate(Enum):
    """What FCM says of a push."""

    SENT = "sent"
    DEAD = "dead"  # there is no such token any more
    REFUSED = "refused"  # it will never take this one


class PushProvider(Protocol):
    """Who carries pushes."""

    async def send(self, token: PushToken, text: PushText) -> Fate:
        """Send one; raises Unavailable."""
