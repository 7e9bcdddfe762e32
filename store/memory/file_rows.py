"""What the memory twin holds of files: whose they are, and which are nobody's."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ids import AccountId, FileId, GroupId, ReviewId
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
class FileRows:
    """Photos by membership, and the files that wait to be destroyed, by when that is due."""

    photos: dict[tuple[GroupId, AccountId], PhotoRow] = field(default_factory=dict)
    reviews: dict[tuple[GroupId, AccountId], ReviewRow] = field(default_factory=dict)
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
