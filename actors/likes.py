"""The pool actor of a group: its likes, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import trio

from actors.commands import PlaceLike
from actors.registry import Registry
from actors.replies import Waiter
from actors.runtime import Actor
from engine.errors import Outage, Refused
from engine.ids import Alias, GroupId, LikeId, MatchId, RoomId
from engine.limits import HANDLER_S_MAX, POOL_MAILBOX_MAX
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.policy import Policy
from engine.ports.likes import FreshIds, Likes
from engine.ports.meter import Meter


class LikesBehaviour:
    """Places likes; the store's transaction decides, so that two nodes cannot disagree (I6)."""

    busy = False

    def __init__(
        self,
        likes: Likes,
        policy: Policy,
        *,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
        nudge: Callable[[], None],
    ) -> None:
        self._likes = likes
        self._policy = policy
        self._now_ms = now_ms
        self._fresh_id = fresh_id
        self._nudge = nudge

    async def receive(self, batch: Sequence[PlaceLike]) -> None:
        """Place likes, oldest first."""
        for command in batch:
            if command.reply.settled:
                continue
            try:
                receipt = await self._likes.place(
                    command.request, self._ids(), self._policy, now_ms=self._now_ms()
                )
            except (Refused, Outage) as why:
                command.reply.fail(why)
            else:
                command.reply.done(receipt)
                self._nudge()

    def _ids(self) -> FreshIds:
        fresh = self._fresh_id
        return FreshIds(
            LikeId(fresh()), MatchId(fresh()), RoomId(fresh()), Alias(fresh()), Alias(fresh())
        )


class LikeDesk:
    """Where likes are handed in, by sessions and by REST alike."""

    def __init__(
        self,
        likes: Likes,
        policy: Policy,
        *,
        nursery: trio.Nursery,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
        nudge: Callable[[], None],
        meter: Meter,
    ) -> None:
        async def load(_: GroupId, __: Actor[PlaceLike]) -> LikesBehaviour:
            return LikesBehaviour(likes, policy, now_ms=now_ms, fresh_id=fresh_id, nudge=nudge)

        self.registry: Registry[GroupId, PlaceLike] = Registry(
            "likes", load, nursery=nursery, mailbox_max=POOL_MAILBOX_MAX, meter=meter
        )

    def tell(self, command: PlaceLike) -> None:
        """Hand a like in; raises Busy or Unavailable."""
        self.registry.tell(command.request.group, command)

    async def place(self, request: LikeRequest) -> LikeReceipt:
        """Hand a like in and wait for the answer; raises Refused, Busy or Unavailable."""
        waiter: Waiter[LikeReceipt] = Waiter()
        self.tell(PlaceLike(request, waiter))
        return await waiter.wait(within_s=HANDLER_S_MAX)
