"""Official groups: a paper that shows who belongs, which an operator looks at."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.rest.call import Call
from api.rest.groups import MembershipView, membership_view, own_profile
from api.rest.rates import Budget
from api.rest.route import Routes, Spec
from api.rest.views import Millis
from engine.errors import (
    AlreadyMember,
    BadRequest,
    ContactTooSoon,
    Forbidden,
    GroupFull,
    NotFound,
    RateLimited,
    TooLarge,
)
from engine.ids import GroupId, MemberId, ReviewId
from engine.limits_files import DOCUMENT_BYTES_MAX, UPLOAD_CALL_S_MAX
from engine.model.picture import FileKind
from engine.model.review import RefusalReason, ReviewState, check_paper
from engine.ports.reviews import NewReview

routes = Routes("groups")

PATH = "/v1/groups/{group}/proofs/document"
DAY_MS = 86_400_000


class ReviewView(Struct, frozen=True):
    """How one's own paper stands; it is destroyed with the decision, or at `expires_at`."""

    state: ReviewState
    at: Millis
    expires_at: Millis
    reason: RefusalReason | UnsetType = UNSET


@routes.add(
    "POST",
    PATH,
    Spec(
        status=202,
        takes=(FileKind.JPEG, FileKind.PNG, FileKind.PDF),
        bytes_max=DOCUMENT_BYTES_MAX,
        within_s=UPLOAD_CALL_S_MAX,
        also=Budget.UPLOADS,
        refusals=(
            NotFound,
            BadRequest,
            TooLarge,
            Forbidden,
            AlreadyMember,
            GroupFull,
            ContactTooSoon,
            RateLimited,
        ),
    ),
)
async def hand_in_document(call: Call, group: GroupId, data: bytes) -> MembershipView:
    """Ask to come into an official group by a paper; another one replaces the first."""
    services = call.edge.services
    paper, fresh = check_paper(data), services.world.fresh_id
    new = NewReview(ReviewId(fresh()), MemberId(fresh()), own_profile(call, None))
    entered = await services.store.reviews.hand_in(
        group, call.account, new, paper, services.policy.groups, now_ms=call.now_ms
    )
    return membership_view(entered)


@routes.add("GET", PATH, Spec(refusals=(NotFound,)))
async def get_document_review(call: Call, group: GroupId) -> ReviewView:
    """Read how one's own paper stands."""
    services = call.edge.services
    review = await services.store.reviews.mine(group, call.account)
    days = services.policy.groups.proofs.paper_days
    return ReviewView(
        review.state,
        review.at,
        review.at + days * DAY_MS,
        UNSET if review.reason is None else review.reason,
    )
