"""What an operator does with money: see where it and the ledger differ, and send some back."""

from __future__ import annotations

import argparse
import socket
from collections.abc import AsyncIterator, Iterator

from api.serve import Process, open_paydesk
from engine.errors import Conflict, NotFound, Outage
from engine.ids import OrderId, is_id
from engine.limits import LIST_PAGE_MAX
from engine.model.look import Look
from engine.payments.order import OrderState
from engine.ports.payments import Placed


def add_money(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the verbs."""
    money = verbs.add_parser("money", help="list paid orders where money and ledger differ")
    money.add_argument(
        "--ask", action="store_true", help="ask the providers too, which takes a call for each"
    )
    back = verbs.add_parser("refund", help="send money of an order back, all or some of it")
    back.add_argument("order", type=OrderId, help="its name")
    back.add_argument("--amount", type=int, help="in all, in the smallest unit (default: all)")
    back.add_argument("--operator", required=True, help="who sends it")
    back.add_argument("--why", required=True, help="why")


async def audit_money(process: Process, chosen: argparse.Namespace) -> str:
    """Say which orders are not worth what was given for them; raises Conflict if one is not."""
    lines, paid = [], 0
    async with open_paydesk(process) as paydesk:
        async for placed, granted in _paid(process):
            paid += 1
            lines += [f"{placed.order_id}  {what}" for what in _differences(placed, granted)]
            if chosen.ask:
                try:
                    asked = await paydesk.cashier.look(placed)
                except (NotFound, Outage) as why:
                    lines.append(f"{placed.order_id}  the provider does not say: {why.code}")
                    continue
                if asked != placed.order.heard:
                    lines.append(
                        f"{placed.order_id}  the provider says charged {asked.charged}, refunded "
                        f"{asked.refunded}; known are {placed.order.heard.charged} and "
                        f"{placed.order.heard.refunded}"
                    )
    if lines:
        raise Conflict("\n".join([*lines, f"{paid} paid orders, {len(lines)} differences"]))
    return f"{paid} paid orders, no difference"


async def refund(process: Process, chosen: argparse.Namespace) -> str:
    """Keep that money goes back; the reconciler sends it, and takes the benefit back with it."""
    if not is_id(chosen.order):
        raise NotFound("there is no such order")
    look, orders = Look(chosen.operator, socket.gethostname(), chosen.why), process.store.orders
    placed = await orders.placed(chosen.order)
    amount = placed.draft.price.amount if chosen.amount is None else chosen.amount
    now = await orders.take_back(chosen.order, amount, look, now_ms=process.world.now_ms())
    return f"{chosen.order} {now.order.state}: {now.order.to_refund} to send back"


async def _paid(process: Process) -> AsyncIterator[tuple[Placed, int]]:
    after: OrderId | None = None
    while page := await process.store.orders.audit(after=after, limit=LIST_PAGE_MAX):
        for one in page:
            yield one
        after = page[-1][0].order_id


def _differences(placed: Placed, granted: int) -> Iterator[str]:
    order = placed.order
    if placed.owner is not None and order.step:
        yield f"worth {order.due}, given {order.given}"
    if granted != order.given:
        yield f"given {order.given}, the ledger has {granted}"
    if order.state is OrderState.REFUNDING:
        yield f"{order.to_refund} wait to be sent back"
