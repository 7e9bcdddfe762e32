"""Signing in by Clerk: a session token for one of ours, and what Clerk tells of its sessions."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.auth.clerk import Clerk, check_signature
from api.auth.tokens import REFRESH_BYTES
from api.rest.auth import FirstProfile, device_draft, first_profile
from api.rest.call import Call
from api.rest.route import Access, Routes, Spec
from engine.errors import (
    BadFrame,
    BadRequest,
    ContactTooSoon,
    Forbidden,
    NotFound,
    ProfileRequired,
    RateLimited,
    Unauthenticated,
)
from engine.limits_outside import (
    CLERK_TOKEN_CHARS_MAX,
)
from engine.model.clerk import read_event
from engine.wire.strict_json import parse_object

routes = Routes("sign in")


class ClerkProof(Struct, forbid_unknown_fields=True, frozen=True):
    """A session token of Clerk, and the first time a profile."""

    token: Annotated[str, Meta(max_length=CLERK_TOKEN_CHARS_MAX)]
    profile: FirstProfile | None = None


class ClerkAccess(Struct, frozen=True):
    """An access token, good for `expires_in` seconds; the next one is for a new session token."""

    access: str
    expires_in: int
    new: bool


@routes.add(
    "POST",
    "/v1/auth/clerk",
    Spec(
        access=Access.ANYBODY,
        rate_by_address=True,
        refusals=(
            Unauthenticated,
            ProfileRequired,
            Forbidden,
            NotFound,
            RateLimited,
            ContactTooSoon,
        ),
    ),
)
async def sign_in_by_clerk(call: Call, body: ClerkProof) -> ClerkAccess:
    """Sign in with a session of Clerk; the account is made the first time."""
    services, clerk = call.edge.services, _clerk(call)
    session = await clerk.session(body.token, now_ms=call.now_ms)
    profile = None if body.profile is None else first_profile(call, body.profile)
    # Nobody ever has the refresh token of such a device: Clerk alone says that it goes on.
    done = await services.store.clerk.sign_in(
        clerk.key_of(session.user, session.session),
        profile,
        device_draft(call, services.world.secret(REFRESH_BYTES)),
        services.policy.sign_in,
        now_ms=call.now_ms,
    )
    services.nudge()
    return ClerkAccess(
        access=call.edge.auth.issuer.issue(done.account, done.device, now_ms=call.now_ms),
        expires_in=services.policy.sign_in.access_ttl_s,
        new=done.new,
    )


@routes.add(
    "POST",
    "/v1/webhooks/clerk",
    Spec(
        status=204,
        access=Access.ANYBODY,
        idempotent=False,
        refusals=(Unauthenticated, NotFound, BadRequest),
    ),
)
async def hear_clerk(call: Call, data: bytes) -> None:
    """Take an event that Clerk has signed; whatever is not 204 it sends again."""
    services, clerk = call.edge.services, _clerk(call)
    if clerk.webhook_key is None:
        raise NotFound
    event_id = check_signature(clerk.webhook_key, call.header, data, now_ms=call.now_ms)
    try:
        event = read_event(parse_object(data))
    except BadFrame as refused:
        raise BadRequest(str(refused)) from None
    grace_ms = services.policy.sign_in.deletion_grace_s * 1000
    applied = await services.store.clerk.apply(
        event_id,
        event.change,
        clerk.key_of(event.user, event.session),
        now_ms=call.now_ms,
        erases_at_ms=call.now_ms + grace_ms,
    )
    services.meter.count("clerk_events_total", change=event.change.value, applied=str(applied))
    services.nudge()


def _clerk(call: Call) -> Clerk:
    """Return what lets people in by Clerk; raises NotFound where nothing does."""
    if call.edge.clerk is None:
        raise NotFound
    return call.edge.clerk
