"""One's own pushes: the token of this device, and what one wants to be told of."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.rest.call import Call
from api.rest.route import Routes, Spec
from engine.errors import ConsentRequired, NotFound
from engine.limits_pushes import PUSH_TOKEN_CHARS_MAX
from engine.model.push import (
    DAY_MINUTES,
    Language,
    PushKind,
    PushSettings,
    PushToken,
    QuietHours,
)
from engine.ports.pushes import PushStanding

routes = Routes("pushes")

MinuteOfDay = Annotated[int, Meta(ge=0, lt=DAY_MINUTES, description="minutes since midnight")]


class QuietView(Struct, forbid_unknown_fields=True, frozen=True):
    """From when to when nothing is told, by the clock of the person; it may pass midnight."""

    start: MinuteOfDay
    end: MinuteOfDay


class PushKinds(Struct, frozen=True):
    """What one is told of."""

    match: bool
    message: bool
    likes: bool
    invitation: bool
    verification: bool
    payment: bool
    subscription: bool
    system: bool


class PushKindsChange(Struct, forbid_unknown_fields=True, frozen=True):
    """Kinds to switch on or off; what is not named stays."""

    match: bool | UnsetType = UNSET
    message: bool | UnsetType = UNSET
    likes: bool | UnsetType = UNSET
    invitation: bool | UnsetType = UNSET
    verification: bool | UnsetType = UNSET
    payment: bool | UnsetType = UNSET
    subscription: bool | UnsetType = UNSET
    system: bool | UnsetType = UNSET


class PushView(Struct, frozen=True):
    """What one is told of and when; `here` says whether the device that asks gets any."""

    kinds: PushKinds
    quiet: QuietView | None
    offset_minutes: int
    language: Language
    here: bool


class PushChange(Struct, forbid_unknown_fields=True, frozen=True):
    """What may be changed; what is not named stays, and `quiet: null` ends quiet hours."""

    kinds: PushKindsChange | UnsetType = UNSET
    quiet: QuietView | UnsetType | None = UNSET
    offset_minutes: Annotated[int, Meta(ge=-720, le=840)] | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class TokenGiven(Struct, forbid_unknown_fields=True, frozen=True):
    """The token that FCM gave the app on this device."""

    token: Annotated[str, Meta(pattern="^[!-~]+$", max_length=PUSH_TOKEN_CHARS_MAX)]


@routes.add("GET", "/v1/me/push")
async def get_push(call: Call) -> PushView:
    """Read what one is told of, and when."""
    return _view(await _standing(call))


@routes.add("PATCH", "/v1/me/push")
async def change_push(call: Call, body: PushChange) -> PushView:
    """Change it; what waits already is told by what holds when it leaves."""
    held = await _standing(call)
    settings = _changed(held.settings, body)
    await call.edge.services.store.pushes.change(call.account, settings)
    return _view(PushStanding(settings, held.registered))


@routes.add(
    "POST",
    "/v1/me/push/token",
    Spec(status=204, idempotent=False, refusals=(ConsentRequired, NotFound)),
)
async def give_push_token(call: Call, body: TokenGiven) -> None:
    """Have this device told; another device that had the token has none from then on."""
    await call.edge.services.store.pushes.register(
        call.account, call.caller.device, PushToken(body.token), now_ms=call.now_ms
    )


@routes.add("DELETE", "/v1/me/push/token", Spec(status=204))
async def forget_push_token(call: Call) -> None:
    """Have nothing told to this device any more."""
    await call.edge.services.store.pushes.forget(call.caller.device)


async def _standing(call: Call) -> PushStanding:
    return await call.edge.services.store.pushes.standing(call.account, call.caller.device)


def _changed(settings: PushSettings, body: PushChange) -> PushSettings:
    quiet = settings.quiet
    if body.quiet is not UNSET:
        quiet = None if body.quiet is None else QuietHours(body.quiet.start, body.quiet.end)
    return PushSettings(
        _muted(settings.muted, body.kinds),
        quiet,
        settings.offset_minutes if body.offset_minutes is UNSET else body.offset_minutes,
        settings.language if body.language is UNSET else body.language,
    )


def _muted(muted: frozenset[PushKind], change: PushKindsChange | UnsetType) -> frozenset[PushKind]:
    if change is UNSET:
        return muted
    said = {kind: getattr(change, kind.value) for kind in PushKind}
    return frozenset(kind for kind in PushKind if _is_off(said[kind], was_off=kind in muted))


def _is_off(said: bool | UnsetType, *, was_off: bool) -> bool:  # noqa: FBT001  # as it came
    return was_off if said is UNSET else not said


def _view(standing: PushStanding) -> PushView:
    settings = standing.settings
    quiet = settings.quiet
    return PushView(
        PushKinds(**{kind.value: kind not in settings.muted for kind in PushKind}),
        None if quiet is None else QuietView(quiet.start, quiet.end),
        settings.offset_minutes,
        settings.language,
        here=standing.registered,
    )
