"""What the memory twin holds of files: whose they are, and which are nobody's."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ids import AccountId, FileId, GroupId
from engine.model.blob import BlobKey, Shelf
from engine.model.picture import FileKind


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo of a membership."""

    name: FileId
    kind: FileKind


@dataclass(slots=True)
class FileRows:
    """Photos by membership, and the files that wait to be destroyed, by when that is due."""

    photos: dict[tuple[GroupId, AccountId], PhotoRow] = field(default_factory=dict)
    doomed: dict[BlobKey, int] = field(default_factory=dict)

    def drop_photo(self, group: GroupId, account: AccountId) -> None:
        """Take a photo away, if there is one."""
        row = self.photos.pop((group, account), None)
        if row is not None:
            self.doomed[BlobKey(Shelf.PHOTOS, row.name)] = 0

    def drop_group(self, group: GroupId) -> None:
        """Take away all that a group has."""
        for held, account in list(self.photos):
            if held == group:
                self.drop_photo(held, account)

    def forget(self, account: AccountId) -> None:
        """Erase a person."""
        for group, held in list(self.photos):
            if held == account:
                self.drop_photo(group, held)
