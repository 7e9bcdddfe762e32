"""Which parts of the engine a process runs (Procfile)."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """`all` is what `glimpse dev` runs: one process over an embedded PostgreSQL."""

    ALL = "all"
    WEB = "web"
    REALTIME = "realtime"

    @property
    def web(self) -> bool:
        """Whether it serves REST."""
        return self is not Role.REALTIME

    @property
    def realtime(self) -> bool:
        """Whether it serves WebSockets and delivers notices to them."""
        return self is not Role.WEB
