"""What the memory twin holds of signing in: devices and codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.errors import RateLimited
from engine.ids import AccountId, DeviceId
from engine.model.code_caps import Cap
from engine.model.device import Platform


@dataclass(slots=True)
class DeviceRow:
    """A signed-in device; the order of the dictionary is the order of signing in."""

    device: DeviceId
    account: AccountId
    refresh_digest: bytes
    expires_at: int
    revoked: bool = False
    created_at: int = 0
    used_at: int = 0
    platform: Platform = Platform.OTHER
    clerk_session: bytes | None = None


@dataclass(slots=True)
class CodeRow:
    """The code of a number, and when codes were asked for."""

    code_digest: bytes | None = None
    expires_at: int = 0
    tries: int = 0
    asked_at: list[int] = field(default_factory=list)


@dataclass(slots=True)
class CodeCounts:
    """Codes and wrong guesses by name and window."""

    counts: dict[tuple[bytes, int], int] = field(default_factory=dict)

    def count(self, cap: Cap, now_ms: int) -> int:
        """Count one more; return how many there are in this window."""
        key = (cap.name, cap.window(now_ms))
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]

    def read(self, cap: Cap, now_ms: int) -> int:
        """Return how many there are in this window."""
        return self.counts.get((cap.name, cap.window(now_ms)), 0)

    def check(self, caps: Sequence[Cap], now_ms: int) -> None:
        """Raise RateLimited where one more would be too many."""
        for cap in caps:
            if self.read(cap, now_ms) >= cap.most:
                raise RateLimited(retry_after_ms=cap.retry_after_ms(now_ms))


@dataclass(slots=True)
class ClerkRows:
    """What is known of Clerk: what has ended there, and which events were taken."""

    ended: dict[bytes, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
