"""Values of the engine as JSON holds them, alike for both stores."""

from __future__ import annotations

import msgspec


def plain(value: object) -> object:
    """Return a value as JSON holds it."""
    return msgspec.json.decode(msgspec.json.encode(value))
