"""Blobs: how files are named where they lie; a name says nothing of whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadRequest
from engine.ids import is_id


class Shelf(StrEnum):
    """What kind of files lie together; each may have rules of its own where they are kept."""

    DOCUMENTS = "documents"
    PHOTOS = "photos"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class BlobKey:
    """Where one file lies; raises BadRequest for a name that could lead elsewhere."""

    shelf: Shelf
    name: str

    def __post_init__(self) -> None:
        """Take ids only: no path, no dot, nothing that a caller chose."""
        if not is_id(self.name):
            raise BadRequest("this is not the name of a file")

    def __str__(self) -> str:
        """Write it as stores of files want it."""
        return f"{self.shelf.value}/{self.name}"
