"""Why a connection ends: the numbered registry of protocol.md 3.5."""

from __future__ import annotations

from enum import IntEnum

_COME_BACK_BELOW = 4500


class CloseCode(IntEnum):
    """4000 to 4499: reconnect and resume. 4500 to 4999: do not come back with this token."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    INVALID_DATA = 1007
    TOO_LARGE = 1009
    DRAINING = 4000
    SLOW_CONSUMER = 4001
    SESSION_EXPIRED = 4002
    INTERNAL_RESTART = 4003
    PROTOCOL_ABUSE = 4500
    BAD_TOKEN = 4501
    BANNED = 4502
    REPLACED = 4503

    @property
    def may_reconnect(self) -> bool:
        """Whether a client should reconnect and resume by itself."""
        return self < _COME_BACK_BELOW
