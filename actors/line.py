"""The way to a client, as its session sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from mypy_extensions import mypyc_attr

from engine.wire.close_codes import CloseCode


# A class and no protocol: machine code calls its methods by their place, not by their names, and a
# room of 500 makes 500 such calls for each message.
@mypyc_attr(allow_interpreted_subclasses=True)
class Line(ABC):
    """The way to the client. Nothing here waits."""

    __slots__ = ()

    @abstractmethod
    def send(self, frame: bytes) -> None:
        """Send a frame; a client that does not read is closed with 4001."""

    @abstractmethod
    def send_ephemeral(self, frame: bytes) -> None:
        """Send a frame that may be dropped."""

    @abstractmethod
    def close(self, code: CloseCode, reason: str = "") -> None:
        """Send what waits and a close frame, then end."""

    @abstractmethod
    def resume(self) -> None:
        """Go on reading: there is room for more ops."""
