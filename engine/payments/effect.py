"""What an order does to its buyer: credits of the ledger, or days of a plan."""

from __future__ import annotations

from engine.credits.ledger import Ask, Cause, Kind
from engine.ids import OrderId
from engine.payments.order import Order


def credits_of(order: Order, order_id: OrderId, steps: int) -> Ask:
    """Return the move for the step of an order of credits that had `steps` steps so far."""
    kind, cause = (Kind.GIVE, Cause.ORDER) if order.step > 0 else (Kind.TAKE_BACK, Cause.REFUND)
    return Ask(kind, cause, f"order {order_id} {steps}", abs(order.step), about=order_id)


def term_of(order_id: OrderId) -> str:
    """Return the command of the term that an order of a plan pays for."""
    return f"order {order_id}"
