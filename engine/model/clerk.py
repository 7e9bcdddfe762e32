"""Clerk as a way in: what a session token has to say, and which of its events matter here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from engine.errors import BadRequest, Unauthenticated
from engine.limits_outside import (
    CLERK_SKEW_S,
)

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class ClerkTerms:
    """Whose tokens are taken, and from pages of which origins."""

    issuer: str
    parties: frozenset[str]


@dataclass(frozen=True, slots=True)
class ClerkSession:
    """A session at Clerk that is active now, in Clerk's own words."""

    user: str
    session: str


class ClerkChange(Enum):
    """What an event of Clerk does here."""

    SESSION_ENDED = "session_ended"
    USER_DELETED = "user_deleted"
    USER_SHUT_OUT = "user_shut_out"  # banned or locked there: signed out here
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ClerkEvent:
    """An event, as far as it matters; `session` only where one has ended."""

    change: ClerkChange
    user: str = ""
    session: str = ""


def check_claims(claims: Mapping[str, object], terms: ClerkTerms, *, now_ms: int) -> ClerkSession:
    """Return whose session a verified token is of; raises Unauthenticated, and does not say why."""
    now_s = now_ms / 1000
    good = (
        claims.get("iss") == terms.issuer
        and claims.get("azp") in terms.parties
        # A token with an audience was made for another service.
        and "aud" not in claims
        and now_s < _seconds(claims, "exp") + CLERK_SKEW_S
        and _seconds(claims, "nbf") - CLERK_SKEW_S <= now_s
        # Clerk marks a session whose person has not finished signing in.
        and claims.get("sts", "active") == "active"
    )
    if not good:
        raise Unauthenticated("this session token is not good, or not any more")
    return ClerkSession(_name(claims, "sub"), _name(claims, "sid"))


def read_event(body: Mapping[str, object]) -> ClerkEvent:
    """Return what an event means; raises BadRequest for what Clerk does not send."""
    kind, data = body.get("type"), body.get("data")
    if not isinstance(kind, str) or not isinstance(data, Mapping):
        raise BadRequest("this is not an event")
    match kind:
        case "session.revoked" | "session.ended" | "session.removed":
            return ClerkEvent(
                ClerkChange.SESSION_ENDED, _id_in(data, "user_id"), _id_in(data, "id")
            )
        case "user.deleted":
            return ClerkEvent(ClerkChange.USER_DELETED, _id_in(data, "id"))
        case "user.updated":
            out = data.get("banned") is True or data.get("locked") is True
            change = ClerkChange.USER_SHUT_OUT if out else ClerkChange.NOTHING
            return ClerkEvent(change, _id_in(data, "id"))
        case _:
            return ClerkEvent(ClerkChange.NOTHING)


def _seconds(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:  # a bool is an int too
        raise Unauthenticated("this session token says no time")
    return value


def _name(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not _ID.match(value):
        raise Unauthenticated("this session token names nobody")
    return value


def _id_in(data: Mapping[object, object], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not _ID.match(value):
        raise BadRequest("this event names nobody")
    return value
