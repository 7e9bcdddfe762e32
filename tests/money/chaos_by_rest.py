"""Stories of a shop with real edges: what providers, and those who claim to be, post to them."""

from __future__ import annotations

from collections.abc import Callable

import trio
from hypothesis import strategies as st
from hypothesis.stateful import rule

from engine.ids import OrderId
from engine.limits_outside import WEBHOOK_WINDOW_S
from engine.payments.provider import ProviderName
from tests.api.edge import Edge, Reply
from tests.money.chaos import processes
from tests.money.chaos_of_renewals import PERIOD_MS, ChaosOfRenewals
from tests.till import Headers

POSTED = (ProviderName.STRIPE, ProviderName.TOSS)  # KakaoPay sends nothing

# How far from now a webhook of Stripe is stamped that nobody may believe, in seconds.
TOO_FAR_S = (-86_400, -WEBHOOK_WINDOW_S - 1, WEBHOOK_WINDOW_S + 1, 86_400)


class ChaosByRest(ChaosOfRenewals):
    """The same stories; providers post to the routes of two processes, and so do forgers."""

    @rule(order=ChaosOfRenewals.orders, process=processes, times=st.integers(1, 3))
    def post(self, order: OrderId, process: int, times: int) -> None:
        """A provider posts an event, and again if it likes."""
        for _ in range(times):
            reply = self.shop.run(self.posted, self.shop.edges[process], order)
            assert reply.status in {204, 404, 503}, reply.data

    @rule(order=ChaosOfRenewals.orders)
    def post_to_both_at_once(self, order: OrderId) -> None:
        """A provider posts one event to both processes, some times at once."""

        async def run() -> None:
            async with trio.open_nursery() as nursery:
                for edge in [*self.shop.edges, *self.shop.edges]:
                    nursery.start_soon(self.posted, edge, order)

        self.shop.run(run)

    @rule()
    def both_renew_at_once(self) -> None:
        """A month has gone by, and both processes see it."""
        self.shop.clock.now_ms += PERIOD_MS

        async def run() -> None:
            async with trio.open_nursery() as nursery:
                for one in self.shop.processes:
                    nursery.start_soon(one.desk.renewals.renew)

        self.shop.run(run)

    async def posted(self, edge: Edge, order: OrderId) -> Reply:
        """Post an event about an order to its provider's route."""
        name = await self.provider(order)
        if name not in POSTED:
            return await edge.call("POST", "/v1/webhooks/toss", data=self.toss(order))
        headers, body = self.event(name, order, "posted")
        return await edge.call("POST", f"/v1/webhooks/{name}", data=body, headers=headers)

    def toss(self, order: OrderId) -> bytes:
        return self.event(ProviderName.TOSS, order, "posted")[1]

    async def provider(self, order: OrderId) -> ProviderName:
        return (await self.shop.store.orders.placed(order)).draft.provider

    @rule(order=ChaosOfRenewals.orders, process=processes, far_s=st.sampled_from(TOO_FAR_S))
    def stamp_wrongly(self, order: OrderId, process: int, far_s: int) -> None:
        """Repeat an old event, or send one of tomorrow."""

        def write() -> tuple[Headers, bytes]:
            clock = self.shop.clock
            clock.now_ms += far_s * 1_000
            try:
                return self.event(ProviderName.STRIPE, order, "posted")
            finally:
                clock.now_ms -= far_s * 1_000

        self.refused(order, process, write)

    @rule(order=ChaosOfRenewals.orders, process=processes, at=st.integers(0, 10_000))
    def alter(self, order: OrderId, process: int, at: int) -> None:
        """Change one bit of what Stripe has signed."""

        def write() -> tuple[Headers, bytes]:
            headers, body = self.event(ProviderName.STRIPE, order, "posted")
            changed = bytearray(body)
            changed[at % len(body)] ^= 1 << at % 8
            return headers, bytes(changed)

        self.refused(order, process, write)

    @rule(order=ChaosOfRenewals.orders, process=processes, name=st.sampled_from(POSTED))
    def forge(self, order: OrderId, process: int, name: ProviderName) -> None:
        """Sign with another key, or send what is no event."""
        self.refused(order, process, lambda: self.event(name, order, "forged"), name)

    def refused(
        self,
        order: OrderId,
        process: int,
        write: Callable[[], tuple[Headers, bytes]],
        name: ProviderName = ProviderName.STRIPE,
    ) -> None:
        """See that it is refused without a reason, and that nothing has changed."""
        headers, body = write()
        placed, asked = self.shop.store.orders.placed, self.shop.till.asked

        async def run() -> Reply:
            path, edge = f"/v1/webhooks/{name}", self.shop.edges[process]
            return await edge.call("POST", path, data=body, headers=headers)

        before = self.shop.run(placed, order)
        reply = self.shop.run(run)
        assert (reply.status, reply.fields["detail"]) == (400, "this is no event")
        assert self.shop.run(placed, order) == before
        assert self.shop.till.asked == asked, "a provider was asked for a forger"
