"""Signing in and out: a code to the phone, then tokens that rotate."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.addresses import is_loopback
from api.auth.phones import CODE_BYTES, make_code
from api.auth.tokens import REFRESH_BYTES, refresh_digest, refresh_token
from api.observe.logging import get_logger
from api.rest.call import Call
from api.rest.route import Access, Routes, Spec
from api.rest.views import calendar_year
from engine.errors import (
    ContactTooSoon,
    Forbidden,
    ProfileRequired,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from engine.ids import AccountId, DeviceId
from engine.model.account import Profile, SignIn, make_profile
from engine.model.device import platform_of
from engine.model.phone import normal_phone
from engine.ports.accounts import DeviceDraft

routes = Routes("sign in")

_log = get_logger("sign_in")

Phone = Annotated[str, Meta(max_length=32, examples=["010-1234-5678"])]
Code = Annotated[str, Meta(max_length=16, examples=["123456"])]


class CodeRequest(Struct, forbid_unknown_fields=True, frozen=True):
    """Where to send a code."""

    phone: Phone


class CodeSent(Struct, frozen=True):
    """How long the code is good, in seconds: the same for a known number and an unknown one."""

    expires_in: int


class FirstProfile(Struct, forbid_unknown_fields=True, frozen=True):
    """What somebody says of themselves when they come for the first time."""

    nickname: str
    birth_year: Annotated[int, Meta(ge=1, le=9999)]
    gender: Literal["female", "male", "other"]


class CodeProof(Struct, forbid_unknown_fields=True, frozen=True):
    """The code that came, and the first time a profile."""

    phone: Phone
    code: Code
    profile: FirstProfile | None = None


class RefreshProof(Struct, forbid_unknown_fields=True, frozen=True):
    """A refresh token, good once."""

    refresh: Annotated[str, Meta(max_length=128)]


class Tokens(Struct, frozen=True):
    """Tokens of a device that is signed in now; `expires_in` seconds for `access`."""

    access: str
    refresh: str
    expires_in: int
    new: bool


class Leaving(Struct, forbid_unknown_fields=True, frozen=True):
    """Whether to sign out everywhere, or only here."""

    all: bool = False


@routes.add(
    "POST",
    "/v1/auth/otp",
    Spec(
        status=202,
        access=Access.ANYBODY,
        rate_by_address=True,
        refusals=(RateLimited, Unavailable),
    ),
)
async def send_code(call: Call, body: CodeRequest) -> CodeSent:
    """Send a sign-in code to a phone, known or not."""
    services, policy = call.edge.services, call.edge.services.policy
    phones, phone = call.edge.auth.phones, normal_phone(body.phone, policy.sign_in.phone_countries)
    key = phones.key(phone)
    code = make_code(services.world.secret(CODE_BYTES))
    caps = phones.code_caps(phone, _counted_peer(call), policy.sign_in) if policy.limited else ()
    conversion = await services.store.accounts.open_code(
        key,
        phones.code_digest(key, code),
        policy.sign_in,
        now_ms=call.now_ms,
        limited=policy.limited,
        caps=caps,
    )
    services.meter.count("codes_sent_total")
    if conversion.is_suspicious(policy.sign_in):
        services.meter.count("codes_alarms_total")
        _log.warning("codes_are_not_used", sent=conversion.sent, used=conversion.used)
    minutes = policy.sign_in.code_ttl_s // 60
    text = f"[Glimpse] 인증번호 {code} ({minutes}분 안에 입력해 주세요)"
    await services.texts.send(phone, text, code=code)
    return CodeSent(policy.sign_in.code_ttl_s)


@routes.add(
    "POST",
    "/v1/auth/otp/verify",
    Spec(
        access=Access.ANYBODY,
        rate_by_address=True,
        refusals=(Unauthenticated, ProfileRequired, Forbidden, RateLimited, ContactTooSoon),
    ),
)
async def verify_code(call: Call, body: CodeProof) -> Tokens:
    """Sign in with the code; the account is made the first time."""
    services, auth, policy = call.edge.services, call.edge.auth, call.edge.services.policy
    phone = normal_phone(body.phone, policy.sign_in.phone_countries)
    key, peer = auth.phones.key(phone), _counted_peer(call)
    profile = None if body.profile is None else first_profile(call, body.profile)
    refresh = _fresh_refresh(call)
    done = await services.store.accounts.sign_in(
        key,
        auth.phones.code_digest(key, body.code.strip()),
        profile,
        device_draft(call, refresh_digest(refresh)),
        policy.sign_in,
        now_ms=call.now_ms,
        tries=auth.phones.try_caps(phone, peer, policy.sign_in) if policy.limited else (),
    )
    services.meter.count("codes_used_total")
    # A sixth device signs the oldest out, and its sessions have to be told.
    services.nudge()
    return _tokens(call, done, refresh)


@routes.add(
    "POST",
    "/v1/auth/refresh",
    Spec(access=Access.ANYBODY, rate_by_address=True, refusals=(Unauthenticated, RateLimited)),
)
async def refresh_tokens(call: Call, body: RefreshProof) -> Tokens:
    """Exchange a refresh token; one that was used already signs its device out."""
    services = call.edge.services
    refresh = _fresh_refresh(call)
    try:
        done = await services.store.accounts.rotate(
            refresh_digest(body.refresh),
            refresh_digest(refresh),
            services.policy.sign_in,
            now_ms=call.now_ms,
        )
    except Unauthenticated:
        services.nudge()
        raise
    return _tokens(call, done, refresh)


@routes.add("POST", "/v1/auth/logout", Spec(status=204, idempotent=False))
async def sign_out(call: Call, body: Leaving) -> None:
    """Sign this device out, or all; sessions end and tokens are worth nothing."""
    services = call.edge.services
    if body.all:
        await services.store.devices.sign_out_all(call.account, now_ms=call.now_ms)
    else:
        await services.store.accounts.sign_out(call.caller.device, now_ms=call.now_ms)
    call.edge.guard.forget(call.account)
    services.nudge()


def _counted_peer(call: Call) -> str | None:
    """Return whom caps of addresses count; a development machine is everybody at once."""
    if not call.edge.settings.environment.production and is_loopback(call.peer):
        return None
    return call.peer


def device_draft(call: Call, digest: bytes) -> DeviceDraft:
    """Name a device that is about to be signed in, and the account if there is none yet."""
    fresh_id = call.edge.services.world.fresh_id
    platform = platform_of(call.header("User-Agent"))
    return DeviceDraft(AccountId(fresh_id()), DeviceId(fresh_id()), digest, platform)


def first_profile(call: Call, body: FirstProfile) -> Profile:
    """Check what somebody says of themselves; raises BadRequest, Forbidden, ContactTooSoon."""
    policy = call.edge.services.policy
    return make_profile(
        body.nickname,
        body.birth_year,
        body.gender,
        year=calendar_year(call.now_ms, policy.timezone),
        policy=policy.sign_in,
    )


def _fresh_refresh(call: Call) -> str:
    return refresh_token(call.edge.services.world.secret(REFRESH_BYTES))


def _tokens(call: Call, done: SignIn, refresh: str) -> Tokens:
    return Tokens(
        access=call.edge.auth.issuer.issue(done.account, done.device, now_ms=call.now_ms),
        refresh=refresh,
        expires_in=call.edge.services.policy.sign_in.access_ttl_s,
        new=done.new,
    )
