"""Who meets whom: a round is a pure function of who is there and whom they described."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from engine.ids import AccountId
from engine.model.account import Gender
from engine.model.appearance import Appearance, score
from engine.model.group import matching_open, romantic_open
from engine.model.like import Intent
from engine.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom somebody described, and what for."""

    wanted: Appearance
    intent: Intent


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is here now."""

    account: AccountId
    gender: Gender
    look: Appearance | None
    wishes: Sequence[Wish] = ()
    met: int = 0  # matches they have had in this meeting
    apart: Collection[AccountId] = field(default=frozenset())  # blocked, or met already


@dataclass(frozen=True, slots=True)
class Pair:
    """Two who described each other; `score` is the weaker direction."""

    one: AccountId
    other: AccountId
    score: float


def pair_up(people: Sequence[Attendee], policy: Policy) -> list[Pair]:
    """Pair people for a round: the surest first, each at most once.

    Both directions must agree for one intent. With fifty people and few who agree, choosing the
    best pair that is left loses nothing that anybody would notice to an exact assignment.
    """
    open_for = _intents(people, policy)
    found = []
    for place, one in enumerate(people):
        for other in people[place + 1 :]:
            if _may_meet(one, other, policy.meetings.matches_each_max):
                worth = max((_both(one, other, intent) for intent in open_for), default=0.0)
                if worth >= policy.meetings.score_min:
                    first, second = sorted((one.account, other.account))
                    found.append(Pair(first, second, worth))
    # The ids are random, so that no order of coming decides between equals.
    found.sort(key=lambda pair: (-pair.score, pair.one, pair.other))
    taken: set[AccountId] = set()
    pairs = []
    for pair in found:
        if taken.isdisjoint((pair.one, pair.other)):
            taken |= {pair.one, pair.other}
            pairs.append(pair)
    return pairs


def _intents(people: Sequence[Attendee], policy: Policy) -> list[Intent]:
    sides: Mapping[Gender, int] = {
        side: sum(one.gender is side for one in people) for side in Gender
    }
    open_for = []
    if matching_open(len(people), policy=policy.groups):
        open_for.append(Intent.FRIEND)
    if romantic_open(len(people), sides, policy=policy.groups):
        open_for.append(Intent.ROMANTIC)
    return open_for


def _may_meet(one: Attendee, other: Attendee, matches_max: int) -> bool:
    if one.met >= matches_max or other.met >= matches_max:
        return False
    return other.account not in one.apart and one.account not in other.apart


def _both(one: Attendee, other: Attendee, intent: Intent) -> float:
    return min(_fits(one, other, intent), _fits(other, one, intent))


def _fits(who: Attendee, whom: Attendee, intent: Intent) -> float:
    look = whom.look
    if look is None:
        return 0.0
    scores = (score(wish.wanted, look) for wish in who.wishes if wish.intent is intent)
    return max(scores, default=0.0)
