"""Calls of Stripe by the official SDK, over the same bounded way as those of the other providers.

The SDK's own HTTP client is not bounded; its documented base class is (docs.stripe.com/api, read on
2026-11-27: /errors and /idempotent_requests).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx
import msgspec
import stripe
import trio

from engine.errors import Conflict, NotFound, Unavailable
from store.providers.payment_calls import Calls, Shop, open_calls

T = TypeVar("T")


class BoundedClient(stripe.HTTPClient):
    """The SDK's way out: our calls, on Trio, and no second try by itself."""

    name = "glimpse"

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: str | bytes | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        reply, answered = await self._calls.form(method.upper(), url, headers, post_data)
        reply.read(dict[str, object])  # the SDK expects an object
        return reply.body, reply.status, answered

    async def sleep_async(self, secs: float) -> None:
        await trio.sleep(secs)


async def answer(call: Awaitable[stripe.StripeObject], kind: type[T]) -> T:
    """Wait for the SDK and read what it brings; its errors quote requests, so none goes on.

    Raises NotFound, Conflict where Stripe refuses, Unavailable where no answer came.
    """
    try:
        found = await call
        return msgspec.convert(found.to_dict(), type=kind)
    except stripe.InvalidRequestError as error:
        if error.http_status == httpx.codes.NOT_FOUND or error.code == "resource_missing":
            raise NotFound("Stripe knows nothing of the kind") from None
        raise Conflict("Stripe refuses this") from None
    except (stripe.CardError, stripe.IdempotencyError):
        raise Conflict("Stripe refuses this") from None
    except stripe.StripeError:
        raise Unavailable("Stripe does not answer") from None
    except msgspec.ValidationError:
        raise Unavailable("Stripe answers what cannot be read") from None


async def done(call: Awaitable[stripe.StripeObject]) -> None:
    """Wait for the SDK where what it brings does not matter; raises as `answer` does."""
    await answer(call, dict[str, object])


@asynccontextmanager
async def open_client(shop: Shop) -> AsyncIterator[stripe.StripeClient]:
    """Keep connections to Stripe open while the block runs."""
    stripe.enable_telemetry = False  # how long our calls take is nobody else's
    logging.getLogger("stripe").setLevel(logging.WARNING)  # below, it logs whole bodies
    async with open_calls(shop.api, {}) as calls:
        yield stripe.StripeClient(
            shop.key,
            base_addresses={"api": shop.api},
            max_network_retries=0,
            http_client=BoundedClient(calls),
        )
