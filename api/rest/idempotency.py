"""Idempotency-Key: the first success of a POST is given again for 24 hours.

Only successes are kept. A refusal has changed nothing, so its key is free again: the same call may
succeed later, or be refused alike. Answers are sealed at rest, because those of signing in carry
tokens: without them a client that lost the answer to `refresh` would end its own family of tokens
by trying again.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256

import trio
from cryptography.fernet import InvalidToken

from api.addresses import subscriber
from api.observe.logging import get_logger
from api.rest.call import Call
from api.rest.route import Route
from engine.errors import BadRequest, IdempotencyConflict, Outage
from engine.limits import CID_CHARS_MAX, IDEMPOTENCY_KEY_CHARS_MAX
from engine.ports.idempotency import Answer

# Giving a reservation back may not hold up a caller who has gone; it lapses by itself anyway.
_FORGET_WITHIN_S = 1.0

_KEY = re.compile(r"[\x21-\x7e]+\Z")

Run = Callable[[], Awaitable[bytes]]


def check_key(key: str | None) -> str | None:
    """Return the key if it may be one; raises BadRequest."""
    if key is not None and (len(key) > IDEMPOTENCY_KEY_CHARS_MAX or not _KEY.match(key)):
        raise BadRequest(f"Idempotency-Key has 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible characters")
    return key


def cid_of(call: Call) -> str:
    """Return the cid of what this call does: the same for the same Idempotency-Key."""
    key = call.idempotency_key
    if key is None:
        return call.edge.services.world.fresh_id()
    if len(key) <= CID_CHARS_MAX:
        return key
    return urlsafe_b64encode(sha256(key.encode()).digest()).decode()


async def run_once(call: Call, route: Route, request: bytes, run: Run) -> bytes:
    """Return the kept answer to this key, or run and keep; `request` is the call's own content."""
    key = call.idempotency_key
    if key is None or not route.takes_key:
        return await run()
    answers, scope = call.edge.services.store.answers, _scope(call, route)
    digest = sha256(request).digest()
    kept = await answers.begin(scope, key, digest, now_ms=call.now_ms)
    if kept is not None:
        return _open(call, kept)
    try:
        body = await run()
    except BaseException:
        with trio.move_on_after(_FORGET_WITHIN_S, shield=True):
            await _quietly(answers.forget(scope, key))
        raise
    sealed = call.edge.auth.answers.encrypt_at_time(body, 0)
    # The effect is there: the caller is told so, whether or not the answer could be kept.
    await _quietly(answers.finish(scope, key, Answer(route.spec.status, sealed)))
    return body


def _scope(call: Call, route: Route) -> str:
    """Name whose key it is; an address stands there as a keyed hash only."""
    if call.signed_in is not None:
        return f"account:{call.account}"
    address = f"{subscriber(call.peer)} {route.path}".encode()
    return f"peer:{hmac.digest(call.edge.auth.peer_key, address, sha256).hex()}"


def _open(call: Call, kept: Answer) -> bytes:
    try:
        return call.edge.auth.answers.decrypt(kept.body)
    except InvalidToken:
        # Its key was rotated away. What the call did is done, and cannot be told again.
        raise IdempotencyConflict("the answer to this key cannot be given any more") from None


async def _quietly(step: Awaitable[None]) -> None:
    try:
        await step
    except Outage as outage:
        get_logger("rest").warning("answer_not_kept", code=outage.code)
