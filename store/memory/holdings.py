"""All that is held about a person, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict

import trio

from engine.ids import AccountId
from engine.model.like_undo import LikeState
from engine.ports.holdings import HeldPage, Section
from engine.rooms.events import EventName
from store.memory.like_rows import LikeRow
from store.memory.state import Memory, RoomMemberRow, RoomRow
from store.plain import plain

Item = dict[str, object]


class MemoryHoldings:
    """What is held about a person; engine.ports.holdings.Holdings."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def page(
        self, account: AccountId, section: Section, *, after: str, limit: int, now_ms: int
    ) -> HeldPage:
        """Return the next items behind a place: how many were read, in this twin."""
        await trio.lowlevel.checkpoint()
        held = list(_SECTIONS[section](self._memory, account, now_ms))
        start = int(after or 0)
        more = start + limit < len(held)
        return HeldPage(held[start : start + limit], str(start + limit) if more else None)


def _account(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    row = memory.accounts[me]
    yield {
        "phone": None if row.phone is None else row.phone.sealed,
        "nickname": row.nickname,
        "birth_year": row.birth_year,
        "gender": row.gender.value,
        "show_read_marks": row.show_read_marks,
        "premium_until": row.premium_until,
        "created_at": row.created_at,
        "contact": row.contact,
        "credits": row.balances.wallet,
        "credits_held": row.balances.held,
        "credits_spent": row.balances.spent,
        "credits_issued": row.balances.issued,
        "credits_owed": row.balances.owed,
    }


def _devices(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for _, row in sorted(memory.devices.items()):
        if row.account == me:
            yield {
                "platform": row.platform.value,
                "created_at": row.created_at,
                "used_at": row.used_at,
                "refresh_expires_at": row.expires_at,
                "signed_out": row.revoked,
            }


def _consents(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for one in memory.consents.get(me, []):
        yield {
            "purpose": one.purpose.value,
            "version": one.version,
            "granted": one.granted,
            "channel": "app",
            "said_at": one.said_ms,
        }


def _push_tokens(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for row in sorted(memory.pushes.of(me), key=lambda one: one.device):
        yield {"registered_at": row.registered_at, "sent_at": row.sent_at}


def _push_settings(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    one = memory.pushes.settings.get(me)
    if one is not None:
        yield {
            "muted": sorted(kind.value for kind in one.muted),
            "quiet_from": None if one.quiet is None else one.quiet.start,
            "quiet_to": None if one.quiet is None else one.quiet.end,
            "offset_minutes": one.offset_minutes,
            "language": one.language.value,
        }


def _memberships(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for row in sorted(memory.members.values(), key=lambda one: one.member):
        if row.account == me:
            yield {
                "member": row.member,
                "group": row.group,
                "state": row.state.value,
                "role": row.role.value,
                "nickname": row.profile.nickname,
                "bio": row.profile.bio,
                "interests": list(row.profile.interests),
                "joined_at": row.joined_at,
                "renamed_at": row.renamed_at,
            }


def _like_counts(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for (group, account), band in sorted(memory.like_counts.items()):
        if account == me:
            yield {"group": group, "band": band.value}


def _likes(memory: Memory, me: AccountId, now_ms: int) -> Iterator[Item]:
    for (sender, _), row in sorted(memory.likes.items()):
        if sender == me:
            yield {
                "like": row.like,
                "group": row.request.group,
                "member": row.request.member,
                "intent": row.request.intent.value,
                "super": row.request.super,
                "at": row.at,
                "state": _seen_state(row, now_ms).value,
                "shown": row.request.shown,
                "line": row.request.line,
                "spent": row.spent,
            }


def _seen_state(row: LikeRow, now_ms: int) -> LikeState:
    """Of a match that was not told yet nobody learns anything."""
    return LikeState.OPEN if row.seems_open(now_ms=now_ms) else row.state


def _matches(memory: Memory, me: AccountId, now_ms: int) -> Iterator[Item]:
    for name, row in sorted(memory.matches.items()):
        if me in row.sides and row.visible_at <= now_ms:
            yield {
                "match": name,
                "group": row.group,
                "room": row.room,
                "at": row.visible_at,
                "ended": row.ended,
            }


def _meetings(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for group, row in sorted(memory.meetings.rows.items()):
        if me in row.people:
            here = row.people[me]
            yield {"group": group, "came_at": here.came_at, "looks": plain(here.looks)}


def _descriptions(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for (account, _), row in sorted(memory.meetings.descriptions.items()):
        if account == me:
            said = row.description
            yield {
                "description": row.name,
                "group": row.group,
                "at": row.at,
                "said": plain({"wanted": said.wanted, "intent": said.intent}),
            }


def _tickets(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for row in sorted(memory.tickets.values(), key=lambda one: one.draft.cid):
        if row.draft.account == me:
            yield {
                "group": row.draft.group,
                "me": plain(row.draft.me),
                "want": plain(row.draft.want),
                "joined_at": row.joined_at,
                "state": row.state,
            }


def _seats(
    memory: Memory, me: AccountId, now_ms: int
) -> Iterator[tuple[RoomRow, list[RoomMemberRow]]]:
    """List the rooms somebody is or was in, with the names they had there, the newest last."""
    for _, room in sorted(memory.rooms.items()):
        everybody = [*room.gone.values(), *room.members.values()]
        mine = [one for one in everybody if one.account == me]
        if mine and room.visible_at <= now_ms:
            yield room, mine


def _rooms(memory: Memory, me: AccountId, now_ms: int) -> Iterator[Item]:
    for room, mine in _seats(memory, me, now_ms):
        *past, now = mine
        yield {
            "room": room.room,
            "alias": now.alias,
            "nickname": now.nickname,
            "read": now.read,
            "since": now.since,
            "left": now.alias not in room.members,
            "past_aliases": [one.alias for one in past],
        }


def _messages(memory: Memory, me: AccountId, now_ms: int) -> Iterator[Item]:
    for room, mine in _seats(memory, me, now_ms):
        names = {one.alias for one in mine}
        said = [
            event
            for event in room.events
            if event.sender in names and event.name is EventName.MESSAGE and not event.deleted
        ]
        for event in [] if room.key_erased else sorted(said, key=lambda one: one.cid or ""):
            yield {
                "room": room.room,
                "seq": event.seq,
                "at": event.at,
                "content": dict(event.content),
            }


def _reactions(memory: Memory, me: AccountId, now_ms: int) -> Iterator[Item]:
    for room, mine in _seats(memory, me, now_ms):
        names = {one.alias for one in mine}
        for (seq, alias), emojis in {} if room.key_erased else sorted(room.reactions.items()):
            if alias in names and emojis:
                yield {"room": room.room, "seq": seq, "emojis": list(emojis)}


def _blocks(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for (blocker, _), row in sorted(memory.blocks.items()):
        if blocker == me:
            yield {"block": row.block, "at": row.at}


def _reports(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for name, row in sorted(memory.reports.items()):
        if row.request.reporter == me:
            yield {
                "report": name,
                "room": row.request.room,
                "category": row.request.category.value,
                "at": row.at,
                "text": row.request.text,
            }


def _credit_moves(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for move in memory.accounts[me].moves.values():
        yield {
            "kind": move.kind.value,
            "cause": move.cause.value,
            "amount": move.amount,
            "about": move.about,
            "at": move.at,
            **asdict(move.entries),
        }


def _plan_terms(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for term in sorted(memory.accounts[me].terms, key=lambda one: one.command):
        yield {"plan": term.plan.value, "starts_at": term.starts_at, "ends_at": term.ends_at}


def _orders(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for name, placed in sorted(memory.orders.orders.items()):
        if placed.owner == me:
            heard = placed.order.heard
            yield {
                "order": name,
                "product": placed.draft.product,
                "provider": placed.draft.provider.value,
                "amount": placed.draft.price.amount,
                "currency": placed.draft.price.currency.value,
                "charged": heard.charged,
                "refunded": heard.refunded,
                "given": placed.order.given,
                "receipt": placed.receipt,
                "created_at": placed.created_at,
            }


def _subscriptions(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for name, row in sorted(memory.orders.subscribed.items()):
        if row.kept.owner == me:
            one = row.kept.subscription
            yield {
                "subscription": name,
                "product": one.product.product,
                "provider": row.kept.provider.value,
                "paid_until": one.paid_until,
                "cancelled": one.cancelled,
                "paused": one.paused,
                "ended": one.ended,
                "trial": one.trial,
            }


def _location_acts(memory: Memory, me: AccountId, _now_ms: int) -> Iterator[Item]:
    for act in memory.places.acts:
        if act.account == me:
            yield {
                "source": act.source.value,
                "service": "group entry",
                "recipient": "nobody",
                "at": act.at,
            }


_Reader = Callable[[Memory, AccountId, int], Iterable[Item]]
_SECTIONS: Mapping[Section, _Reader] = {
    Section.ACCOUNT: _account,
    Section.DEVICES: _devices,
    Section.CONSENTS: _consents,
    Section.PUSH_TOKENS: _push_tokens,
    Section.PUSH_SETTINGS: _push_settings,
    Section.MEMBERSHIPS: _memberships,
    Section.LIKE_COUNTS: _like_counts,
    Section.LIKES: _likes,
    Section.MATCHES: _matches,
    Section.MEETINGS: _meetings,
    Section.DESCRIPTIONS: _descriptions,
    Section.TICKETS: _tickets,
    Section.ROOMS: _rooms,
    Section.MESSAGES: _messages,
    Section.REACTIONS: _reactions,
    Section.BLOCKS: _blocks,
    Section.REPORTS: _reports,
    Section.CREDIT_MOVES: _credit_moves,
    Section.PLAN_TERMS: _plan_terms,
    Section.ORDERS: _orders,
    Section.SUBSCRIPTIONS: _subscriptions,
    Section.LOCATION_ACTS: _location_acts,
}
