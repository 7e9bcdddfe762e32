"""The numbers of live pools: what a score is made of, how wishes widen, how long anybody waits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

# The table of a pool has 31 bits for features, and a grid of 32 x 32 cells.
FEATURES_MAX = 31
CELLS_ACROSS_MAX = 32

# A tick that is shorter would be all solving, a longer one is felt.
_TICK_S_MIN, _TICK_S_MAX = 0.1, 60.0

# Whoever explains themselves to themselves learns of others in bands; fewer people are no band.
_EXPLAIN_PEOPLE_MIN = 5

# What a score is made of, beside what waiting adds, is 1.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Widening:
    """From `after_s` of waiting on, this is accepted beyond a wish that is no must."""

    after_s: int
    years: int
    cells: int


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """Live pools (domain.md, Live pools)."""

    tick_s: float = 1.0
    ticket_s: int = 600
    again_after_s: int = 7 * 86_400
    interests_weight: float = 0.4
    ages_weight: float = 0.3
    area_weight: float = 0.2
    quality_weight: float = 0.1
    waiting_weight: float = 0.2
    age_reach_years: int = 10
    area_reach_cells: int = 4
    overdue_s: int = 60
    premium_lead_s: int = 5
    explain_people_min: int = 10
    explain_every_s: int = 60
    ops_per_minute_max: int = 30
    ops_burst_max: int = 10
    widening: tuple[Widening, ...] = (
        Widening(0, 2, 1),
        Widening(5, 5, 2),
        Widening(10, 10, 4),
        Widening(20, 99, CELLS_ACROSS_MAX),
    )
    features: tuple[str, ...] = (
        "glasses",
        "hat",
        "mask",
        "beard",
        "long_hair",
        "short_hair",
        "dark_top",
        "bright_top",
        "colourful_top",
        "dark_bottom",
        "bright_bottom",
        "skirt_or_dress",
        "bag",
        "earrings",
        "non_smoker",
        "non_drinker",
    )

    def __post_init__(self) -> None:
        if not _TICK_S_MIN <= self.tick_s <= _TICK_S_MAX:
            raise ValueError(f"tick_s is {_TICK_S_MIN} to {_TICK_S_MAX}, not {self.tick_s}")
        for name in (
            "ticket_s",
            "age_reach_years",
            "area_reach_cells",
            "overdue_s",
            "explain_every_s",
            "ops_per_minute_max",
            "ops_burst_max",
        ):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero, not {getattr(self, name)}")
        if self.again_after_s < 0 or not 0 <= self.premium_lead_s <= self.overdue_s:
            raise ValueError("again_after_s is zero or more, premium_lead_s zero to overdue_s")
        if self.explain_people_min < _EXPLAIN_PEOPLE_MIN:
            raise ValueError(f"explain_people_min is at least {_EXPLAIN_PEOPLE_MIN}")
        self._check_weights()
        self._check_widening()
        if len(set(self.features)) != len(self.features) or len(self.features) > FEATURES_MAX:
            raise ValueError(f"features are at most {FEATURES_MAX} different words")

    def _check_weights(self) -> None:
        parts = (self.interests_weight, self.ages_weight, self.area_weight, self.quality_weight)
        if not all(isfinite(part) and part >= 0 for part in (*parts, self.waiting_weight)):
            raise ValueError("weights are zero or more")
        if abs(sum(parts) - 1) > _ROUNDING or self.waiting_weight > 1:
            raise ValueError("the weights of a score sum to 1; what waiting adds is at most 1")

    def _check_widening(self) -> None:
        steps = self.widening
        if not steps or steps[0].after_s != 0:
            raise ValueError("widening begins after 0 s")
        for step in steps:
            if step.years < 0 or not 0 <= step.cells <= CELLS_ACROSS_MAX:
                raise ValueError(f"widening: years from 0, cells 0 to {CELLS_ACROSS_MAX}")
        for before, after in pairwise(steps):
            wider = after.years >= before.years and after.cells >= before.cells
            if after.after_s <= before.after_s or not wider:
                raise ValueError("widening goes on in time and never takes anything back")
