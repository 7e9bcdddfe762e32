"""The numbers of pushes: how far apart they are, and what counts as one wave of messages."""

from __future__ import annotations

from dataclasses import dataclass

# A day of pushes is worth nothing any more, and quiet hours end within one.
_KEPT_S_MIN = 86_400


@dataclass(frozen=True, slots=True)
class PushPolicy:
    """Pushes (domain.md, Notifications)."""

    apart_s: int = 60
    wave_s: int = 1_800
    kept_s: int = 2 * 86_400
    ending_s: int = 3 * 86_400

    def __post_init__(self) -> None:
        if self.apart_s < 1 or self.wave_s < self.apart_s:
            raise ValueError("apart_s is at least 1, and wave_s at least apart_s")
        if self.ending_s < 1:
            raise ValueError("ending_s is at least 1")
        if self.kept_s < _KEPT_S_MIN:
            raise ValueError(f"kept_s is at least {_KEPT_S_MIN}: quiet hours may last a day")
