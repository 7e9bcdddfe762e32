"""Port: pictures and voices that are said in a room, each kept for the message that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from engine.ids import AccountId, FileId, RoomId


@dataclass(frozen=True, slots=True)
class RoomUpload:
    """What somebody hands in: for the message that will have this `cid`."""

    cid: str
    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RoomFile:
    """What a message shows."""

    file: FileId
    kind: str
    data: bytes = field(repr=False)


class RoomFiles(Protocol):
    """Files are sealed with keys of their own; a file ends with its message, its room, its sender.

    Only who is in the room reads it.
    """

    async def put(
        self, room: RoomId, account: AccountId, upload: RoomUpload, *, now_ms: int
    ) -> FileId:
        """Keep a file, in place of one for the same message; return its name.

        Raises NotFound for who is not in the room, RoomClosed, Unavailable.
        """

    async def get(self, room: RoomId, account: AccountId, file: FileId, *, now_ms: int) -> RoomFile:
        """Return a file of the room; raises NotFound, Unavailable."""

    async def purge(self, *, now_ms: int) -> int:
        """Let go of files whose message never came; return how many were looked at."""
