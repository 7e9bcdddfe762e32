"""The likes of a node: gathered from all groups, written together, answered at coarse moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Generic, TypeVar
from zlib import crc32

import trio

from actors.alarm import Alarm
from actors.commands import LikeCommand, PlaceLike, TakeBackLike, sender_of
from actors.registry import Registry
from actors.replies import Reply, Waiter
from actors.runtime import Actor
from engine.errors import Outage, Refused
from engine.ids import AccountId, Alias, LikeId, MatchId, RoomId
from engine.limits import HANDLER_S_MAX, LIKE_WRITERS_MAX, LIKES_MAILBOX_MAX
from engine.model.like import LikeReceipt, LikeRequest, answer_wait_s
from engine.model.like_undo import TakeBack
from engine.model.policy import Policy
from engine.ports.likes import Allowance, FreshIds, Likes
from engine.ports.meter import Meter

T = TypeVar("T")


class LikesBehaviour:
    """Places likes; the store's transaction decides, so that two nodes cannot disagree (I6).

    While one transaction is under way the mail for the next one gathers, so the busier the node,
    the more likes share a commit.
    """

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

    async def receive(self, batch: Sequence[LikeCommand]) -> None:
        """Act on commands, oldest first: likes that follow each other are one transaction."""
        waiting = [command for command in batch if not command.reply.settled]
        for kind, some in groupby(waiting, type):
            if kind is PlaceLike:
                await self._place([one for one in some if isinstance(one, PlaceLike)])
                continue
            for command in some:
                assert isinstance(command, TakeBackLike)
                await self._take_back(command)

    async def _place(self, commands: Sequence[PlaceLike]) -> None:
        wishes = [(command.request, self._ids()) for command in commands]
        try:
            answers = await self._likes.place(wishes, self._policy, now_ms=self._now_ms())
        except Outage as why:
            for command in commands:
                command.reply.fail(why)
            return
        self._nudge()
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, Refused):
                command.reply.fail(answer)
            else:
                command.reply.done(answer)

    async def _take_back(self, command: TakeBackLike) -> None:
        try:
            left = await self._likes.take_back(
                command.account, command.like, command.how, self._policy, now_ms=self._now_ms()
            )
        except (Refused, Outage) as why:
            command.reply.fail(why)
        else:
            command.reply.done(left)

    def _ids(self) -> FreshIds:
        fresh = self._fresh_id
        return FreshIds(
            LikeId(fresh()), MatchId(fresh()), RoomId(fresh()), Alias(fresh()), Alias(fresh())
        )


class PacedReply(Generic[T]):
    """A reply that leaves a whole number of steps after its question came (I8).

    What a match needs to be written, a refusal spares; the moment of the answer must not tell.
    """

    __slots__ = ("_alarm", "_asked_s", "_step_s", "_to", "settled")

    def __init__(self, to: Reply[T], alarm: Alarm, *, step_s: float) -> None:
        self._to = to
        self._alarm = alarm
        self._step_s = step_s
        self._asked_s = trio.current_time()
        self.settled = to.settled

    def done(self, value: T) -> None:
        """Say it when it is time."""
        self._later(lambda: self._to.done(value))

    def fail(self, why: Refused | Outage) -> None:
        """Say it when it is time."""
        self._later(lambda: self._to.fail(why))

    def _later(self, say: Callable[[], None]) -> None:
        if self.settled:
            return
        self.settled = True
        now_s = trio.current_time()
        self._alarm.at(now_s + answer_wait_s(now_s - self._asked_s, step_s=self._step_s), say)


class LikeDesk:
    """Where likes are handed in and taken back, by sessions and by REST alike."""

    def __init__(
        self,
        likes: Likes,
        policy: Policy,
        *,
        alarm: Alarm,
        nursery: trio.Nursery,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
        nudge: Callable[[], None],
        meter: Meter,
    ) -> None:
        async def load(_: str, __: Actor[LikeCommand]) -> LikesBehaviour:
            return LikesBehaviour(likes, policy, now_ms=now_ms, fresh_id=fresh_id, nudge=nudge)

        self._alarm = alarm
        self._step_s = policy.likes.answer_step_s
        self.registry: Registry[str, LikeCommand] = Registry(
            "likes",
            load,
            nursery=nursery,
            mailbox_max=LIKES_MAILBOX_MAX,
            meter=meter,
            sender=sender_of,
        )

    def tell(self, command: LikeCommand) -> None:
        """Hand a command in; raises Busy or Unavailable."""
        if isinstance(command, PlaceLike):
            to = PacedReply(command.reply, self._alarm, step_s=self._step_s)
            self._writer(command.request.group, PlaceLike(command.request, to))
        else:
            left = PacedReply(command.reply, self._alarm, step_s=self._step_s)
            named = command.account, command.like, command.how
            self._writer(command.account, TakeBackLike(*named, left))

    def _writer(self, key: str, command: LikeCommand) -> None:
        """Give a command to one of a few writers: one group's likes keep their order."""
        self.registry.tell(f"writer {crc32(key.encode()) % LIKE_WRITERS_MAX}", command)

    async def place(self, request: LikeRequest) -> LikeReceipt:
        """Hand a like in and wait for the answer; raises Refused, Busy or Unavailable."""
        waiter: Waiter[LikeReceipt] = Waiter()
        self.tell(PlaceLike(request, waiter))
        return await waiter.wait(within_s=HANDLER_S_MAX)

    async def take_back(self, account: AccountId, like: LikeId, how: TakeBack) -> Allowance:
        """Undo or cancel a like and wait for the answer; raises Refused, Busy or Unavailable."""
        waiter: Waiter[Allowance] = Waiter()
        self.tell(TakeBackLike(account, like, how, waiter))
        return await waiter.wait(within_s=HANDLER_S_MAX)

    async def drain(self) -> None:
        """Finish what was handed in, and let the last answers leave."""
        await self.registry.drain()
        await trio.sleep(self._step_s)
