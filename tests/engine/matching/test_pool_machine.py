"""The pool as a machine: whatever people do between and within ticks, its promises hold.

Leaving, blocking and changed wishes win over a result (I13), one ticket has one match (I6), the
same events give the same pairs (I12), and everybody who came waits, has left or was introduced.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.ids import AccountId
from engine.matching import search as rows
from engine.matching.pool import Introduction, Pool, Round
from engine.matching.problem import Pairing
from engine.matching.solver import solve
from engine.matching.ticket import Ages, Me, Ticket, Want
from engine.model.account import Gender
from engine.model.like import Intent
from tests.engine.matching.people import POLICY, make_ticket
from tests.engine.matching.rules import score

NAMES = st.sampled_from("abcdefghijkl")
SIDES = st.sampled_from([(Gender.FEMALE,), (Gender.MALE,), tuple(Gender)])
AGES = st.sampled_from([Ages(), Ages(20, 22), Ages(30, 33, must=True)])
AGE = st.sampled_from([21, 31, 45])
WANTS = st.builds(Want, st.sampled_from([Intent.FRIEND] * 3 + [Intent.ROMANTIC]), SIDES, AGES)

CROWD = st.lists(
    st.tuples(NAMES, WANTS, AGE, st.booleans()), min_size=6, unique_by=lambda one: one[0]
)


def account(name: str) -> AccountId:
    """Name the account of a person."""
    return AccountId(f"account of {name}")


class PoolMachine(RuleBasedStateMachine):
    """People come, change and go while ticks begin and end."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 0
        self.pool = Pool(POLICY)
        self.twin = Pool(POLICY)
        self.waiting: dict[str, Ticket] = {}
        self.apart: set[frozenset[str]] = set()
        self.joined = self.ended = self.met = 0
        self.rounds: list[Round] = []
        self.changed: set[str] = set()  # since the tick began

    # --- what people do ----------------------------------------------------------------------

    @initialize(people=CROWD)
    def crowd(self, people: list[tuple[str, Want, int, bool]]) -> None:
        for name, want, age, premium in people:
            self.join(name, want, age, premium=premium)

    @rule(name=NAMES, want=WANTS, age=AGE, premium=st.booleans())
    def join(self, name: str, want: Want, age: int, *, premium: bool) -> None:
        side = Gender.MALE if name in "aeiou" else Gender.FEMALE
        ticket = make_ticket(
            f"{name} {self.joined}",
            account=account(name),
            side=side,
            age=age,
            premium=premium,
            intent=want.intent,
            sides=want.sides,
            ages=want.ages,
            at=self.now_ms,
            lives_ms=400_000,
        )
        apart = [account(one) for pair in self.apart if name in pair for one in pair - {name}]
        for pool in (self.pool, self.twin):
            pool.join(ticket, apart, now_ms=self.now_ms)
        self.ended += name in self.waiting
        self.joined += 1
        self.waiting[name] = ticket
        self.changed.add(name)

    @rule(name=NAMES)
    def leave(self, name: str) -> None:
        ticket = self.waiting.pop(name, None)
        if ticket is not None:
            assert self.pool.leave(ticket.ticket, now_ms=self.now_ms)
            assert self.twin.leave(ticket.ticket, now_ms=self.now_ms)
            self.ended += 1
            self.changed.add(name)

    @rule(name=NAMES, want=st.none() | WANTS, words=st.lists(st.sampled_from(["tea", "go"])))
    def update(self, name: str, want: Want | None, words: list[str]) -> None:
        if name in self.waiting:
            ticket = self.waiting[name].ticket
            for pool in (self.pool, self.twin):
                pool.update(ticket, Me(tuple(set(words))), want, now_ms=self.now_ms)
            self.changed.add(name)

    @rule(one=NAMES, other=NAMES)
    def part(self, one: str, other: str) -> None:
        if one != other:
            self.apart.add(frozenset((one, other)))
            for pool in (self.pool, self.twin):
                pool.part(account(one), account(other), now_ms=self.now_ms)

    @rule(seconds=st.sampled_from([1, 5, 30, 61]))
    def wait(self, seconds: int) -> None:
        self.now_ms += seconds * 1_000

    # --- ticks -------------------------------------------------------------------------------

    @rule(
        seconds=st.sampled_from([1, 20, 61]),
        what=st.lists(st.sampled_from(["nothing", "leave", "part", "update", "again", "refuse"])),
        words=st.lists(st.sampled_from(["tea", "go"])),
        refuses=st.sets(NAMES, max_size=1),
    )
    def tick(self, seconds: int, what: list[str], words: list[str], refuses: set[str]) -> None:
        """While a tick is solved something happens to those whom it brings together."""
        self.wait(seconds)
        self.begin()
        results = [solve(begun.problem) for begun in self.rounds]
        pairs = [
            (names[one], names[other])
            for names, result in zip(self.names, results, strict=True)
            for one, other in zip(result.first.tolist(), result.second.tolist(), strict=True)
        ]
        for (one, other), happens in zip(pairs, what, strict=False):
            match happens:
                case "leave":
                    self.leave(one)
                case "part":
                    self.part(one, other)
                case "update":
                    self.update(other, None, words)
                case "again":
                    self.join(other, Want(Intent.FRIEND), 31, premium=False)
                case "refuse":
                    refuses.add(other)
        self.end(refuses, results)

    def begin(self) -> None:
        """Begin a tick."""
        over = {ticket.ticket for ticket in self.pool.expire(now_ms=self.now_ms)}
        assert {ticket.ticket for ticket in self.twin.expire(now_ms=self.now_ms)} == over
        for name, ticket in list(self.waiting.items()):
            assert (ticket.ticket in over) == (ticket.expires_ms <= self.now_ms)
            if ticket.ticket in over:
                del self.waiting[name]
                self.ended += 1
        self.rounds = list(self.pool.begin(now_ms=self.now_ms))
        for one, other in zip(self.rounds, self.twin.begin(now_ms=self.now_ms), strict=True):
            assert np.array_equal(one.problem.table, other.problem.table)
            assert np.array_equal(one.problem.forbidden, other.problem.forbidden)
        self.names = [
            [
                self.pool._roster.at(int(slot)).account[-1] for slot in begun.slots
            ]  # by what it was then
            for begun in self.rounds
        ]
        self.changed.clear()

    def end(self, refuses: set[str], results: list[Pairing]) -> None:
        """End a tick, make amends for what the store refused (who has left), look at both."""
        for begun, names, pairing in zip(self.rounds, self.names, results, strict=True):
            made = self.pool.end(begun, pairing, now_ms=self.now_ms)
            assert list(made) == list(self.twin.end(begun, pairing, now_ms=self.now_ms))
            self.check(begun, names, made, set())
            met = self.settle(made, refuses)
            left = [pair for pair in made if pair.one in self.pool or pair.other in self.pool]
            amended = self.pool.amend(begun, left, now_ms=self.now_ms)
            assert list(amended) == list(self.twin.amend(begun, left, now_ms=self.now_ms))
            self.check(begun, names, amended, met)
            self.settle(amended, set())
        self.rounds = []

    def settle(self, made: Sequence[Introduction], refuses: set[str]) -> set[str]:
        """Make pairs true, but for those with somebody who has left; return who met."""
        met: set[str] = set()
        people = {ticket.ticket: name for name, ticket in self.waiting.items()}
        for pair in made:
            both = {people[pair.one], people[pair.other]}
            if both & refuses:
                for name in sorted(both & refuses):
                    self.leave(name)
                continue
            for pool in (self.pool, self.twin):
                pool.introduced(pair, now_ms=self.now_ms)
            for name in both:
                del self.waiting[name]
            met |= both
            self.met += 2
        return met

    def check(
        self, begun: Round, names: list[str], made: Sequence[Introduction], met: set[str]
    ) -> None:
        """Nobody twice, nobody who has left or changed, nobody kept apart; nobody starves."""
        people = {ticket.ticket: name for name, ticket in self.waiting.items()}
        place = {name: n for n, name in enumerate(names)}
        mate: dict[int, int] = {}
        for pair in made:
            one, other = people[pair.one], people[pair.other]
            assert not {one, other} & self.changed
            assert frozenset((one, other)) not in self.apart
            i, j = place[one], place[other]
            assert not {i, j} & set(mate)
            mate |= {i: j, j: i}
            assert score(begun.problem, i, j) == pair.score
        here = [n for n, name in enumerate(names) if name not in self.changed and name not in met]
        overdue = begun.problem.table[rows.OVERDUE]
        for i in here:
            if not overdue[i] or i in mate:
                continue
            for j in here:
                blocked = frozenset((names[i], names[j])) in self.apart
                if blocked or score(begun.problem, i, j) is None:
                    continue
                # Whom it could have met is with somebody overdue who came before it.
                assert any(overdue[n] and n < i for n in (j, mate[j]))

    @invariant()
    def everybody_waits_has_left_or_was_introduced(self) -> None:
        assert self.joined == len(self.waiting) + self.ended + self.met
        assert {one.ticket for one in self.pool.tickets()} == {
            one.ticket for one in self.waiting.values()
        }
        assert len(self.pool) == len(self.waiting)


TestPool = PoolMachine.TestCase
TestPool.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)
