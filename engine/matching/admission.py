"""Who may join a pool, and what their account says of them there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import MatchingClosed
from engine.matching.ticket import AGE_MAX, AGE_MIN, Person
from engine.model.account import Gender
from engine.model.group import matching_open, romantic_open
from engine.model.like import Intent
from engine.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Applicant:
    """A member of the pool's group as the store knows them."""

    side: Gender
    birth_year: int
    premium: bool
    per_side: Mapping[Gender, int]  # of the group, as this person sees it


def person_of(side: Gender, birth_year: int, *, premium: bool, year: int) -> Person:
    """Say who somebody is in a pool, in a calendar year."""
    age = min(max(year - birth_year, AGE_MIN), AGE_MAX)
    return Person(side, age, premium)


def admit(applicant: Applicant, intent: Intent, policy: Policy, *, year: int) -> Person:
    """Say who somebody is in a pool; raises MatchingClosed as a like there would."""
    members = sum(applicant.per_side.values())
    if intent is Intent.ROMANTIC:
        is_open = romantic_open(members, applicant.per_side, policy=policy.groups)
    else:
        is_open = matching_open(members, policy=policy.groups)
    if not is_open:
        raise MatchingClosed
    return person_of(applicant.side, applicant.birth_year, premium=applicant.premium, year=year)
