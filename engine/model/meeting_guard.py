"""Answers about the people of a meeting, such that an adaptive asker does not get below k.

Three things are told of a description: that it fits too few, or that it fits, and then roughly how
many. All three are held to the same two rules.

Slow: people and looks are counted as they were at the last of a few fixed moments.

Coarse: of the people who fit, some may be in the asker's hands (`people_own_max`), so `step` people
make a difference, k of whom are not. What was answered is remembered for the whole meeting, for
everybody, with the people it was about. A description that fits almost the same people, fewer than
`step` apart from those of a first answer, is answered as that was, and the same description, with
every colour standing for its family, keeps its answer until `step` people have changed: whether
Alice came, went or changed her coat between two questions, or is what parts two descriptions, is
not in the answers to them. What is let pass for the first time is about `step` people or more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.model.appearance import Appearance, Feature, named, only, said, score
from engine.model.meeting_policy import MeetingPolicy

_FIVE, _TEN = 5, 10


class FitBand(StrEnum):
    """Roughly how many people fit a description."""

    FEW = "3_5"
    SOME = "5_10"
    MANY = "10_more"


@dataclass(frozen=True, slots=True)
class Counted:
    """A person as they were at the last count; `seat` is their number in this meeting."""

    seat: int
    look: Appearance


@dataclass(frozen=True, slots=True)
class Answered:
    """What was said of some people: None where they were too few."""

    seats: frozenset[int]
    band: FitBand | None
    asked: str = ""  # the description, as `named` writes it
    first: bool = True  # it was counted; the others were answered as a first one near them


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a description: a band, or None with the feature that is rare, if it is one."""

    band: FitBand | None
    rare: Feature | None = None


class Guard:
    """Answers questions of one meeting; `remembered` grows by what was not answered before."""

    def __init__(self, remembered: Sequence[Answered], policy: MeetingPolicy) -> None:
        self.remembered = list(remembered)
        self._policy = policy

    def answer(self, wanted: Appearance, people: Sequence[Counted]) -> Verdict:
        """Answer a description; `people` are those who are here, without the asker."""
        band = self._band(wanted, people)
        features = said(wanted)
        if band is not None or len(features) == 1:
            return Verdict(band, None if band is not None else features[0])
        # The hint says no more than the asker could have asked.
        rare = (one for one in features if self._band(only(wanted, one), people) is None)
        return Verdict(None, next(rare, None))

    def _band(self, wanted: Appearance, people: Sequence[Counted]) -> FitBand | None:
        policy = self._policy
        fitting = self._fitting(wanted, people)
        if len(fitting) < policy.people_min:
            return None
        asked = named(wanted)
        known = self._nearest(fitting, policy.step, lambda one: one.asked == asked)
        if known is not None:
            return known.band
        if len(self.remembered) >= policy.answers_kept_max:
            return None  # what cannot be remembered is not told
        # Else people the asker may have moved, or another description, would show the edge.
        near = self._nearest(fitting, policy.people_own_max + 1, lambda _: True)
        near = near or self._nearest(fitting, policy.step, lambda one: one.first)
        band = fit_band(len(fitting)) if near is None else near.band
        if len(fitting) < policy.step:
            band = None
        self.remembered.append(Answered(fitting, band, asked, first=near is None))
        return band

    def _nearest(
        self, fitting: frozenset[int], apart: int, counts: Callable[[Answered], bool]
    ) -> Answered | None:
        """Find the answer about people fewer than `apart` from these."""
        found = [one for one in self.remembered if len(one.seats ^ fitting) < apart and counts(one)]
        return min(found, key=lambda one: len(one.seats ^ fitting), default=None)

    def _fitting(self, wanted: Appearance, people: Sequence[Counted]) -> frozenset[int]:
        least = self._policy.score_min
        return frozenset(one.seat for one in people if score(wanted, one.look) >= least)


def fit_band(people: int) -> FitBand:
    """Say roughly how many, of three or more."""
    if people < _FIVE:
        return FitBand.FEW
    return FitBand.SOME if people < _TEN else FitBand.MANY


def counted_at_ms(now_ms: int, policy: MeetingPolicy) -> int:
    """Return the moment of the last count."""
    every_ms = policy.count_every_s * 1000
    return now_ms // every_ms * every_ms
