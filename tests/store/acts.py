"""What people do with likes, as values: done to any store, written as JSON for another process."""

from __future__ import annotations

from msgspec import Struct

from engine.credits.ledger import Ask, Cause, Kind
from engine.credits.plans import Plan
from engine.errors import Refused
from engine.ids import AccountId, BlockId, GroupId, LikeId, MatchId, MemberId, TicketId
from engine.model.group import MemberProfile
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.like_undo import TakeBack
from engine.model.policy import Policy
from engine.ports.blocks import NewBlock
from engine.ports.likes import FreshIds
from engine.ports.tickets import Meeting, TicketDraft
from store.bundle import StoreBundle

# What was answered: receipts and codes of refusals, or one word.
Outcome = str | list[LikeReceipt | str]


class Place(Struct, tag=True, frozen=True):
    """Likes, in one transaction."""

    wishes: list[tuple[LikeRequest, FreshIds]]


class Retract(Struct, tag=True, frozen=True):
    """Undo or cancel a like."""

    account: AccountId
    like: LikeId
    how: TakeBack


class End(Struct, tag=True, frozen=True):
    """Unmatch."""

    account: AccountId
    match: MatchId


class Block(Struct, tag=True, frozen=True):
    """Block, or take a block back."""

    blocker: AccountId
    blocked: AccountId
    on: bool


class Leave(Struct, tag=True, frozen=True):
    """Leave a group."""

    account: AccountId
    group: GroupId


class Join(Struct, tag=True, frozen=True):
    """Join a group, again."""

    account: AccountId
    group: GroupId
    member: MemberId


class Delete(Struct, tag=True, frozen=True):
    """Ask for the deletion of one's account."""

    account: AccountId


class Pay(Struct, tag=True, frozen=True):
    """Move credits."""

    account: AccountId
    kind: Kind
    command: str
    amount: int


class Subscribe(Struct, tag=True, frozen=True):
    """Begin a plan."""

    account: AccountId
    days: int


class Wait(Struct, tag=True, frozen=True):
    """Join a pool."""

    draft: TicketDraft


class Quit(Struct, tag=True, frozen=True):
    """Leave a pool."""

    account: AccountId
    ticket: TicketId


class Meet(Struct, tag=True, frozen=True):
    """Bring pairs of a pool together, as a tick does."""

    group: GroupId
    meetings: list[Meeting]


Act = Wait | Quit | Meet | Place | Retract | End | Block | Leave | Join | Delete | Pay | Subscribe


class Task(Struct, frozen=True):
    """Acts that begin at the same moment, each a transaction of its own."""

    now_ms: int
    policy: Policy
    acts: list[Act]


async def perform(store: StoreBundle, act: Act, policy: Policy, now_ms: int) -> Outcome:
    """Do it; return what was answered."""
    if isinstance(act, Place):
        answers = await store.likes.place(act.wishes, policy, now_ms=now_ms)
        return [one.code if isinstance(one, Refused) else one for one in answers]
    if isinstance(act, Meet):
        made = await store.tickets.introduce(act.group, act.meetings, policy, now_ms=now_ms)
        return " ".join(
            one.one for one, found in zip(act.meetings, made, strict=True) if found.made
        )
    try:
        await _perform(store, act, policy, now_ms)
    except Refused as why:
        return why.code
    return "ok"


async def _perform(store: StoreBundle, act: Act, policy: Policy, now_ms: int) -> None:
    match act:
        case Retract(account, like, how):
            # What is left is read behind the transaction: another act may have come between.
            await store.likes.take_back(account, like, how, policy, now_ms=now_ms)
        case End(account, match):
            await store.likes.end_match(match, account, now_ms=now_ms)
        case Block(blocker, blocked, on):
            name = BlockId(blocker[:8] + blocked[:8])  # one of the two at a time
            if on:
                new = NewBlock(blocked, name, "nick")
                await store.blocks.block(blocker, new, now_ms=now_ms)
            else:
                await store.blocks.unblock(blocker, name, now_ms=now_ms)
        case Leave(account, group):
            await store.groups.leave(group, account, now_ms=now_ms)
        case Join(account, group, member):
            profile = MemberProfile(f"nick{account[:4]}")
            await store.groups.join(group, member, account, profile, policy.groups, now_ms=now_ms)
        case Delete(account):
            await store.accounts.ask_deletion(account, now_ms=now_ms, erases_at_ms=now_ms + 1)
        case Pay(account, kind, command, amount):
            cause = Cause.OPERATOR if kind is Kind.GIVE else Cause.LIKE
            ask = Ask(kind, cause, command, amount)
            await store.credits.move(account, ask, now_ms=now_ms)
        case Wait(draft):
            await store.tickets.join(draft, policy, now_ms=now_ms)
        case Quit(account, ticket):
            await store.tickets.leave(ticket, account, now_ms=now_ms)
        case Subscribe(account, days):
            await store.credits.grant(account, "plan", Plan.PREMIUM, days, now_ms=now_ms)
