"""What the memory twin holds of files: whose they are, and which are nobody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.ids import AccountId, Alias, FileId, GroupId, ReviewId, RoomId
from engine.model.blob import BlobKey, Shelf
from engine.model.picture import FileKind
from engine.model.review import RefusalReason, ReviewState


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo of a membership."""

    name: FileId
    kind: FileKind


@dataclass(slots=True)
class ReviewRow:
    """A paper of an applicant; `name` is that of its file while it is open."""

    review: ReviewId
    group: GroupId
    account: AccountId
    at: int
    name: FileId
    kind: FileKind
    state: ReviewState = ReviewState.OPEN
    reason: RefusalReason | None = None
    decided_at: int | None = None


@dataclass(slots=True)
class RoomFileRow:
    """A picture or a voice, and the message that it is for; `unsent_at`: when that is looked at."""

    room: RoomId
    account: AccountId
    alias: Alias
    cid: str
    kind: str
    unsent_at: int | None


@dataclass(slots=True)
class FileRows:
    """Photos by membership, files of rooms, and what waits to be destroyed, by when it is due."""

    photos: dict[tuple[GroupId, AccountId], PhotoRow] = field(default_factory=dict)
    reviews: dict[tuple[GroupId, AccountId], ReviewRow] = field(default_factory=dict)
    said: dict[FileId, RoomFileRow] = field(default_factory=dict)
    doomed: dict[BlobKey, int] = field(default_factory=dict)

    def drop_photo(self, group: GroupId, account: AccountId) -> None:
        """Take a photo away, if there is one."""
        row = self.photos.pop((group, account), None)
        if row is not None:
            self.doomed[BlobKey(Shelf.PHOTOS, row.name)] = 0

    def drop_paper(self, row: ReviewRow) -> None:
        """Destroy the paper of a review."""
        self.doomed[BlobKey(Shelf.DOCUMENTS, row.name)] = 0

    def drop_review(self, group: GroupId, account: AccountId) -> None:
        """Forget a paper that nobody has decided on."""
        row = self.reviews.get((group, account))
        if row is not None and row.state is ReviewState.OPEN:
            self.drop_paper(row)
            del self.reviews[group, account]

    def drop_membership(self, group: GroupId, account: AccountId) -> None:
        """Take away what goes with a membership."""
        self.drop_photo(group, account)
        self.drop_review(group, account)

    def drop_message(self, room: RoomId, alias: Alias, cid: str) -> None:
        """A message goes, and what it shows goes with it."""
        self._drop_said(lambda row: (row.room, row.alias, row.cid) == (room, alias, cid))

    def drop_room(self, room: RoomId) -> None:
        """A room goes with all that was shown in it."""
        self._drop_said(lambda row: row.room == room)

    def _drop_said(self, goes: Callable[[RoomFileRow], bool]) -> None:
        for name in [name for name, row in self.said.items() if goes(row)]:
            del self.said[name]
            self.doomed[BlobKey(Shelf.CHAT, name)] = 0

    def drop_group(self, group: GroupId) -> None:
        """Take away all that a group has."""
        for held, account in [*self.photos, *self.reviews]:
            if held == group:
                self.drop_membership(held, account)

    def forget(self, account: AccountId) -> None:
        """Erase a person."""
        for group, held in list(self.photos):
            if held == account:
                self.drop_photo(group, held)
        for group, held in list(self.reviews):
            if held == account:
                self.drop_review(group, held)
                self.reviews.pop((group, held), None)
        self._drop_said(lambda row: row.account == account)
