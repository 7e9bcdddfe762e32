"""Written by `python -m api.sdk`, not by hand: the calls of export."""

from __future__ import annotations

from api.client.call import Call


def export_me() -> Call[bytes]:
    """Give everything that is held about oneself; without its last line `end` it is not
    whole."""
    return Call("GET", "/v1/me/export", bytes)
