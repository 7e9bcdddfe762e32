"""Cards at TossPayments: what a browser brings back becomes a billing key, which is charged.

After docs.tosspayments.com/guides/v2/billing/integration and /reference (billing keys: issue by
`authKey`, charge, delete; /reference/using-api/authorization on idempotency keys), read on
2026-11-27. A mandate is the `customerKey` and the billing key that fit together: both are needed to
charge, and the second is a secret. The `customerKey` is the name of the first order, which nobody
can guess and which is nobody's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

import msgspec

from engine.errors import Conflict, NotFound, Unavailable
from engine.limits_outside import PAYMENT_REFERENCE_CHARS_MAX
from engine.ports.payments import Bill
from store.providers.payment_calls import Calls, Reply
from store.providers.payment_told import brought, of_order

# Base64 in either alphabet, as Toss writes them; it stands in a path only when quoted.
_BILLING_KEY = re.compile(rf"[A-Za-z0-9_+/=-]{{1,{PAYMENT_REFERENCE_CHARS_MAX}}}\Z")
_JOINT = "."  # in neither half


class _Billing(msgspec.Struct, rename="camel"):
    billing_key: str
    customer_key: str


class TossCards:
    """Turns cards into mandates, charges and forgets them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def agreed(self, bill: Bill, returned: Mapping[str, str]) -> str:
        """Change what came back for a mandate: nothing is charged by that.

        Raises NotFound for what belongs to another order, BadRequest, Conflict, Unavailable.
        """
        auth = brought(returned, "authKey")
        of_order(bill.order, returned.get("customerKey"))
        body = {"authKey": auth, "customerKey": bill.order}
        path = "/v1/billing/authorizations/issue"
        reply = await self._calls.post(path, body, key=f"issue-{auth}")
        if not reply.good:
            raise Conflict("Toss knows no card by this")
        billing = reply.read(_Billing)
        of_order(bill.order, billing.customer_key)
        if _BILLING_KEY.match(billing.billing_key) is None:
            raise Unavailable("Toss names no billing key")
        return f"{bill.order}{_JOINT}{billing.billing_key}"

    async def charge(self, bill: Bill, mandate: str) -> Reply:
        """Charge once for the order of a bill, however often it is asked."""
        customer, key = _halves(mandate)
        body = {
            "customerKey": customer,
            "amount": bill.price.amount,
            "orderId": bill.order,
            "orderName": bill.name,
        }
        path = f"/v1/billing/{quote(key, safe='')}"
        reply = await self._calls.post(path, body, key=f"charge-{bill.order}")
        if reply.status == HTTPStatus.CONFLICT:
            raise Unavailable("Toss is charging this at the moment")
        return reply

    async def forget(self, mandate: str) -> None:
        """Delete a billing key; raises Unavailable where no answer came.

        One that Toss refuses to delete, because it is gone or for a reason of its own, must not
        keep a subscription from ending: we forget the key then, and nobody else has it.
        """
        _, key = _halves(mandate)
        await self._calls.delete(f"/v1/billing/{quote(key, safe='')}")


def _halves(mandate: str) -> tuple[str, str]:
    customer, _, key = mandate.partition(_JOINT)
    if _BILLING_KEY.match(key) is None:
        raise NotFound("Toss knows no such mandate")
    return customer, key
