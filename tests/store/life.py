"""Somebody of whom there is something in every table: what an export has to bring together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.credits.ledger import Ask, Cause, Kind
from engine.credits.plans import Plan
from engine.ids import AccountId, MemberId, ReportId, RoomId, TicketId
from engine.matching.ticket import Me, Want
from engine.model.consent import VERSIONS, Consent, Purpose
from engine.model.group import MemberProfile
from engine.model.like import Intent
from engine.model.push import PushKind, PushSettings, QuietHours
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.provider import ProviderName
from engine.ports.payments import OrderDraft
from engine.ports.pushes import Spoken
from engine.ports.seeding import SeededUser
from engine.ports.tickets import TicketDraft
from engine.rooms.events import Append
from engine.rooms.report import Category, ReportRequest
from tests.store.meeting import BLUE, RED, Party, make_party
from tests.store.pushing import register
from tests.store.test_places import AT_HERE, agree, enter, open_at
from tests.store.world import DAY_MS, POLICY, SECOND_MS, World

THEIRS = "what somebody else has said"


@dataclass(frozen=True)
class Life:
    """Who has lived, and with whom."""

    me: SeededUser
    others: Sequence[AccountId]
    met: SeededUser
    untold: SeededUser  # likes me and is liked, which nobody knows yet
    room: RoomId

    @property
    def account(self) -> AccountId:
        """Whose life it is."""
        return self.me.account


async def live(world: World) -> Life:
    """Let somebody do all there is to do."""
    people = await world.people(12)
    me = await _me(world, people[0])
    met, admirer, untold = people[1], people[2], people[3]
    await world.hands.give(me.account, credit=9, premium_until=world.now_ms + 40 * DAY_MS)
    await world.store.credits.grant(me.account, "p", Plan.PREMIUM, 30, now_ms=world.now_ms)
    gift = Ask(Kind.GIVE, Cause.OPERATOR, "gift", 2)
    await world.store.credits.move(me.account, gift, now_ms=world.now_ms)
    catalogue, product = on_sale(), ProductId("credits_10")
    price = catalogue.product(product).price
    bought = OrderDraft(product, catalogue.version, ProviderName.TOSS, price)
    await world.store.orders.create(me.account, bought, now_ms=world.now_ms)
    month = ProductId("premium_month")
    renewed = replace(bought, product=month, price=catalogue.product(month).price, renews=True)
    order = await world.store.orders.create(me.account, renewed, now_ms=world.now_ms)
    await world.store.subscriptions.begin(order.order_id, "mandate", now_ms=world.now_ms)
    for one in people[5:9]:
        await world.like(one, me)
    world.clock.now_ms += DAY_MS
    await world.store.likes.release(POLICY, now_ms=world.now_ms)
    await world.like(me, admirer, super_like=True, line="반가워요", shown=True)
    ids = await world.match(me, met)
    await _talk(world, ids.room, me.account)
    await _be_told(world, ids.room, me)
    await _wait(world, me)
    await _meet(world, await make_party(world), me.account)
    await _go_to_a_place(world, people[9].account, me.account)
    await world.block(me.account, people[10].account)
    await world.block(people[11].account, me.account)
    await world.like(untold, me)
    await world.like(me, untold)
    others = [one.account for one in people if one.account != me.account]
    return Life(me, others, met, untold, ids.room)


async def _me(world: World, place: SeededUser) -> SeededUser:
    signed = await world.enter(world.phone())
    account = signed.account
    await world.store.accounts.change(
        account, nickname="나그네", show_read_marks=False, contact="fox@example.org"
    )
    said = Consent(Purpose.MARKETING, VERSIONS[Purpose.MARKETING], True, world.now_ms)
    await world.store.consents.say(account, said)
    profile = MemberProfile("발자국", "차를 마셔요", ("tea",))
    joined = await world.store.groups.join(
        place.group,
        MemberId(world.chance.fresh_id()),
        account,
        profile,
        POLICY.groups,
        now_ms=world.now_ms,
    )
    return replace(place, account=account, device=signed.device, member=joined.member)


async def _be_told(world: World, room: RoomId, me: SeededUser) -> None:
    await register(world, me.account, me.device)
    settings = PushSettings(frozenset({PushKind.SYSTEM}), QuietHours(1, 2))
    await world.store.pushes.change(me.account, settings)
    await world.store.push_looks.look([Spoken(room)], POLICY.pushes, now_ms=world.now_ms)


async def _talk(world: World, room: RoomId, me: AccountId) -> None:
    held = await world.claim(room)
    mine = await world.alias_in(room, me)
    (peer,) = {one.alias for one in held.occupants} - {mine}
    said = [
        world.message(1, mine, body="하나"),
        world.message(2, peer, body=THEIRS),
        world.message(3, mine, body="둘"),
        world.message(4, mine, body="셋"),
    ]
    reactions = {(2, mine): ("🌿",), (1, peer): ("🔥",)}
    await world.append(Append(room, held.fence, 0, tuple(said), {mine: 2}, reactions))
    request = ReportRequest(me, room, peer, 2, Category.SPAM, "광고예요")
    report = ReportId(world.chance.fresh_id())
    await world.store.reports.file(request, report, POLICY.reports, now_ms=world.now_ms)


async def _wait(world: World, me: SeededUser) -> None:
    ticket = TicketId(world.chance.fresh_id())
    draft = TicketDraft(
        ticket, me.group, me.account, "t-1", Me(("tea",), (3, 4)), Want(Intent.FRIEND)
    )
    await world.store.tickets.join(draft, POLICY, now_ms=world.now_ms)


async def _meet(world: World, party: Party, me: AccountId) -> None:
    await party.enter(me)
    await party.show(me, RED, "안녕")
    for account in party.people:
        await party.show(account, BLUE, "내 줄")
    world.clock.now_ms += 600 * SECOND_MS
    await party.describe(me, BLUE, cid="d-1")


async def _go_to_a_place(world: World, host: AccountId, me: AccountId) -> None:
    for who in (host, me):
        await agree(world, who)
    await enter(world, await open_at(world, host), me, AT_HERE)
