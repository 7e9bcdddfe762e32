"""A buyer, our REST and workers, and Stripe's double, all by one clock that a test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import httpx

from api.dev_providers.door import open_door
from api.dev_providers.stripe import KEY, WEBHOOK_KEY, Stripe, signed
from engine.credits.plans import DAY_MS
from engine.ids import OrderId
from store.asyncio_bridge import open_bridge
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from store.postgres import open_postgres_store
from store.providers.payment_calls import Shop
from store.providers.stripe_payments import open_stripe
from tests.api.edge import Chance as Ids
from tests.api.edge import Clock, Edge, Reply, make_edge
from tests.api.people import Fields, Person, Town
from tests.store.world import MASTER_KEY
from tests.till import Till

STEPS_A_DAY = 4
BACK = "http://shop.example/v1/orders/back/stripe"


@dataclass
class Story:
    """What happens to one buyer."""

    edge: Edge
    store: StoreBundle
    double: Stripe
    clock: Clock
    fox: Person = field(init=False)
    posts: bool = True  # whether Stripe's webhooks arrive
    posted: int = 0

    # ------------------------------------------------------------------ what a buyer does
    async def subscribe(self, product: str = "premium_month", *, trial: bool = False) -> OrderId:
        """Order what renews, and pay at Stripe's page; gives the order."""
        body = {"product": product, "provider": "stripe", "renews": True, "trial": trial}
        reply = await self.fox.call("POST", "/v1/orders", body)
        assert reply.status == 201, reply.data
        order = cast("Fields", reply.fields["order"])
        await self.press(str(reply.fields["pay_url"]), "pay")
        await self.post()
        return OrderId(str(order["order"]))

    async def press(self, url: str, choice: str) -> None:
        """Press a button of a page of Stripe, and go where it sends the browser."""
        async with httpx.AsyncClient() as browser:
            gone = await browser.post(url, data={"choice": choice})
        if gone.status_code == 303:
            parts = urlsplit(gone.headers["Location"])
            back = await self.edge.call("GET", f"{parts.path}?{parts.query}")
            assert back.status == 303, back.data

    async def portal(self, choice: str) -> None:
        """Press a button of Stripe's portal."""
        reply = await self.fox.call("POST", "/v1/subscription/portal")
        assert reply.status == 200, reply.data
        await self.press(str(reply.fields["url"]), choice)

    async def change(self, what: str) -> Reply:
        return await self.fox.call("POST", "/v1/subscription", {"change": what})

    # ------------------------------------------------------------------ what comes by itself
    async def days(self, count: float) -> None:
        """Let time pass, here and at Stripe."""
        claims = self.edge.keys.verifier.verify(self.fox.access, self.clock())
        for _ in range(int(count * STEPS_A_DAY)):
            self.clock.now_ms += DAY_MS // STEPS_A_DAY
            self.double.tick()
            await self.post()
            await self.work()
        self.fox.tokens["access"] = self.edge.token(claims.account, claims.device)

    async def work(self) -> None:
        """Let our workers look once at all that is due."""
        desk = self.edge.services.paydesk
        await desk.cashier.reconcile()
        await desk.renewals.renew()

    async def post(self) -> None:
        """Let Stripe post what is new, if its posts arrive at all."""
        bodies, self.posted = self.double.hooks[self.posted :], len(self.double.hooks)
        for body in bodies if self.posts else ():
            reply = await self.hook(body)
            assert reply.status == 204, reply.data

    async def hook(self, body: bytes) -> Reply:
        """Post one event as Stripe does."""
        headers = signed(body, at_s=self.clock() // 1_000)
        return await self.edge.call("POST", "/v1/webhooks/stripe", data=body, headers=headers)

    # ------------------------------------------------------------------ what can be seen
    async def state(self) -> str:
        """Say where the subscription stands, as its owner is told."""
        reply = await self.fox.call("GET", "/v1/subscription")
        return str(reply.fields["state"]) if reply.status == 200 else "none"

    async def plan(self) -> str:
        """Say what the buyer has now."""
        return str((await self.fox.get("/v1/credits"))["plan"])

    async def seen(self) -> tuple[str, str, int]:
        """Say where it stands, what the buyer has, and what they have paid."""
        return await self.state(), await self.plan(), self.taken

    async def orders(self) -> list[Fields]:
        """List the orders, the oldest first."""
        return (await self.fox.items("/v1/orders"))[::-1]

    @property
    def taken(self) -> int:
        """What Stripe has taken and not given back."""
        return sum(one.left for one in self.double.payments.values())

    async def check(self) -> None:
        """See that what was given is what was paid, order by order."""
        found = await self.store.orders.audit(after=None, limit=1_000)
        for placed, granted in found:
            assert placed.order.step == 0, placed.order.state
            assert granted == placed.order.due, placed.order.state
        known = sum(p.order.heard.charged - p.order.heard.refunded for p, _ in found)
        assert known == self.taken


@asynccontextmanager
async def open_story(dsn: str | None) -> AsyncIterator[Story]:
    """Begin a story over the memory twin, or over a database."""
    clock, ids, double = Clock(), Ids(), Stripe()
    double.now_s = lambda: clock() // 1_000
    chance = Chance(clock, ids.fresh_id, ids.secret)
    async with AsyncExitStack() as stack:
        if dsn is None:
            store = open_memory_store(chance=chance)
        else:
            bridge = await stack.enter_async_context(open_bridge())
            opened = open_postgres_store(bridge, dsn, master_key=MASTER_KEY, chance=chance)
            store = await stack.enter_async_context(opened)
        door = stack.enter_context(open_door(double))
        shop = Shop(door.url, KEY, BACK, WEBHOOK_KEY)
        stripe = await stack.enter_async_context(open_stripe(shop))
        edge = make_edge(store, clock=clock, chance=ids, till=cast("Till", stripe))
        story = Story(edge, store, double, clock)
        story.fox = await Town(edge, store).newcomer()
        yield story
