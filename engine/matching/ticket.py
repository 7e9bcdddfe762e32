"""A ticket: what somebody who waits in a live pool is, and whom they look for.

None of it can be in a cycle, so the garbage collector is not shown it: to look at 100,000 tickets
held the event loop for half a second.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import msgspec

from engine.errors import BadRequest
from engine.ids import AccountId, TicketId
from engine.model.account import Gender
from engine.model.group import INTEREST_CHARS_MAX, INTERESTS_MAX
from engine.model.like import Intent
from engine.model.pool_policy import CELLS_ACROSS_MAX, PoolPolicy
from engine.model.text import is_control

# No ticket is younger than an account may be; nobody is older than that.
AGE_MIN, AGE_MAX = 19, 120


class Person(msgspec.Struct, frozen=True, gc=False):
    """What the account says of its person; a client has no say in it."""

    side: Gender
    age: int
    premium: bool = False

    def __post_init__(self) -> None:
        if not AGE_MIN <= self.age <= AGE_MAX:
            raise ValueError(f"an age is {AGE_MIN} to {AGE_MAX}, not {self.age}")


class Me(msgspec.Struct, frozen=True, gc=False):
    """What a client says of its person; made by `make_me`."""

    interests: tuple[str, ...] = ()
    area: tuple[int, int] | None = None  # a cell of the pool's grid: across, down
    features: tuple[str, ...] = ()


class Ages(msgspec.Struct, frozen=True, gc=False):
    """Whom somebody wishes for, by age; `must` is never widened."""

    low: int = AGE_MIN
    high: int = AGE_MAX
    must: bool = False


class Want(msgspec.Struct, frozen=True, gc=False):
    """Whom somebody looks for; made by `make_want`."""

    intent: Intent
    sides: tuple[Gender, ...] = tuple(Gender)
    ages: Ages = Ages()
    features: tuple[str, ...] = ()  # the other one must have these


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """One person who waits in one pool."""

    ticket: TicketId
    account: AccountId
    person: Person
    me: Me
    want: Want
    joined_ms: int
    expires_ms: int

    def __post_init__(self) -> None:
        if self.expires_ms <= self.joined_ms:
            raise ValueError("a ticket expires after it was made")


def make_me(
    interests: Sequence[str], area: tuple[int, int] | None, features: Sequence[str], *,
    policy: PoolPolicy,
) -> Me:  # fmt: skip
    """Check what a client says of its person; raises BadRequest."""
    if len(interests) > INTERESTS_MAX:
        raise BadRequest(f"at most {INTERESTS_MAX} interests")
    if area is not None and not all(0 <= at < CELLS_ACROSS_MAX for at in area):
        raise BadRequest(f"an area is a cell of a grid of {CELLS_ACROSS_MAX} x {CELLS_ACROSS_MAX}")
    words = dict.fromkeys(_interest(word) for word in interests)
    return Me(tuple(words), area, _features(features, policy))


def make_want(
    intent: str,
    sides: Sequence[str] | None,
    ages: Ages | None,
    features: Sequence[str],
    *,
    policy: PoolPolicy,
) -> Want:
    """Check whom a client looks for; raises BadRequest. What is not said is open."""
    try:
        wish = Intent(intent)
        wanted = {Gender(side) for side in sides} if sides is not None else set(Gender)
    except ValueError:
        raise BadRequest("intent is friend or romantic, sides are female, male, other") from None
    if not wanted:
        raise BadRequest("sides names nobody")
    ages = ages or Ages()
    if not AGE_MIN <= ages.low <= ages.high <= AGE_MAX:
        raise BadRequest(f"ages are {AGE_MIN} <= low <= high <= {AGE_MAX}")
    in_order = tuple(side for side in Gender if side in wanted)
    return Want(wish, in_order, ages, _features(features, policy))


def _interest(word: str) -> str:
    """Return a word so that those who mean the same say the same."""
    word = unicodedata.normalize("NFKC", word).strip().casefold()
    if not 0 < len(word) <= INTEREST_CHARS_MAX or any(is_control(char) for char in word):
        raise BadRequest(f"an interest has 1 to {INTEREST_CHARS_MAX} characters")
    return word


def _features(words: Sequence[str], policy: PoolPolicy) -> tuple[str, ...]:
    unknown = [word for word in words if word not in policy.features]
    if unknown:
        raise BadRequest("a feature is one of: " + ", ".join(policy.features))
    return tuple(word for word in policy.features if word in words)
