"""The pool actor: joins and leaves made durable, ticks begun and ended, results made true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, assert_never

import outcome
import trio

from actors.pool_commands import (
    Explain,
    Join,
    Leave,
    PoolCommand,
    Solved,
    Tick,
    Update,
    Waits,
)
from actors.solving import Solving
from engine.errors import Busy, NotFound, Outage, Refused, Unavailable
from engine.ids import AccountId, Alias, GroupId, LikeId, MatchId, RoomId, TicketId
from engine.limits import (
    POOL_AMENDS_MAX,
    POOL_INLINE_TICKETS_MAX,
    POOL_LOOK_S,
    POOL_PAIRS_PER_COMMIT_MAX,
    POOL_SAMPLE_EVERY_TICKS,
    POOL_SAMPLE_TICKETS_MAX,
    POOL_SLICE_TICKETS,
)
from engine.matching.ticket import Ticket
from engine.model.policy import Policy
from engine.ports.likes import FreshIds
from engine.ports.meter import Meter
from engine.ports.tickets import Meeting, TicketDraft, Tickets

if TYPE_CHECKING:
    from engine.matching.pool import Introduction, Pool, Round
    from engine.matching.problem import Pairing
    from engine.matching.slices import Slices

T = TypeVar("T")

# A result that finds the mailbox full is handed in again after this.
_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class PoolParts:
    """What every pool of a node works with."""

    tickets: Tickets
    policy: Policy
    solving: Solving
    meter: Meter
    nursery: trio.Nursery
    now_ms: Callable[[], int]
    fresh_id: Callable[[], str]
    nudge: Callable[[], None]
    empty: Callable[[GroupId], None]  # nobody waits there any more


class PoolBehaviour:
    """One group's pool. The store decides who is in; this one proposes who might meet.

    A large tick is solved beside the loop, and its result comes as mail: whoever left before it
    came has left (I13). One tick is under way at a time.
    """

    def __init__(
        self, group: GroupId, pool: Pool, parts: PoolParts, tell: Callable[[PoolCommand], None]
    ) -> None:
        self._group = group
        self._pool = pool
        self._parts = parts
        self._tell = tell
        self._solving = False
        self._looked_s = trio.current_time()
        self._ticks = 0

    @property
    def busy(self) -> bool:
        """Whether somebody waits: then it is not put away."""
        return len(self._pool) > 0 or self._solving

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._pool)

    def oldest_s(self) -> float:
        """How long the first of those who wait has waited."""
        oldest_ms = self._pool.oldest_ms()
        return 0.0 if oldest_ms is None else (self._parts.now_ms() - oldest_ms) / 1_000

    async def look(self) -> None:
        """Take over what the store says of who waits, and of who may not meet whom."""
        now_ms = self._parts.now_ms()
        found = await self._parts.tickets.waiting(self._group, self._parts.policy, now_ms=now_ms)
        waiting = {ticket.ticket: ticket for ticket in found.tickets}
        for done, ticket in enumerate(self._pool.tickets(), start=1):
            if ticket.ticket not in waiting:
                self._pool.leave(ticket.ticket, now_ms=now_ms)
            await _between_slices(done)
        for done, ticket in enumerate(waiting.values(), start=1):
            before = self._pool.find(ticket.ticket)
            if before is None:
                self._pool.join(ticket, now_ms=now_ms)
            elif (before.me, before.want) != (ticket.me, ticket.want):
                self._pool.update(ticket.ticket, ticket.me, ticket.want, now_ms=now_ms)
            await _between_slices(done)
        for one, other in found.apart:
            self._pool.part(one, other, now_ms=now_ms)
        self._looked_s = trio.current_time()

    async def receive(self, batch: Sequence[PoolCommand]) -> None:
        """Act on commands, oldest first."""
        for command in batch:
            if isinstance(command, Tick):
                await self._tick()
            elif isinstance(command, Solved):
                await self._solved(command)
            elif not command.reply.settled:
                await self._serve(command)

    # --- what people ask for -----------------------------------------------------------------

    async def _serve(self, command: Join | Update | Leave | Explain) -> None:
        try:
            match command:
                case Join():
                    command.reply.done(await self._join(command))
                case Update():
                    command.reply.done(await self._update(command))
                case Leave():
                    await self._leave(command)
                    command.reply.done(None)
                case Explain():
                    self._own(command.ticket, command.account)
                    now_ms = self._parts.now_ms()
                    command.reply.done(self._pool.explain(command.ticket, now_ms=now_ms))
                case _:
                    assert_never(command)
        except (Refused, Outage) as why:
            command.reply.fail(why)

    async def _join(self, command: Join) -> Waits:
        parts, now_ms = self._parts, self._parts.now_ms()
        draft = TicketDraft(
            TicketId(parts.fresh_id()),
            self._group,
            command.account,
            command.cid,
            command.me,
            command.want,
        )
        joined = await parts.tickets.join(draft, parts.policy, now_ms=now_ms)
        if joined.waits and joined.ticket.ticket not in self._pool:
            self._pool.join(joined.ticket, joined.apart, now_ms=now_ms)
        return self._waits(joined.ticket, now_ms)

    async def _update(self, command: Update) -> Waits:
        self._own(command.ticket, command.account)
        now_ms = self._parts.now_ms()
        said = (command.ticket, command.account, command.me, command.want)
        await self._parts.tickets.update(*said, self._parts.policy, now_ms=now_ms)
        changed = self._pool.update(command.ticket, command.me, command.want, now_ms=now_ms)
        return self._waits(changed, now_ms)

    async def _leave(self, command: Leave) -> None:
        now_ms = self._parts.now_ms()
        await self._parts.tickets.leave(command.ticket, command.account, now_ms=now_ms)
        self._pool.leave(command.ticket, now_ms=now_ms)
        self._if_empty()

    def _own(self, name: TicketId, account: AccountId) -> Ticket:
        ticket = self._pool.find(name)
        if ticket is None or ticket.account != account:
            raise NotFound("there is no such ticket")
        return ticket

    def _waits(self, ticket: Ticket, now_ms: int) -> Waits:
        wait = self._pool.wait_band(ticket.want.intent, ticket.person.side)
        return Waits(ticket.ticket, max(0, ticket.expires_ms - now_ms), wait)

    def _if_empty(self) -> None:
        if not self.busy:
            self._parts.empty(self._group)

    # --- the tick ----------------------------------------------------------------------------

    async def _tick(self) -> None:
        if self._solving:
            return
        if trio.current_time() - self._looked_s >= POOL_LOOK_S:
            await self.look()
        now_ms = self._parts.now_ms()
        await in_slices(self._pool.expiring(now_ms=now_ms))
        rounds = await in_slices(self._pool.beginning(now_ms=now_ms))
        self._ticks += 1
        if sum(begun.problem.tickets for begun in rounds) > POOL_INLINE_TICKETS_MAX:
            self._solving = True
            self._parts.nursery.start_soon(self._solve_beside, rounds)
            return
        await self._end(rounds, [self._parts.solving.solve_now(one.problem) for one in rounds])

    async def _solve_beside(self, rounds: Sequence[Round]) -> None:
        problems = [begun.problem for begun in rounds]
        results = await outcome.acapture(self._parts.solving.solve, problems)
        if isinstance(results, outcome.Error) and not isinstance(results.error, Exception):
            results.unwrap()  # cancelled: the node ends
        while True:
            try:
                self._tell(Solved(self, rounds, results))
            except Busy:
                await trio.sleep(_AGAIN_S)
            except Unavailable:
                return  # it is closing, and tickets are durable
            else:
                return

    async def _solved(self, command: Solved) -> None:
        if command.asked_by is not self:
            return  # asked for by a state that is lost
        self._solving = False
        await self._end(command.rounds, command.results.unwrap())

    async def _end(self, rounds: Sequence[Round], results: Sequence[Pairing]) -> None:
        for begun, pairing in zip(rounds, results, strict=True):
            now_ms = self._parts.now_ms()
            pairs = await in_slices(self._pool.ending(begun, pairing, now_ms=now_ms))
            for _ in range(POOL_AMENDS_MAX):
                refused = await self._introduce(pairs)
                if not refused:
                    break
                now_ms = self._parts.now_ms()
                pairs = await in_slices(self._pool.amending(begun, refused, now_ms=now_ms))
            if self._ticks % POOL_SAMPLE_EVERY_TICKS == 1 and len(pairing):
                self._sample(begun, pairing)
        self._if_empty()

    async def _introduce(self, pairs: Sequence[Introduction]) -> list[Introduction]:
        """Make pairs true; return those that the store refused, after learning why."""
        refused = []
        for start in range(0, len(pairs), POOL_PAIRS_PER_COMMIT_MAX):
            some = pairs[start : start + POOL_PAIRS_PER_COMMIT_MAX]
            parts, now_ms = self._parts, self._parts.now_ms()
            meetings = [Meeting(pair.one, pair.other, self._ids()) for pair in some]
            answers = await parts.tickets.introduce(
                self._group, meetings, parts.policy, now_ms=now_ms
            )
            parts.nudge()
            for pair, answer in zip(some, answers, strict=True):
                if answer.made:
                    self._count(pair, now_ms)
                    self._pool.introduced(pair, now_ms=now_ms)
                    continue
                refused.append(pair)
                for ticket in answer.gone:
                    self._pool.leave(ticket, now_ms=now_ms)
                if answer.apart:
                    one, other = (self._pool.find(name) for name in (pair.one, pair.other))
                    if one is not None and other is not None:
                        self._pool.part(one.account, other.account, now_ms=now_ms)
        return refused

    def _count(self, pair: Introduction, now_ms: int) -> None:
        meter = self._parts.meter
        meter.count("pool_matches_total")
        for name in (pair.one, pair.other):
            ticket = self._pool.find(name)
            assert ticket is not None
            waited_s = (now_ms - ticket.joined_ms) / 1_000
            meter.observe("pool_wait_seconds", waited_s, side=ticket.person.side.value)

    def _sample(self, begun: Round, pairing: Pairing) -> None:
        if begun.problem.tickets <= POOL_SAMPLE_TICKETS_MAX:
            self._parts.nursery.start_soon(self._measure, begun, pairing)

    async def _measure(self, begun: Round, pairing: Pairing) -> None:
        try:
            sample = await self._parts.solving.sample(begun.problem, pairing)
        except Exception:  # noqa: BLE001  # a sample is worth nothing to those who wait
            self._parts.meter.count("actor_crashes_total", kind="pools")
            return
        self._parts.meter.observe("pool_optimum_ratio", sample.ratio)
        self._parts.meter.observe("pool_exposure_gini", sample.gini)

    def _ids(self) -> FreshIds:
        fresh = self._parts.fresh_id
        return FreshIds(
            LikeId(fresh()), MatchId(fresh()), RoomId(fresh()), Alias(fresh()), Alias(fresh())
        )


async def _between_slices(done: int) -> None:
    if done % POOL_SLICE_TICKETS == 0:
        await trio.lowlevel.checkpoint()


async def in_slices(work: Slices[T]) -> T:
    """Do long work while others on the loop come in between; who did it leaves the pool alone."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result
        await trio.lowlevel.checkpoint()
