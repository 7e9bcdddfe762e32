"""One call, as a handler sees it, and what all handlers stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import msgspec

from api.auth.clerk import Clerk
from api.auth.guards import Caller, Guard
from api.auth.keyring import Auth
from api.services import Services
from api.settings import Settings
from engine.ids import AccountId


@dataclass(frozen=True, slots=True)
class Edge:
    """What every handler may use."""

    services: Services
    settings: Settings
    auth: Auth
    guard: Guard
    clerk: Clerk | None  # None: nobody comes in that way
    document: Callable[[], msgspec.Raw]  # OpenAPI; made when first asked for


@dataclass(frozen=True, slots=True)
class Call:
    """A call that has passed the guards; bodies and queries come as arguments beside it."""

    edge: Edge
    now_ms: int
    peer: str
    scheme: str
    host: str
    header: Callable[[str], str]  # what a header of the request says; empty without it
    idempotency_key: str | None
    signed_in: Caller | None

    @property
    def caller(self) -> Caller:
        """Who is calling; the route's access makes sure that there is somebody."""
        assert self.signed_in is not None
        return self.signed_in

    @property
    def account(self) -> AccountId:
        """The caller's account."""
        return self.caller.account.account


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer that is not JSON of ours."""

    body: bytes
    media_type: str
    etag: str | None = None
    policy: str | None = None  # of its content, where it is not that of all answers


@dataclass(frozen=True, slots=True)
class SeeOther:
    """An answer that sends a browser on, to a page of our own."""

    location: str


@dataclass(frozen=True, slots=True)
class Lines:
    """An answer that is written while it is made."""

    lines: AsyncIterator[bytes]
    media_type: str = "application/x-ndjson"
