"""What went wrong, as HTTP says it: one table of codes and statuses, one form of document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

import msgspec
from werkzeug.exceptions import HTTPException

from engine.errors import (
    BadRequest,
    NotFound,
    Outage,
    Refused,
    TooLarge,
    TooSpecific,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"

# protocol.md section 5.
STATUS = {
    "bad_frame": HTTPStatus.BAD_REQUEST,
    "bad_request": HTTPStatus.BAD_REQUEST,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "not_enough_credits": HTTPStatus.PAYMENT_REQUIRED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "verification_required": HTTPStatus.FORBIDDEN,
    "consent_required": HTTPStatus.FORBIDDEN,
    "premium_required": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "cid_conflict": HTTPStatus.CONFLICT,
    "idempotency_conflict": HTTPStatus.CONFLICT,
    "already_member": HTTPStatus.CONFLICT,
    "group_full": HTTPStatus.CONFLICT,
    "matching_closed": HTTPStatus.CONFLICT,
    "room_closed": HTTPStatus.CONFLICT,
    "profile_required": HTTPStatus.CONFLICT,
    "cooldown_active": HTTPStatus.CONFLICT,
    "too_specific": HTTPStatus.CONFLICT,
    "window_over": HTTPStatus.CONFLICT,
    "contact_too_soon": HTTPStatus.CONFLICT,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}

_OWN_CODES = {HTTPStatus.NOT_FOUND: NotFound.code, HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large"}


class Problem(msgspec.Struct, frozen=True):
    """A problem document of RFC 9457."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    code: str
    retry_after_ms: int | msgspec.UnsetType = msgspec.UNSET
    feature: str | msgspec.UnsetType = msgspec.UNSET  # of `too_specific`: what is rare

    def __post_init__(self) -> None:
        """Hold both edges to the same words."""
        assert self.code in STATUS


def problem_of(error: Exception) -> Problem:
    """Say what an exception means to a caller; a bug says nothing of itself."""
    match error:
        case TooSpecific(feature=str(feature)):
            problem = _problem(STATUS[error.code], str(error), error.code, None)
            return msgspec.structs.replace(problem, feature=feature)
        case Refused() | Outage():
            return _problem(STATUS[error.code], str(error), error.code, error.retry_after_ms)
        case HTTPException():
            return _of_http(error)
        case _:
            detail = "something went wrong here; trying again may help"
            return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, Unavailable.code, None)


def _of_http(error: HTTPException) -> Problem:
    """Keep the status the framework chose: no route, no such method, a body too large or late."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _problem(status, status.description or status.phrase, Unavailable.code, None)
    code = _OWN_CODES.get(status, BadRequest.code)
    details = {NotFound.code: NotFound.__doc__, TooLarge.code: TooLarge.__doc__}
    return _problem(status, details.get(code) or status.description or status.phrase, code, None)


def _problem(status: HTTPStatus, detail: str, code: str, retry_after_ms: int | None) -> Problem:
    wait = msgspec.UNSET if retry_after_ms is None else retry_after_ms
    return Problem("about:blank", status.phrase, status, detail, code, retry_after_ms=wait)
