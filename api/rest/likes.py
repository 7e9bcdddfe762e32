"""Likes and matches: an answer to a like never tells what the other side did."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.rest.call import Call
from api.rest.idempotency import cid_of
from api.rest.route import Routes, Spec
from api.rest.views import Id, ListQuery, MatchView, Page, match_view
from engine.errors import (
    Busy,
    CooldownActive,
    MatchingClosed,
    NotEnoughCredits,
    NotFound,
    PremiumRequired,
    Unavailable,
)
from engine.ids import GroupId, MatchId, MemberId, is_id
from engine.model.like import Intent, LikeRequest

routes = Routes("likes and matches")


class NewLike(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to like, and what for."""

    member: Annotated[str, Meta(max_length=64)]
    intent: Intent
    super: bool = False


class LikeView(Struct, frozen=True):
    """A like that is kept: the same answer whether or not it made a match."""

    like: Id
    left_today: int
    credits: int


@routes.add(
    "POST",
    "/v1/groups/{group}/likes",
    Spec(
        status=202,
        refusals=(
            NotFound,
            MatchingClosed,
            CooldownActive,
            NotEnoughCredits,
            PremiumRequired,
            Busy,
            Unavailable,
        ),
    ),
)
async def send_like(call: Call, group: GroupId, body: NewLike) -> LikeView:
    """Like a member of the group; they learn of it only if they like back."""
    if not is_id(body.member):
        raise NotFound("there is no such member")
    services = call.edge.services
    services.spend(call.account)
    receipt = await services.desk.place(
        LikeRequest(
            group=group,
            sender=call.account,
            member=MemberId(body.member),
            intent=body.intent,
            super=body.super,
            cid=cid_of(call),
        )
    )
    services.nudge()
    return LikeView(receipt.like, receipt.left_today, receipt.credits)


@routes.add("GET", "/v1/matches")
async def list_matches(call: Call, query: ListQuery) -> Page[MatchView]:
    """List one's own matches, newest first."""
    services, cursors = call.edge.services, call.edge.auth.cursors
    after = cursors.open(call.account, "matches", query.cursor)
    found = await services.store.likes.matches(
        call.account,
        now_ms=call.now_ms,
        after=None if after is None else MatchId(after),
        limit=query.rows + 1,
    )
    items = [match_view(match) for match in found[: query.rows]]
    more = len(found) > query.rows
    return Page(items, cursors.seal(call.account, "matches", items[-1].match) if more else None)


@routes.add("DELETE", "/v1/matches/{match}", Spec(status=204, refusals=(NotFound,)))
async def end_match(call: Call, match: MatchId) -> None:
    """End a match: its room is closed for both at once."""
    services = call.edge.services
    await services.store.likes.end_match(match, call.account, now_ms=call.now_ms)
    services.nudge()
