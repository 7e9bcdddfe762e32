"""Papers that show who belongs to an official group, and what an operator says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from engine.errors import BadRequest, RateLimited, TooLarge
from engine.ids import GroupId, ReviewId
from engine.limits_files import DOCUMENT_BYTES_MAX
from engine.model.picture import FileKind, clean_picture
from engine.model.proof_policy import ProofPolicy

_PDF_START, _PDF_END = b"%PDF-", b"%%EOF"

# A reader of PDF looks for the end in so many last bytes.
_PDF_END_BYTES = 1_024


class ReviewState(StrEnum):
    """Where a paper stands."""

    OPEN = "open"
    ADMITTED = "admitted"
    REFUSED = "refused"
    EXPIRED = "expired"  # nobody has looked at it in time


class RefusalReason(StrEnum):
    """Why a paper does not let somebody in; the applicant is told."""

    UNREADABLE = "unreadable"
    UNPROVEN = "unproven"  # it does not show that they belong
    OUTDATED = "outdated"
    OTHER_PERSON = "other_person"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it is kept; valid by construction with `check_paper`."""

    kind: FileKind
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Review:
    """A paper as its applicant follows it."""

    state: ReviewState
    reason: RefusalReason | None
    at: int  # ms, when it was handed in


@dataclass(frozen=True, slots=True)
class ReviewHead:
    """An open review in the list of operators: nothing in it is about a person."""

    review: ReviewId
    group: GroupId
    group_name: str
    at: int


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """What an operator looks at."""

    head: ReviewHead
    nickname: str
    paper: Paper


def check_paper(data: bytes) -> Paper:
    """Return a paper that an operator can look at; raises BadRequest, TooLarge.

    A picture is rid of all that is not the picture. A PDF is kept as it is, for operators alone.
    """
    if len(data) > DOCUMENT_BYTES_MAX:
        raise TooLarge(f"a paper has at most {DOCUMENT_BYTES_MAX} bytes")
    if data.startswith(_PDF_START):
        if _PDF_END not in data[-_PDF_END_BYTES:]:
            raise BadRequest("this PDF is broken")
        return Paper(FileKind.PDF, data)
    picture = clean_picture(data)
    return Paper(picture.kind, picture.data)


def check_again(refused_at: int | None, policy: ProofPolicy, *, now_ms: int) -> None:
    """Raise RateLimited for who was refused a short while ago."""
    if refused_at is None:
        return
    free_at = refused_at + policy.paper_again_s * 1000
    if now_ms < free_at:
        raise RateLimited("a paper was refused not long ago", retry_after_ms=free_at - now_ms)
