"""Ops of pools: from frames of clients to commands that are valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.pool_commands import AboutTicket, Explain, Join, Leave, Update
from actors.slots import ExplainedReply, OkReply, WaitsReply
from engine.errors import NotFound
from engine.ids import AccountId, GroupId, TicketId, is_id
from engine.matching.ticket import Ages, Me, Want, make_me, make_want
from engine.model.pool_policy import PoolPolicy
from engine.wire import frames as wire

if TYPE_CHECKING:
    from actors.session import Session
    from engine.sessions.replies import Slot


def pool_command(
    frame: wire.PoolFrame, session: Session, slot: Slot, account: AccountId, policy: PoolPolicy
) -> Join | AboutTicket:
    """Check what a client asks for; raises BadRequest, NotFound."""
    match frame:
        case wire.PoolJoin():
            if not is_id(frame.pool):
                raise NotFound("there is no such pool")
            me, want = _me_of(frame.me, policy), _want_of(frame.want, policy)
            waits = WaitsReply(session, slot, frame.id)
            return Join(GroupId(frame.pool), account, frame.cid, me, want, waits)
        case wire.PoolUpdate():
            said = None if frame.me is None else _me_of(frame.me, policy)
            wish = None if frame.want is None else _want_of(frame.want, policy)
            waits = WaitsReply(session, slot, frame.id)
            return Update(account, _ticket_of(frame.ticket), said, wish, waits)
        case wire.PoolLeave():
            return Leave(account, _ticket_of(frame.ticket), OkReply(session, slot, frame.id))
    return Explain(account, _ticket_of(frame.ticket), ExplainedReply(session, slot, frame.id))


def _ticket_of(text: str) -> TicketId:
    if not is_id(text):
        raise NotFound("there is no such ticket")
    return TicketId(text)


def _me_of(said: wire.PoolMe, policy: PoolPolicy) -> Me:
    area = None if said.area is None else (said.area.x, said.area.y)
    return make_me(said.interests, area, said.features, policy=policy)


def _want_of(said: wire.PoolWant, policy: PoolPolicy) -> Want:
    wished = said.ages
    ages = None if wished is None else Ages(wished.low, wished.high, wished.must)
    return make_want(said.intent, said.sides, ages, said.features, policy=policy)
