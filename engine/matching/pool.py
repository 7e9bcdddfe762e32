"""The pool: who waits, and whom to introduce at each tick. It knows no clock and no chance.

A tick has three parts. `begin` gives a copy of those who wait, to be solved elsewhere. What comes
meanwhile is done at once: leaving, a changed wish, a block win over the result. `end` returns
the pairs that still hold; whoever makes them true (a transaction that may refuse) says so by
`introduced`. What it refused has left or is apart from then on, and `amend` gives pairs in place of
those (engine.matching.amends). What takes long in a large pool can be done in slices: `beginning`,
`ending`, `amending` and `expiring` pause after each, and the pool is left alone until they end.

*Nobody starves.* A ticket that could meet somebody at every tick, and whose partners stay for that
tick, is introduced within T + S + 1 ticks of joining: T until it is overdue, S the number of
tickets senior to it then, whatever anybody asks for and whoever leaves. Proof in docs/adr/0012.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from engine.errors import NotFound
from engine.ids import AccountId, TicketId
from engine.limits import POOL_SLICE_PAIRS, POOL_SLICE_TICKETS
from engine.matching import search as rows
from engine.matching.amends import Amends
from engine.matching.apart import Apart
from engine.matching.columns import law_of, widen
from engine.matching.explain import Explained, Explanation, explain
from engine.matching.notes import NO_NOTES, Notes
from engine.matching.problem import Pairing, Problem
from engine.matching.roster import Roster
from engine.matching.search import Numbers, Truths
from engine.matching.slices import Slices, at_once
from engine.matching.ticket import Me, Ticket, Want
from engine.matching.waits import WaitBand, Waits
from engine.model.account import Gender
from engine.model.like import Intent
from engine.model.pool_policy import PoolPolicy


class Introduction(msgspec.Struct, frozen=True, gc=False):
    """Two tickets that a tick has brought together."""

    one: TicketId
    other: TicketId
    score: int
    place: int  # in their round
    other_place: int


@dataclass(frozen=True, slots=True)
class Round:
    """A tick that has begun for those of one intent, most senior first."""

    intent: Intent
    problem: Problem
    slots: Numbers
    stamps: Numbers  # of what each was at the beginning


class Pool:
    """One pool's tickets. One ticket for each person; joining again replaces it."""

    def __init__(self, policy: PoolPolicy, notes: Notes = NO_NOTES) -> None:
        self._policy = policy
        self._law = law_of(policy)
        self._roster = Roster(policy)
        self._apart = Apart()
        self._notes = notes
        self._waits = {(intent, side): Waits() for intent in Intent for side in Gender}
        self._explained: dict[AccountId, tuple[int, Explanation]] = {}

    def __len__(self) -> int:
        return len(self._roster)

    def __contains__(self, ticket: TicketId) -> bool:
        return ticket in self._roster

    def find(self, ticket: TicketId) -> Ticket | None:
        """Return a ticket that waits."""
        return self._roster.find(ticket)

    def ticket_of(self, account: AccountId) -> Ticket | None:
        """Return the ticket of a person."""
        return self._roster.ticket_of(account)

    def tickets(self) -> Sequence[Ticket]:
        """List who waits, in the order of joining."""
        return self._roster.tickets()

    # --- what people do ----------------------------------------------------------------------

    def join(self, ticket: Ticket, apart: Iterable[AccountId] = (), *, now_ms: int) -> None:
        """Let somebody wait. `apart`: people they may not meet, for whatever reason."""
        before = self._roster.ticket_of(ticket.account)
        if before is not None:
            self.leave(before.ticket, now_ms=now_ms)
        number = self._roster.add(ticket)
        present = sorted(other for other in apart if self._roster.ticket_of(other) is not None)
        for other in present:
            self._apart.part(ticket.account, other)
        numbers = [self._roster.number_of(other) for other in present]
        self._notes.joined(number, ticket, numbers, now_ms=now_ms)

    def update(self, ticket: TicketId, me: Me | None, want: Want | None, *, now_ms: int) -> Ticket:
        """Change what is said; the wait goes on. Raises NotFound."""
        changed = self._roster.change(ticket, me, want)
        if changed is None:
            raise NotFound("there is no such ticket")
        self._notes.updated(self._roster.number_of(changed.account), changed, now_ms=now_ms)
        return changed

    def leave(self, ticket: TicketId, *, now_ms: int) -> bool:
        """End a wait: from now on nothing comes of this ticket. False if it had ended."""
        found = self._roster.find(ticket)
        if found is None:
            return False
        self._notes.left(self._roster.number_of(found.account), now_ms=now_ms)
        self._over(found, now_ms=now_ms, matched=False)
        return True

    def part(self, one: AccountId, other: AccountId, *, now_ms: int) -> None:
        """Keep two people from meeting in here."""
        if self._roster.ticket_of(one) and self._roster.ticket_of(other):
            self._apart.part(one, other)
            numbers = self._roster.number_of(one), self._roster.number_of(other)
            self._notes.parted(*numbers, now_ms=now_ms)

    def expire(self, *, now_ms: int) -> Sequence[Ticket]:
        """End the waits whose time is over, and return them."""
        return at_once(self.expiring(now_ms=now_ms))

    def expiring(self, *, now_ms: int) -> Slices[Sequence[Ticket]]:
        """Do the same in slices."""
        over = self._roster.expired(now_ms)
        for done, ticket in enumerate(over, start=1):
            self._notes.left(self._roster.number_of(ticket.account), now_ms=now_ms)
            self._over(ticket, now_ms=now_ms, matched=False)
            if done % POOL_SLICE_PAIRS == 0:
                yield
        period = self._period(now_ms)
        self._explained = {who: said for who, said in self._explained.items() if said[0] == period}
        return over

    # --- the tick ----------------------------------------------------------------------------

    def begin(self, *, now_ms: int) -> Sequence[Round]:
        """Begin a tick: what is to be solved, for each intent of which two wait."""
        return at_once(self.beginning(now_ms=now_ms))

    def beginning(self, *, now_ms: int) -> Slices[Sequence[Round]]:
        """Do the same in slices."""
        self._notes.began(now_ms=now_ms)
        yield from self._roster.settling_words(POOL_SLICE_TICKETS)
        rounds = []
        for intent in Intent:
            slots = self._roster.slots_of(intent)
            if len(slots) > 1:
                rounds.append(self._round(intent, slots, now_ms))
            yield
        return rounds

    def _round(self, intent: Intent, slots: Numbers, now_ms: int) -> Round:
        roster = self._roster
        table = roster.table[:, slots]
        waited_ms = now_ms - roster.joined_ms[slots]
        widen(table, waited_ms, roster.lead_ms[slots], roster.quality[slots], self._policy)
        forbidden = np.array(self._apart.pairs(roster.places(slots)), np.int64).reshape(-1, 2)
        problem = Problem(table, self._law, forbidden, np.arange(len(slots)))
        return Round(intent, problem, slots, roster.stamps[slots])

    def end(self, begun: Round, pairing: Pairing, *, now_ms: int) -> Sequence[Introduction]:
        """Return the pairs of a result that hold, with amends for whom somebody has left."""
        return at_once(self.ending(begun, pairing, now_ms=now_ms))

    def ending(
        self, begun: Round, pairing: Pairing, *, now_ms: int
    ) -> Slices[Sequence[Introduction]]:
        """Do the same in slices."""
        here = self._roster.stamps[begun.slots] == begun.stamps
        apart = self._apart.pairs(self._roster.places(begun.slots))
        may = here[pairing.first] & here[pairing.second]
        if apart:
            may &= ~_among(pairing, apart, begun.problem.tickets)
        holds = pairing[may]
        left = np.concatenate([pairing.first[~may], pairing.second[~may]])
        broken = left[here[left]].tolist()
        if broken and begun.problem.table[rows.OVERDUE][here].any():
            yield
            holds = yield from Amends(begun.problem, here, apart, holds).making(broken)
        return (yield from self._naming(begun, holds, now_ms))

    def _naming(self, begun: Round, holds: Pairing, now_ms: int) -> Slices[list[Introduction]]:
        """Say whom the pairs are, and note them."""
        name, number = self._roster.name_at, self._roster.numbers_of(begun.slots)
        said = np.column_stack([number[holds.first], number[holds.second], holds.scores])
        first, second = begun.slots[holds.first], begun.slots[holds.second]
        columns = np.column_stack([first, second, holds.scores, holds.first, holds.second])
        made: list[Introduction] = []
        for start in range(0, len(holds), POOL_SLICE_PAIRS):
            yield
            for one, other, *about in columns[start : start + POOL_SLICE_PAIRS].tolist():
                made.append(Introduction(name(one), name(other), *about))
        self._notes.ended(begun.intent, said, now_ms=now_ms)
        return made

    def amend(
        self, begun: Round, refused: Sequence[Introduction], *, now_ms: int
    ) -> Sequence[Introduction]:
        """Return pairs in place of some that were refused; those have left or are apart by now."""
        return at_once(self.amending(begun, refused, now_ms=now_ms))

    def amending(
        self, begun: Round, refused: Sequence[Introduction], *, now_ms: int
    ) -> Slices[Sequence[Introduction]]:
        """Do the same in slices."""
        places = np.array([(pair.place, pair.other_place) for pair in refused], np.int64).reshape(
            -1, 2
        )
        scores = np.array([pair.score for pair in refused], np.int32)
        return self.ending(begun, Pairing(places[:, 0], places[:, 1], scores), now_ms=now_ms)

    def introduced(self, pair: Introduction, *, now_ms: int) -> None:
        """Two tickets have met for good: their waits have ended."""
        both = [self._roster.find(pair.one), self._roster.find(pair.other)]
        for ticket in both:
            assert ticket is not None, "only who waits is introduced"
        numbers = [self._roster.number_of(ticket.account) for ticket in both if ticket]
        self._notes.introduced(numbers[0], numbers[1], now_ms=now_ms)
        for ticket in both:
            if ticket is not None:
                self._over(ticket, now_ms=now_ms, matched=True)

    def _over(self, ticket: Ticket, *, now_ms: int, matched: bool) -> None:
        wait = self._waits[ticket.want.intent, ticket.person.side]
        wait.add(now_ms - ticket.joined_ms, matched=matched)
        self._roster.remove(ticket.ticket)
        self._apart.forget(ticket.account)

    # --- what may be known -------------------------------------------------------------------

    def oldest_ms(self) -> int | None:
        """Return when the first of those who wait has come."""
        return self._roster.oldest_ms()

    def wait_band(self, intent: Intent, side: Gender) -> WaitBand:
        """Say how long people of a side wait here."""
        return self._waits[intent, side].band()

    def explain(self, ticket: TicketId, *, now_ms: int) -> Explained:
        """Say which of their own wishes rule out most people; raises NotFound.

        It is said anew at few moments only, whatever a person changes meanwhile: who asks again
        and again learns no more of those who come and go.
        """
        found = self._roster.find(ticket)
        if found is None:
            raise NotFound("there is no such ticket")
        period = self._period(now_ms)
        said = self._explained.get(found.account)
        if said is None or said[0] != period:
            said = period, self._explain(found)
            self._explained[found.account] = said
        return Explained(now_ms - found.joined_ms, said[1])

    def _explain(self, ticket: Ticket) -> Explanation:
        slots = self._roster.slots_of(ticket.want.intent)
        mine = self._roster.slot_of(ticket.ticket)
        not_met = [mine, *self._roster.slots_of_people(self._apart.of(ticket.account))]
        others = slots[~np.isin(slots, not_met)]
        return explain(
            self._roster.table,
            mine,
            others,
            people_min=self._policy.explain_people_min,
            wait=self.wait_band(ticket.want.intent, ticket.person.side),
        )

    def _period(self, now_ms: int) -> int:
        return now_ms // (self._policy.explain_every_s * 1_000)


def _among(pairing: Pairing, apart: Sequence[tuple[int, int]], tickets: int) -> Truths:
    """Say which pairs are among those who may not meet; those are in order of their places."""
    low = np.minimum(pairing.first, pairing.second)
    high = np.maximum(pairing.first, pairing.second)
    found: Truths = np.isin(low * tickets + high, [one * tickets + other for one, other in apart])
    return found
