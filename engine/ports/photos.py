"""Port: the one photo that a person can show in each of their groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from engine.ids import AccountId, FileId, GroupId, MatchId
from engine.model.picture import FileKind, Picture


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is kept; another one has another name."""

    photo: FileId
    kind: FileKind
    data: bytes = field(repr=False)


class Photos(Protocol):
    """Photos are sealed with a key of their own, which goes with the membership."""

    async def put(
        self, group: GroupId, account: AccountId, picture: Picture, *, now_ms: int
    ) -> FileId:
        """Keep a photo in place of the one before; return its name.

        Raises NotFound for who is not in the group, BadRequest at a meeting, Unavailable.
        """

    async def mine(self, group: GroupId, account: AccountId) -> Photo:
        """Return one's own photo; raises NotFound, Unavailable."""

    async def of_peer(self, match: MatchId, viewer: AccountId, *, now_ms: int) -> Photo:
        """Return the photo of the other one of a match, once both have revealed theirs.

        Raises NotFound, also for a match that has ended and for who shows no photo; Unavailable.
        """

    async def remove(self, group: GroupId, account: AccountId) -> None:
        """Take one's photo away, if there is one; raises NotFound for who is not in the group."""


class DoomedFiles(Protocol):
    """Files that are nobody's any more: their keys are gone, and they follow."""

    async def destroy_due(self, *, now_ms: int) -> int:
        """Destroy some of them; return how many. Raises Unavailable."""
