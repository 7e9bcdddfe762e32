"""What the memory twin holds of signing in: devices and codes."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ids import AccountId, DeviceId
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
class ClerkRows:
    """What is known of Clerk: what has ended there, and which events were taken."""

    ended: dict[bytes, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
