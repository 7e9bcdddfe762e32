"""Plans: what somebody is entitled to, as a function of the terms they have and of the time.

Nothing is switched on or off: whoever wants to know looks at the terms at the moment of use.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadRequest, Conflict
from engine.limits import COMMAND_CHARS_MAX, PLAN_DAYS_MAX

DAY_MS = 86_400_000


class Plan(StrEnum):
    """What one can have; a later one includes all of an earlier one."""

    FREE = "free"
    TRIAL = "trial"
    PREMIUM = "premium"
    PREMIUM_PLUS = "premium_plus"

    @property
    def rank(self) -> int:
        """Its place in the order."""
        return _RANKS[self]

    @property
    def premium(self) -> bool:
        """Whether it gives the rights of premium: a trial does."""
        return self is not Plan.FREE


_RANKS = {plan: rank for rank, plan in enumerate(Plan)}


@dataclass(frozen=True, slots=True)
class Term:
    """A plan for a time; `ends_at` is the first ms without it."""

    command: str  # the caller's own name of it, unique for the person
    plan: Plan
    starts_at: int
    ends_at: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.command) <= COMMAND_CHARS_MAX:
            raise BadRequest(f"a command has 1 to {COMMAND_CHARS_MAX} characters")
        if self.plan is Plan.FREE:
            raise BadRequest("nobody needs a term for what is free")
        if not self.starts_at < self.ends_at:
            raise BadRequest("a term ends after it has begun")

    @property
    def days(self) -> int:
        """How long it is, in days."""
        return (self.ends_at - self.starts_at) // DAY_MS


def plan_at(terms: Iterable[Term], now_ms: int) -> Plan:
    """Return the best plan that covers a moment."""
    covering = (term.plan for term in terms if term.starts_at <= now_ms < term.ends_at)
    return max(covering, key=lambda plan: plan.rank, default=Plan.FREE)


def premium_until(terms: Iterable[Term], now_ms: int) -> int:
    """Return the end of the unbroken time with premium from now on; `now_ms` if there is none."""
    until = now_ms
    for term in sorted(terms, key=lambda term: term.starts_at):
        if term.plan.premium and term.starts_at <= until:
            until = max(until, term.ends_at)
    return until


def next_term(terms: Iterable[Term], command: str, plan: Plan, days: int, *, now_ms: int) -> Term:
    """Return a new term of a plan: from now, or where the plan they have already ends.

    It never begins after a gap, so `premium_until` stays true when time goes on. A command that
    was used for the same is answered with the first term; raises BadRequest, Conflict.
    """
    if not 1 <= days <= PLAN_DAYS_MAX:
        raise BadRequest(f"1 to {PLAN_DAYS_MAX} days")
    held = list(terms)
    for term in held:
        if term.command == command:
            if (term.plan, term.ends_at - term.starts_at) != (plan, days * DAY_MS):
                raise Conflict("this command was used for another term")
            return term
    if plan is Plan.TRIAL and held:
        raise Conflict("a trial is for who has had no plan yet")
    same = [term for term in held if term.plan.rank >= plan.rank]
    starts_at = premium_until(same, now_ms)
    return Term(command, plan, starts_at, starts_at + days * DAY_MS)


def with_days(
    terms: Sequence[Term], command: str, plan: Plan, days: int, *, now_ms: int
) -> tuple[Term, ...]:
    """Return the terms after the one under `command` has so many days in all; 0: it is gone.

    What has begun stays where it is. What has not is laid again, so that nothing begins after a
    gap and nobody loses days of one term because another has become shorter.
    """
    if not 0 <= days <= PLAN_DAYS_MAX:
        raise BadRequest(f"0 to {PLAN_DAYS_MAX} days")
    begun = [one for one in terms if one.command != command and one.starts_at <= now_ms]
    later = sorted((one for one in terms if one.starts_at > now_ms), key=_starts_at)
    waiting = [(one.command, one.plan, one.ends_at - one.starts_at) for one in later]
    held = next((one for one in terms if one.command == command), None)
    if held is not None and held.starts_at <= now_ms and days:
        begun.append(Term(command, plan, held.starts_at, held.starts_at + days * DAY_MS))
    laid = begun
    for name, what, length in waiting:
        laid = _laid(laid, name, what, days * DAY_MS if name == command else length, now_ms)
    if days and all(one.command != command for one in laid):
        laid = _laid(laid, command, plan, days * DAY_MS, now_ms)
    return tuple(sorted(laid, key=lambda one: (one.starts_at, one.command)))


def _starts_at(term: Term) -> int:
    return term.starts_at


def _laid(terms: list[Term], command: str, plan: Plan, length_ms: int, now_ms: int) -> list[Term]:
    """Lay a term behind those that include its plan."""
    if not length_ms:
        return terms
    starts_at = premium_until([one for one in terms if one.plan.rank >= plan.rank], now_ms)
    return [*terms, Term(command, plan, starts_at, starts_at + length_ms)]
