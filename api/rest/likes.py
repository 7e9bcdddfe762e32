"""Likes and matches: an answer to a like never tells what the other side did."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.rest.call import Call
from api.rest.idempotency import cid_of
from api.rest.route import Routes, Spec
from api.rest.views import Id, ListQuery, MatchView, Millis, Page, match_view
from engine.credits.plans import plan_at
from engine.errors import (
    Busy,
    Conflict,
    ConsentRequired,
    ContactTooSoon,
    CooldownActive,
    MatchingClosed,
    NotEnoughCredits,
    NotFound,
    PremiumRequired,
    RateLimited,
    Unavailable,
    WindowOver,
)
from engine.ids import GroupId, LikeId, MatchId, MemberId, is_id
from engine.limits import LINE_CHARS_MAX, LIST_PAGE_MAX
from engine.model.like import Intent, LikeRequest, make_line
from engine.model.like_count import CountBand, next_release_ms, release_of
from engine.model.like_undo import TakeBack

routes = Routes("likes and matches")

TAKE_BACK = (NotFound, Conflict, Busy, Unavailable)


class NewLike(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to like, and what for."""

    member: Annotated[str, Meta(max_length=64)]
    intent: Intent
    super: bool = False
    line: Annotated[str, Meta(max_length=LINE_CHARS_MAX)] = ""
    shown: bool = False


class LikeView(Struct, frozen=True):
    """A like that is kept: the same answer whether or not it made a match."""

    like: Id
    left_today: int
    credits: int


class LeftView(Struct, frozen=True):
    """What is left after a like was undone."""

    left_today: int
    credits: int


class SentLikeView(Struct, frozen=True):
    """A like of one's own that is open."""

    like: Id
    member: Id
    intent: Intent
    super: bool
    shown: bool
    at: Millis


class ReceivedView(Struct, frozen=True):
    """Roughly how many like the caller, as of the last of a few moments a day."""

    count_band: CountBand | None
    next_at: Millis


class ShownLikeView(Struct, frozen=True):
    """Somebody who likes the caller and lets premium members see it."""

    member: Id
    nickname: str
    intent: Intent
    super: bool


class ShownLikes(Struct, frozen=True):
    """Those of a group who let premium members see that they like them."""

    items: list[ShownLikeView]


@routes.add(
    "POST",
    "/v1/groups/{group}/likes",
    Spec(
        status=202,
        refusals=(
            NotFound,
            MatchingClosed,
            ContactTooSoon,
            ConsentRequired,
            CooldownActive,
            NotEnoughCredits,
            PremiumRequired,
            RateLimited,
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
            line=make_line(body.line, services.policy.likes),
            shown=body.shown,
            cid=cid_of(call),
        )
    )
    services.nudge()
    return LikeView(receipt.like, receipt.left_today, receipt.credits)


@routes.add("GET", "/v1/groups/{group}/likes")
async def list_sent_likes(call: Call, group: GroupId, query: ListQuery) -> Page[SentLikeView]:
    """List one's own open likes of a group, newest first."""
    cursors, name = call.edge.auth.cursors, f"likes {group}"
    after = cursors.open(call.account, name, query.cursor)
    found = await call.edge.services.store.likes.sent(
        call.account,
        group,
        now_ms=call.now_ms,
        after=None if after is None else LikeId(after),
        limit=query.rows + 1,
    )
    items = [
        SentLikeView(one.like, one.member, one.intent, one.super, one.shown, one.at)
        for one in found[: query.rows]
    ]
    more = len(found) > query.rows
    return Page(items, cursors.seal(call.account, name, items[-1].like) if more else None)


@routes.add(
    "POST", "/v1/likes/{like}/undo", Spec(refusals=(*TAKE_BACK, PremiumRequired, WindowOver))
)
async def undo_like(call: Call, like: LikeId) -> LeftView:
    """Take the latest like back within some minutes, with its credit."""
    services = call.edge.services
    services.spend(call.account)
    left = await services.desk.take_back(call.account, like, TakeBack.UNDO)
    return LeftView(left.left_today, left.credits)


@routes.add("DELETE", "/v1/likes/{like}", Spec(status=204, refusals=TAKE_BACK))
async def cancel_like(call: Call, like: LikeId) -> None:
    """Take a like back without its credit; one that is a match stays."""
    services = call.edge.services
    services.spend(call.account)
    await services.desk.take_back(call.account, like, TakeBack.CANCEL)


@routes.add("GET", "/v1/groups/{group}/likes/received", Spec(refusals=(NotFound,)))
async def count_received(call: Call, group: GroupId) -> ReceivedView:
    """Say roughly how many like the caller: at few moments, and nothing of less than three."""
    services = call.edge.services
    band = await services.store.likes.count(call.account, group)
    return ReceivedView(band, next_release_ms(call.now_ms, services.policy.likes))


@routes.add("GET", "/v1/groups/{group}/likes/shown", Spec(refusals=(NotFound, PremiumRequired)))
async def list_shown_likes(call: Call, group: GroupId) -> ShownLikes:
    """List who likes the caller and lets premium members see it, as of the last count."""
    services = call.edge.services
    purse = await services.store.credits.purse(call.account)
    if not plan_at(purse.terms, call.now_ms).premium:
        raise PremiumRequired("seeing who likes you is part of premium")
    await services.store.likes.count(call.account, group)
    found = await services.store.likes.shown(
        call.account,
        group,
        before_ms=release_of(call.now_ms, services.policy.likes).until_ms,
        limit=LIST_PAGE_MAX,
    )
    return ShownLikes(
        [ShownLikeView(one.member, one.nickname, one.intent, one.super) for one in found]
    )


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


@routes.add(
    "POST",
    "/v1/matches/{match}/extend",
    Spec(status=204, refusals=(NotFound, PremiumRequired, Conflict)),
)
async def extend_match(call: Call, match: MatchId) -> None:
    """Let a match without messages wait as long again: premium, once for a match."""
    services = call.edge.services
    await services.store.silence.put_off(
        match, call.account, services.policy.matches, now_ms=call.now_ms
    )
