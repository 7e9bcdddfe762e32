"""A description handed in: what decides it, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import BadRequest, Conflict, TooSpecific
from engine.ids import DescriptionId
from engine.model.appearance import Appearance, said
from engine.model.like import Intent
from engine.model.meeting import (
    Description,
    DescriptionReceipt,
    MeetingMode,
    OwnLook,
    check_descriptions,
    look_at,
    refusal_of,
)
from engine.model.meeting_guard import Answered, Counted, Guard, Verdict, counted_at_ms
from engine.model.meeting_policy import MeetingPolicy


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody else who is here, with every look they gave, oldest first."""

    seat: int
    came_at: int  # ms
    looks: Sequence[OwnLook]


@dataclass(frozen=True, slots=True)
class DescriptionFacts:
    """What the store knows when it holds the asker and the meeting."""

    mode: MeetingMode
    own_look: bool  # the asker has said how they look
    asked_at: Sequence[int]  # ms: descriptions of the asker, in all meetings, the refused ones too
    people: Sequence[Here]  # without the asker
    remembered: Sequence[Answered]


@dataclass(frozen=True, slots=True)
class DescriptionDecision:
    """A description that counts; it is looked for unless its verdict refuses it."""

    verdict: Verdict | None  # None in auto: nobody is counted, so nothing is told
    left: int
    remembered: Sequence[Answered]

    @property
    def kept(self) -> bool:
        """Whether it is looked for."""
        return self.verdict is None or self.verdict.band is not None


def make_description(wanted: Appearance, intent: Intent, cid: str) -> Description:
    """Check a description; raises BadRequest for one that says nothing."""
    if not said(wanted):
        raise BadRequest("say something of the person")
    return Description(wanted, intent, cid)


def decide_description(
    facts: DescriptionFacts, description: Description, policy: MeetingPolicy, *, now_ms: int
) -> DescriptionDecision:
    """Decide a description; raises RateLimited, Conflict, which leave no trace."""
    left = check_descriptions(facts.asked_at, policy, now_ms=now_ms)
    if not facts.own_look:
        raise Conflict("say first how you look yourself")
    if facts.mode is MeetingMode.AUTO:
        return DescriptionDecision(None, left, facts.remembered)
    guard = Guard(facts.remembered, policy)
    verdict = guard.answer(description.wanted, count(facts.people, policy, now_ms=now_ms))
    return DescriptionDecision(verdict, left, guard.remembered)


def count(people: Sequence[Here], policy: MeetingPolicy, *, now_ms: int) -> list[Counted]:
    """Return people as they were at the last count; who came or spoke later is not in it."""
    moment_ms = counted_at_ms(now_ms, policy)
    counted = []
    for one in people:
        look = look_at(one.looks, moment_ms)
        if one.came_at <= moment_ms and look is not None:
            counted.append(Counted(one.seat, look.look))
    return counted


def answer_of(
    description: DescriptionId, verdict: Verdict | None, left: int
) -> DescriptionReceipt | TooSpecific:
    """Return what the asker is told."""
    refusal = None if verdict is None else refusal_of(verdict)
    if refusal is not None:
        return refusal
    return DescriptionReceipt(description, None if verdict is None else verdict.band, left)


def kept_max(mode: MeetingMode, policy: MeetingPolicy) -> int:
    """Say how many descriptions of one person are looked for."""
    return 1 if mode is MeetingMode.AUTO else policy.descriptions_kept_max
