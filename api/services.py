"""What the edges are given: every port, the policy, and where time and chance come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from engine.model.like import LikeReceipt, LikeRequest
from engine.model.policy import Policy
from engine.ports.accounts import Accounts
from engine.ports.codes import TextMessages
from engine.ports.groups import Groups
from engine.ports.idempotency import Answers
from engine.ports.likes import Likes
from engine.ports.meter import Meter
from engine.ports.outbox import Outbox
from engine.ports.rooms import RoomDirectory, RoomLog
from engine.ports.seeding import Seeding


class LikeDesk(Protocol):
    """Where likes are handed in: the pool actor of their group."""

    async def place(self, request: LikeRequest) -> LikeReceipt:
        """Place a like; raises Refused, Busy or Unavailable."""


class Health(Protocol):
    """Whether this process can do its work now."""

    async def check(self) -> str | None:
        """Return None when all is well, else one line that says what is not."""


@dataclass(frozen=True, slots=True)
class Store:
    """Every adapter of one store, PostgreSQL's or the memory twin's."""

    accounts: Accounts
    groups: Groups
    likes: Likes
    room_log: RoomLog
    directory: RoomDirectory
    outbox: Outbox
    answers: Answers
    seeding: Seeding
    health: Health


@dataclass(frozen=True, slots=True)
class World:
    """Time and chance, as arguments: the tests replace them."""

    now_ms: Callable[[], int]  # wall clock, ms since 1970
    fresh_id: Callable[[], str]  # 16 characters of base64url, from 96 random bits
    secret: Callable[[int], bytes]  # random bytes for keys, tokens and codes


@dataclass(frozen=True, slots=True)
class Services:
    """Everything an edge may use."""

    store: Store
    desk: LikeDesk
    texts: TextMessages
    policy: Policy
    meter: Meter
    world: World
    nudge: Callable[[], None]  # new notices may be in the outbox: look now rather than later
