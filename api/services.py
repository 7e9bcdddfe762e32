"""What the edges are given: every port, the policy, and where time and chance come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from actors.paydesk import Paydesk
from engine.ids import AccountId, LikeId, RoomId
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.like_undo import TakeBack
from engine.model.policy import Policy
from engine.ports.codes import TextMessages
from engine.ports.likes import Allowance
from engine.ports.mails import Mails
from engine.ports.meter import Meter
from store.bundle import StoreBundle


class LikeDesk(Protocol):
    """Where likes are handed in and taken back."""

    async def place(self, request: LikeRequest) -> LikeReceipt:
        """Place a like; raises Refused, Busy or Unavailable."""

    async def take_back(self, account: AccountId, like: LikeId, how: TakeBack) -> Allowance:
        """Undo or cancel a like; raises Refused, Busy or Unavailable."""


@dataclass(frozen=True, slots=True)
class World:
    """Time and chance, as arguments: the tests replace them."""

    now_ms: Callable[[], int]  # wall clock, ms since 1970
    fresh_id: Callable[[], str]  # 16 characters of base64url, from 96 random bits
    secret: Callable[[int], bytes]  # random bytes for keys, tokens and codes


@dataclass(frozen=True, slots=True)
class Services:
    """Everything an edge may use."""

    store: StoreBundle
    desk: LikeDesk
    texts: TextMessages
    mails: Mails
    paydesk: Paydesk
    policy: Policy
    meter: Meter
    world: World
    nudge: Callable[[], None]  # new notices may be in the outbox: look now rather than later
    look_again: Callable[[RoomId], None]  # its members or veils have changed: before what is next
    # Raises RateLimited: what REST and the WebSocket can both do is counted once, in one process.
    spend: Callable[[AccountId], None]
