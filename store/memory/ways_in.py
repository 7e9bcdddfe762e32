"""By what somebody signs in, in memory: what outlives an account is found by it."""

from __future__ import annotations

from store.memory.state import AccountRow


def ways_in(row: AccountRow) -> list[bytes]:
    """Return the keyed hashes of how somebody signs in."""
    phone = None if row.phone is None else row.phone.digest
    return [one for one in (phone, row.clerk) if one is not None]
