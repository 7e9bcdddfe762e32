"""The numbers of instant meetings (domain.md, Instant meetings)."""

from __future__ import annotations

from dataclasses import dataclass

# Below, an answer would speak of somebody in particular, whoever sets the policy.
_PEOPLE_MIN = 3

# A finer count would show who has just come in.
_COUNT_EVERY_S_MIN = 60


@dataclass(frozen=True, slots=True)
class MeetingPolicy:
    """Sizes, hours and limits of meetings, and how coarsely anything of the people is told."""

    members_max: int = 50
    hours_max: int = 12
    code_tries_per_hour_max: int = 10
    looks_max: int = 4
    line_chars_max: int = 60
    descriptions_per_hour_max: int = 30
    descriptions_kept_max: int = 5
    people_min: int = 3
    people_own_max: int = 2
    count_every_s: int = 300
    answers_kept_max: int = 1_024
    score_min: float = 0.7
    matches_each_max: int = 5
    round_s: int = 30
    erase_after_s: int = 86_400

    def __post_init__(self) -> None:
        least = {
            "members_max": 2,
            "hours_max": 1,
            "code_tries_per_hour_max": 1,
            "looks_max": 1,
            "line_chars_max": 1,
            "descriptions_per_hour_max": 1,
            "descriptions_kept_max": 1,
            "people_min": _PEOPLE_MIN,
            "people_own_max": 0,
            "count_every_s": _COUNT_EVERY_S_MIN,
            "answers_kept_max": 1,
            "matches_each_max": 1,
            "round_s": 1,
            "erase_after_s": 1,
        }
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise ValueError(f"{name} is at least {bound}, not {getattr(self, name)}")
        if not 0 < self.score_min <= 1:
            raise ValueError(f"score_min is above 0 and at most 1, not {self.score_min}")

    @property
    def step(self) -> int:
        """How many people make a difference: so many that some are not the asker's own."""
        return self.people_min + self.people_own_max
