"""Written by `python -m api.sdk`, not by hand: the calls of cards."""

from __future__ import annotations

from api.client.call import Call


def show_card_to_toss(*, order: str) -> Call[bytes]:
    """Let a buyer show a card to Toss for what renews; one who has done so is sent to the
    shop."""
    return Call("GET", "/v1/orders/card/toss", bytes, query={"order": order})
