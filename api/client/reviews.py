"""Written by `python -m api.sdk`, not by hand: the calls of reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, path
from api.client.shared import MembershipView


class ReviewView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one's own paper stands; it is destroyed with the decision, or at `expires_at`."""

    state: ReviewState
    at: int
    expires_at: int
    reason: RefusalReason | UnsetType = UNSET


# Where a paper stands.
if TYPE_CHECKING:
    ReviewState = Literal["admitted", "expired", "open", "refused"]
else:
    ReviewState = str


# Why a paper does not let somebody in; the applicant is told.
if TYPE_CHECKING:
    RefusalReason = Literal["other_person", "outdated", "unproven", "unreadable"]
else:
    RefusalReason = str


def hand_in_document(
    group: str, body: bytes, media_type: str, *, key: str | None = None
) -> Call[MembershipView]:
    """Ask to come into an official group by a paper; another one replaces the first."""
    return Call(
        "POST",
        path("/v1/groups/{}/proofs/document", group),
        MembershipView,
        status=202,
        body=body,
        media_type=media_type,
        key=key,
    )


def get_document_review(group: str) -> Call[ReviewView]:
    """Read how one's own paper stands."""
    return Call("GET", path("/v1/groups/{}/proofs/document", group), ReviewView)
