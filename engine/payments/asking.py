"""When a provider is asked about an order that nobody has told us of."""

from __future__ import annotations

from engine.limits_payments import (
    ORDER_ASK_DISPUTED_MS,
    ORDER_ASK_FIRST_MS,
    ORDER_ASK_MOST_MS,
    ORDER_OPEN_MS,
)
from engine.payments.order import Ending, Heard, Order, OrderState

_FINAL = frozenset(
    (
        OrderState.CREATED,  # the buyer was not sent to a provider: there is nothing to ask about
        OrderState.APPLIED,
        OrderState.FAILED,
        OrderState.CANCELLED,
        OrderState.REFUNDED,
    )
)


def next_ask(order: Order, *, asked: int, now_ms: int) -> int | None:
    """Return when the provider is asked by itself, after `asked` times in vain; None: never."""
    state = order.state
    if state in _FINAL:
        return None
    if state is OrderState.DISPUTED:
        return now_ms + ORDER_ASK_DISPUTED_MS
    if state is OrderState.REFUNDING and not asked:
        return now_ms
    return now_ms + min(ORDER_ASK_FIRST_MS << min(asked, 16), ORDER_ASK_MOST_MS)


def ask_after(order: Order, *, ask_at: int | None, now_ms: int) -> int | None:
    """Return when the provider is asked by itself after it has said something.

    Of a period of what renews that is never.
    """
    if is_for_renewals(order, ask_at=ask_at):
        return None
    return next_ask(order, asked=0, now_ms=now_ms)


def is_for_renewals(order: Order, *, ask_at: int | None) -> bool:
    """Say whether an order waits without a time, as a period of what renews does.

    Whoever renews asks, and knows when to give up.
    """
    return order.waits and ask_at is None


def given_up(order: Order, *, created_at: int, now_ms: int) -> Heard | None:
    """Return what is heard of an order that no money came for in time; None while it may come."""
    if order.heard.charged or now_ms < created_at + ORDER_OPEN_MS:
        return None
    return Heard(ending=Ending.CANCELLED)
