"""What one agrees to: seen, given and taken back, purpose by purpose."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import Millis
from engine.model.consent import REQUIRED, VERSIONS, Consent, Purpose, check_saying

routes = Routes("consents")


class ConsentView(Struct, frozen=True):
    """One purpose: the version of the words of now, and what was said of it last."""

    purpose: Purpose
    required: bool
    version: int
    granted: bool
    said_at: Millis | None


class ConsentList(Struct, frozen=True):
    """All purposes there are."""

    items: list[ConsentView]


class Saying(Struct, forbid_unknown_fields=True, frozen=True):
    """Yes or no to the words of one purpose."""

    purpose: Purpose
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    granted: bool


@routes.add("GET", "/v1/me/consents")
async def list_consents(call: Call) -> ConsentList:
    """List what one agrees to; `granted` only where it was to the words of now."""
    found = await call.edge.services.store.consents.latest(call.account)
    said = {one.purpose: one for one in found}
    return ConsentList([_view(purpose, said.get(purpose)) for purpose in Purpose])


@routes.add("POST", "/v1/me/consents", Spec(idempotent=False))
async def say_consent(call: Call, body: Saying) -> ConsentList:
    """Agree, or take it back; what was said before stays on record."""
    check_saying(body.purpose, body.version, granted=body.granted)
    consent = Consent(body.purpose, body.version, body.granted, call.now_ms)
    await call.edge.services.store.consents.say(call.account, consent)
    return await list_consents(call)


def _view(purpose: Purpose, said: Consent | None) -> ConsentView:
    return ConsentView(
        purpose,
        required=purpose in REQUIRED,
        version=VERSIONS[purpose],
        granted=said is not None and said.holds,
        said_at=None if said is None else said.said_ms,
    )
