"""Headers of every answer: what a browser may do with it, and which pages may read it."""

from __future__ import annotations

import math

from quart import Request, Response
from werkzeug.datastructures import Headers

from engine.sessions.rates import Taken

# Nothing from another host, nothing inline. The gateway has its own port, hence ws: and wss:.
POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; "
    "media-src 'self' blob:; style-src 'self'; script-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)

FIXED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(self), microphone=(self), payment=(), usb=()",
    "Cache-Control": "no-store",
}
_FIXED = [(name.lower(), name, value) for name, value in FIXED.items()]

_CORS_METHODS = "GET, POST, PATCH, DELETE"
_CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-None-Match"
_CORS_EXPOSED = (
    "ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
)
_CORS_MAX_AGE_S = 600


def finish(request: Request, response: Response, *, origins: frozenset[str]) -> None:
    """Add what every answer carries, unless it says otherwise itself."""
    headers = response.headers
    # Each `setdefault` looks through all headers: together a tenth of what a call costs here.
    said = {name.lower() for name in headers.keys()}  # noqa: SIM118  # of pairs, not of names
    for lowered, name, value in _FIXED:
        if lowered not in said:
            headers.add(name, value)
    _allow_origin(request, headers, origins)


def show_rate(response: Response, taken: Taken | None) -> None:
    """Say what is left of the rate that this call was counted against, if it was."""
    if taken is None:
        return
    response.headers.add("RateLimit-Limit", str(taken.limit))
    response.headers.add("RateLimit-Remaining", str(taken.left))
    response.headers.add("RateLimit-Reset", str(math.ceil(taken.full_ms / 1000)))


def _allow_origin(request: Request, headers: Headers, origins: frozenset[str]) -> None:
    """Let pages of the allow-list read the answer; no cookies are used, so none are allowed."""
    headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin is None or origin not in origins:
        return
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = _CORS_EXPOSED
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        headers["Access-Control-Allow-Methods"] = _CORS_METHODS
        headers["Access-Control-Allow-Headers"] = _CORS_HEADERS
        headers["Access-Control-Max-Age"] = str(_CORS_MAX_AGE_S)
