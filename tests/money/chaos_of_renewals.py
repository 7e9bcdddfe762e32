"""Stories of what renews: begun, cancelled here or there, late, lost on the way; money is right."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from engine.credits.plans import DAY_MS
from engine.errors import NotFound
from engine.ids import AccountId, OrderId
from engine.payments.catalogue import on_sale
from engine.payments.provider import ProviderName
from engine.payments.subscription import Change, Wish
from engine.ports.payments import OrderDraft
from tests.money.chaos import ChaosInTheShop, deaths, processes
from tests.money.fuse import Crash, Death
from tests.money.shop import PEOPLE, Shop

STRIPE = ProviderName.STRIPE
PERIOD_MS = 30 * DAY_MS
people = st.integers(0, PEOPLE - 1)


class ChaosOfRenewals(ChaosInTheShop):
    """The same stories; buyers subscribe too, and the till charges as Stripe does."""

    def __init__(self, shop: Shop | None = None) -> None:
        super().__init__(shop)
        self.shop.till.tells = True
        self.begins_ms = self.shop.clock()

    @initialize(cards=st.booleans())
    def take_cards(self, *, cards: bool) -> None:
        """What renews begins with a card that is shown first and charged then, or by a payment."""
        self.shop.till.cards = cards

    @rule(
        process=processes,
        death=deaths,
        who=people,
        trial=st.booleans(),
        answered=st.booleans(),
        times=st.integers(1, 2),
    )
    def subscribe(
        self,
        process: int,
        death: Death | None,
        who: int,
        times: int,
        *,
        trial: bool,
        answered: bool,
    ) -> None:
        """Order what renews, on one page or on two at once, and pay for each."""
        self.weather(down=False, mute=False)
        product = on_sale().product("premium_month")
        draft = OrderDraft(
            product.product, on_sale().version, STRIPE, product.price, renews=True, trial=trial
        )
        buyer = self.shop.buyers[who]
        found = [
            self.act(process, None, lambda one: one.cashier.buy(buyer, draft)) for _ in range(times)
        ]
        self.weather(down=False, mute=not answered)
        for bought in found:
            if bought is not None:
                self.pay(process, death, bought[0].order_id)

    def pay(self, process: int, death: Death | None, order: OrderId) -> None:
        returned = self.shop.till.approve(order)
        self.act(process, death, lambda one: one.cashier.came_back(STRIPE, order, returned))

    @rule(process=processes, death=deaths, who=people, change=st.sampled_from(Change))
    def change(self, process: int, death: Death | None, who: int, change: Change) -> None:
        buyer = self.shop.buyers[who]
        self.act(process, death, lambda one: one.desk.renewals.change(buyer, change))

    @rule(wish=st.sampled_from([Wish.STOP, Wish.GO]), number=st.integers(0, 5))
    def press_in_the_portal(self, wish: Wish, number: int) -> None:
        """Change it at the provider; nobody tells us."""
        going = [one for one, now in self.shop.till.mandates.items() if now is not Wish.END]
        if number < len(going):
            self.shop.till.mandates[going[number]] = wish

    @rule(good=st.booleans())
    def card(self, *, good: bool) -> None:
        self.shop.till.refuses = not good

    @rule()
    def nudge(self) -> None:
        """Somebody says that something has happened, whatever it was."""
        subscriptions = self.shop.store.subscriptions

        async def run() -> None:
            for placed in self.shop.till.payments.values():
                await subscriptions.nudge(placed.order, now_ms=self.shop.clock())

        self.shop.run(run)

    @rule(process=processes, death=deaths, days=st.sampled_from([0.01, 1, 3, 8, 31]))
    def renew(self, process: int, death: Death | None, days: float) -> None:
        self.shop.clock.now_ms += int(days * DAY_MS)
        try:
            self.act(process, death, lambda one: one.desk.renewals.renew())
        except BaseExceptionGroup as crashed:
            assert crashed.split(Crash)[1] is None  # noqa: PT017  # all of it is the crash

    @rule(process=processes, death=deaths)
    def pay_in_the_last_moment(self, process: int, death: Death | None) -> None:
        """A card is empty for a period and a week, then charged, and the answer is lost."""
        self.weather(down=False, mute=False)
        self.card(good=False)
        for days in (31, 5):
            self.renew(process, None, days)
        self.card(good=True)
        self.weather(down=False, mute=True)
        for days in (1, 1):
            self.renew(process, death, days)
        self.weather(down=False, mute=False)

    async def settle(self) -> None:
        """Let two days pass, and two weeks more in which all that is late is ended or paid."""
        self.shop.till.refuses = False
        await super().settle()
        for _ in range(14 * 4):
            self.shop.clock.now_ms += DAY_MS // 4
            for one in self.shop.processes:
                await one.desk.renewals.renew()
                await one.cashier.reconcile()

    async def check(self) -> None:
        """See that each mandate is somebody's or over, and that nobody has paid a period twice."""
        await super().check()
        till, now_ms = self.shop.till, self.shop.clock()
        held = {await self.mandate(buyer) for buyer in self.shop.buyers}
        charged = Counter(one.mandate for one in till.payments.values() if one.mandate)
        for mandate, wish in till.mandates.items():
            # Of a card whose answer was lost nobody here knows: nothing is ever charged by it.
            lost = till.cards and not charged[mandate] and mandate not in held
            assert lost or (mandate in held) == (wish is not Wish.END), wish
        most = (now_ms - self.begins_ms) // PERIOD_MS + 1
        assert all(count <= most for count in charged.values())
        for buyer in self.shop.buyers:
            terms = (await self.shop.store.credits.purse(buyer)).terms
            free = [one for one in terms if one.command.startswith("trial ")]
            assert len(free) <= 1

    async def mandate(self, buyer: AccountId) -> str:
        """Return the mandate that somebody has, if they have one."""
        try:
            return (await self.shop.store.subscriptions.own(buyer)).mandate
        except NotFound:
            return ""
