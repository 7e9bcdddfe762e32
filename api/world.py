"""Real time and real chance, as the edges hand them down."""

from __future__ import annotations

import secrets
import time

from api.services import World
from engine.ids import ID_BYTES


def real_world() -> World:
    """Return the wall clock and the system's randomness."""
    return World(
        now_ms=lambda: time.time_ns() // 1_000_000,
        fresh_id=lambda: secrets.token_urlsafe(ID_BYTES),
        secret=secrets.token_bytes,
    )
