"""How often something is done about one order because somebody says so: once in a while."""

from __future__ import annotations

from engine.ids import OrderId
from engine.limits_payments import PACED_EVERY_MS, PACED_ORDERS_MAX


class Pace:
    """Remembers when something was done about an order, for a bounded number of orders."""

    def __init__(self) -> None:
        self._done: dict[OrderId, int] = {}

    def may(self, order: OrderId, *, now_ms: int) -> bool:
        """Say whether it may be done now, and take it as done."""
        if len(self._done) >= PACED_ORDERS_MAX:
            self._done = {
                name: at for name, at in self._done.items() if now_ms - at < PACED_EVERY_MS
            }
        soon = now_ms - self._done.get(order, now_ms - PACED_EVERY_MS) < PACED_EVERY_MS
        if soon or len(self._done) >= PACED_ORDERS_MAX:
            return False
        self._done[order] = now_ms
        return True
