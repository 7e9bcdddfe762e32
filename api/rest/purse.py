"""What the caller can pay with, is entitled to, and has left today."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.rest.call import Call
from api.rest.route import Routes
from api.rest.views import ListQuery, Millis, Page
from engine.credits.ledger import Cause, Move
from engine.credits.plans import Plan, plan_at, premium_until

routes = Routes("credits")


class CreditsView(Struct, frozen=True):
    """Credits in their three places, the plan, and what is left of the day."""

    credits: int
    held: int
    owed: int
    plan: Plan
    left_today: int
    supers_left: int
    premium_until: Millis | UnsetType = UNSET


class MoveView(Struct, frozen=True):
    """One move: what it changed in the wallet, and why."""

    cause: Cause
    wallet: int
    at: Millis


@routes.add("GET", "/v1/credits")
async def get_credits(call: Call) -> CreditsView:
    """Read one's own credits, plan and what is left today."""
    services = call.edge.services
    purse = await services.store.credits.purse(call.account)
    left = await services.store.likes.allowance(call.account, services.policy, now_ms=call.now_ms)
    plan = plan_at(purse.terms, call.now_ms)
    return CreditsView(
        credits=purse.balances.wallet,
        held=purse.balances.held,
        owed=purse.balances.owed,
        plan=plan,
        left_today=left.left_today,
        supers_left=left.supers_left,
        premium_until=premium_until(purse.terms, call.now_ms) if plan.premium else UNSET,
    )


@routes.add("GET", "/v1/credits/moves")
async def list_moves(call: Call, query: ListQuery) -> Page[MoveView]:
    """List what came in and went out, newest first."""
    cursors = call.edge.auth.cursors
    found = await call.edge.services.store.credits.moves(
        call.account,
        after=cursors.open(call.account, "moves", query.cursor),
        limit=query.rows + 1,
    )
    shown = found[: query.rows]
    cursor = None
    if len(found) > query.rows:
        cursor = cursors.seal(call.account, "moves", shown[-1].key)
    return Page([_view(move) for move in shown], cursor)


def _view(move: Move) -> MoveView:
    return MoveView(move.cause, move.entries.wallet, move.at)
