"""What providers of payments say, checked: amounts, addresses and names of payments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from engine.errors import BadRequest, NotFound, Unavailable
from engine.ids import OrderId
from engine.limits_outside import PAYMENT_REFERENCE_CHARS_MAX, PAYMENT_URL_CHARS_MAX
from engine.payments.order import Dispute, Ending, Heard

_REFERENCE = re.compile(rf"[A-Za-z0-9_-]{{1,{PAYMENT_REFERENCE_CHARS_MAX}}}\Z")


def heard(
    charged: int = 0,
    refunded: int = 0,
    *,
    dispute: Dispute = Dispute.NONE,
    ending: Ending = Ending.NONE,
) -> Heard:
    """Say it in our words; raises Unavailable for amounts that cannot be."""
    try:
        return Heard(charged, refunded, dispute, ending)
    except BadRequest:
        raise Unavailable("a provider of payments tells of amounts that cannot be") from None


def page_url(url: str, api: str) -> str:
    """Check where a buyer is sent: to a page of the web, over TLS where the API is; or Unavailable.

    The address goes to a browser as it is, and `javascript:` would run there.
    """
    if not _of_the_web(url, api):
        raise Unavailable("a provider of payments names no page")
    return url


def receipt_url(url: str | None, api: str) -> str:
    """Keep the address of a receipt if it is one."""
    return url if url is not None and _of_the_web(url, api) else ""


def _of_the_web(url: str, api: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    fits = parts.scheme in ("https", urlsplit(api).scheme) and bool(parts.netloc)
    return fits and url.isascii() and url.isprintable() and len(url) <= PAYMENT_URL_CHARS_MAX


def is_reference(value: str) -> bool:
    """Say whether it could be a provider's name of a payment."""
    return _REFERENCE.match(value) is not None


def brought(returned: Mapping[str, str], name: str) -> str:
    """Read a name that a browser brought back; raises BadRequest for what no provider sends."""
    value = returned.get(name, "")
    if not is_reference(value):
        raise BadRequest(f"{name} is missing or not what the provider sends")
    return value


def known(reference: str) -> str:
    """Check a name of a payment before it stands in a path; raises NotFound for what is none."""
    if not is_reference(reference):
        raise NotFound("there is no such payment")
    return reference


def of_order(order: OrderId, told: str | None) -> None:
    """Raise NotFound where a payment belongs to another order."""
    if told != order:
        raise NotFound("there is no such payment")
