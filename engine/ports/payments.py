"""Ports: the orders of people, and the providers that take their money for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.ids import AccountId, OrderId
from engine.model.look import Look
from engine.payments.catalogue import Money, ProductId
from engine.payments.order import Heard, Order
from engine.payments.provider import ProviderName
from engine.payments.subscription import Standing, Wish


@dataclass(frozen=True, slots=True)
class Bill:
    """What a provider is told of an order: nothing that names the buyer."""

    order: OrderId
    name: str  # of the product, in the buyer's language
    price: Money
    language: str = "ko"
    renews: bool = False  # the buyer agrees that later periods are charged by themselves
    days: int = 0  # of a period, where it renews
    trial_days: int = 0  # that are free before the first period is charged


@dataclass(frozen=True, slots=True)
class Page:
    """Where a buyer pays; `reference` is how the provider is asked about it from then on."""

    url: str
    reference: str = ""  # empty where the provider names a payment only after it was made


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider said of a payment when it was asked; never what a browser or webhook said."""

    reference: str
    heard: Heard
    receipt: str = ""  # address of the provider's own receipt
    # By which periods are charged, where the bill renews; told once, or each time. It begins
    # something where money was charged or free days have begun, and else is to be charged first.
    mandate: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Hint:
    """That something happened at a provider: a reason to ask it, and nothing else."""

    event: str  # the provider's own name of it: kept, so that it is applied once
    order: OrderId
    reference: str = ""
    vouched: bool = True  # the provider has signed it; anybody may have sent what it has not
    renews: bool = False  # it is about what this order has begun, too


@dataclass(frozen=True, slots=True)
class CardForm:
    """What a page of ours needs so that a buyer shows their card to a provider's own script."""

    script: str  # the address of it
    shop: str  # who we are there; no secret
    customer: str
    back: str
    failed: str


class PaymentProvider(Protocol):
    """A provider. Every call is bounded in time, and raises Unavailable where no answer came.

    What was asked for may then have been done or not: `ask` says which, and a call that is made
    again has the same idempotency key, so nothing is done twice.
    """

    @property
    def renews(self) -> bool:
        """Whether a plan that is paid for here can be charged again by itself."""

    @property
    def tries(self) -> bool:
        """Whether free days can come before what renews here."""

    async def begin(self, bill: Bill) -> Page:
        """Open a page where the bill is paid; raises Conflict where the provider refuses it."""

    def card(self, bill: Bill) -> CardForm:
        """Return what our page needs; raises NotFound where the provider has a page of its own."""

    async def confirm(self, bill: Bill, reference: str, returned: Mapping[str, str]) -> Told:
        """Take the money with what the buyer's browser brought back, which is not believed.

        The amount and the order are ours: raises NotFound where what came back belongs to another
        order, BadRequest where it is not what the provider sends. A payment that was taken with
        another amount or currency is told as it is. Where it is a card that came back, a mandate
        is told and no money: it is charged by `renew`, once the mandate is kept.
        """

    async def ask(self, bill: Bill, reference: str) -> Told:
        """Ask where a payment stands; raises NotFound where the provider knows none."""

    async def refund(self, bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        """Send some of the money back, once for each key; raises Conflict where it refuses."""

    async def renew(
        self, bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool = True
    ) -> Told:
        """Charge a period, or find what the provider has charged for it; safe to repeat.

        `since_ms` is when the order of the period was made: what was taken before is not for it.
        Without `take` it only finds. Raises Conflict where there is nothing to charge, NotFound
        for a mandate nobody knows.
        """

    async def steer(self, mandate: str, wish: Wish, *, key: str) -> None:
        """Say what becomes of a mandate, once for each key; a mandate nobody knows has ended.

        Raises Conflict where that is no longer possible, Unavailable where no answer came.
        """

    async def standing(self, mandate: str) -> Standing | None:
        """Ask where a mandate stands; None where the provider charges only when it is asked to."""

    async def portal(self, mandate: str, language: str) -> str:
        """Open a page where a buyer sees to a mandate; raises Conflict where there is none."""

    async def hint(self, headers: Mapping[str, str], body: bytes, *, now_ms: int) -> Hint | None:
        """Read a webhook; None for what is no business of ours.

        Raises Unauthenticated, the same for every reason, where the signature or its time is
        wrong, and BadRequest where a signed body cannot be read. Waits because a dispute does not
        name the order: after its signature was found good the provider is asked for that.
        """


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What somebody wants to buy, and where they pay."""

    product: ProductId
    version: int  # of the catalogue
    provider: ProviderName
    price: Money
    language: str = "ko"
    renews: bool = False
    trial: bool = False  # the first days are free


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as it is kept; without an owner once their account is erased."""

    order_id: OrderId
    owner: AccountId | None
    draft: OrderDraft
    order: Order
    reference: str
    receipt: str
    created_at: int  # ms since 1970
    ask_at: int | None  # when the provider is asked next; None: nobody has to ask by himself
    asked: int = 0  # how often in vain
    agreed: bool = False  # a mandate is kept that it is to be paid by


class Orders(Protocol):
    """All orders; whatever a provider has said is joined, and its effect written with it."""

    async def create(self, owner: AccountId, draft: OrderDraft, *, now_ms: int) -> Placed:
        """Keep a new order; raises NotFound without such a person, RateLimited for too many.

        Raises Conflict for a trial where its buyer had a plan or a trial before.
        """

    async def order(self, owner: AccountId, order: OrderId) -> Placed:
        """Return one's own order; raises NotFound, also for those of others."""

    async def orders(
        self, owner: AccountId, *, after: OrderId | None, limit: int
    ) -> Sequence[Placed]:
        """Return one's own orders, newest first, from behind `after`."""

    async def placed(self, order: OrderId) -> Placed:
        """Return anybody's order, for a provider or an operator; raises NotFound."""

    async def agree(self, order: OrderId, mandate: str, *, now_ms: int) -> bool:
        """Keep what an order that waits is to be paid by, once; say whether it is this.

        Its provider is asked soon, whoever has kept it. Raises NotFound.
        """

    async def mandate(self, order: OrderId) -> str:
        """Return what an order is to be paid by; empty without, and once it waits no more."""

    async def sent(self, order: OrderId, reference: str, *, now_ms: int) -> Placed:
        """Keep that the buyer was sent to the provider; raises NotFound."""

    async def hear(
        self, order: OrderId, told: Told, event: str | None, *, now_ms: int
    ) -> tuple[Placed, bool]:
        """Join what a provider said, give or take back what follows, and mark the event: once.

        All of it is one transaction. An event that brings nothing new is not marked, for anybody
        may make up any number of them. Also says whether anything was new; raises NotFound.
        """

    async def take_back(self, order: OrderId, amount: int, look: Look, *, now_ms: int) -> Placed:
        """Keep that an operator wants so much of the money to go back; raises NotFound, Conflict.

        Who wants it and why stands in the log of operators, by the same transaction. `amount` is
        all that is to go back, with what went back before. The benefit goes with the money: it is
        taken back when the provider says that the money has gone.
        """

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[Placed]:
        """Return orders whose provider has to be asked now; no other process gets them meanwhile.

        They are due again after `lease_ms`, whatever becomes of the one who asks.
        """

    async def ask_again(self, order: OrderId, *, at_ms: int | None, in_vain: bool) -> None:
        """Say when an order is due again; None: never by itself."""

    async def audit(self, *, after: OrderId | None, limit: int) -> Sequence[tuple[Placed, int]]:
        """Return paid orders by their ids, each with what the ledger or the plans say of it.

        That is the credits or days which its buyer has of it: what `Order.given` says too.
        """

    async def purge(self, *, now_ms: int) -> int:
        """Drop what the law does not want kept any more; return how many orders."""
