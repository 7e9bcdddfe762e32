"""What clients and operators ask before anything else: configuration, health, numbers, docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Protocol, runtime_checkable

import msgspec
import trio
from msgspec import Meta, Struct

from api.observe.logging import get_logger
from api.observe.metrics import CONTENT_TYPE
from api.rest.call import Call, Plain
from api.rest.route import Access, Routes, Spec
from api.setting_values import host_in_url
from api.settings import Environment
from engine.errors import NotFound, Outage, Unavailable
from engine.limits import (
    CID_CHARS_MAX,
    CLIENT_FRAME_BYTES_MAX,
    HEARTBEAT_S,
    PAGE_EVENTS_MAX,
    READY_WITHIN_S,
    SESSIONS_PER_ACCOUNT_MAX,
)
from engine.model.pool_policy import CELLS_ACROSS_MAX

routes = Routes("system")

METRICS = "/metrics"

PROTOCOL = "glimpse.v1"
MIN_CLIENT = "1.0.0"
DOCS_FOLDER = Path(__file__).resolve().parent / "docs_page"

# What may stand in a Host header: a name, an IPv4 address or an IPv6 one in brackets, and a port.
_HOST = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?\Z")


class ClientLimits(Struct, frozen=True):
    """Bounds that a client should know before it runs into them."""

    text_chars_max: int
    frame_bytes_max: int
    cid_chars_max: int
    sessions_per_account_max: int
    history_page_max: int
    heartbeat_s: float
    typing_s: float
    nickname_chars_min: int
    nickname_chars_max: int


class LikeRules(Struct, frozen=True):
    """What a like costs beyond the free ones, and for how long it holds."""

    credits_each: int
    again_after_s: int
    undo_within_s: int


class PoolRules(Struct, frozen=True):
    """What a ticket may say: words for how people look, and the grid its area is a cell of."""

    features: tuple[str, ...]
    cells_across: int


class Config(Struct, frozen=True):
    """How a client finds the WebSocket, and what holds there."""

    ws_url: str
    protocol: str
    min_client: str
    environment: Environment
    limits: ClientLimits
    likes: LikeRules
    pools: PoolRules


Document = Annotated[msgspec.Raw, Meta(title="OpenAPI", extra_json_schema={"type": "object"})]


class Healthy(Struct, frozen=True):
    """All is well."""

    status: Literal["ok"]


@runtime_checkable
class TextOfMetrics(Protocol):
    """A meter that can be scraped; the one of tests and tools cannot."""

    def text(self) -> bytes:
        """Return everything in Prometheus' text form."""


@routes.add("GET", "/v1/config", Spec(access=Access.ANYBODY))
async def get_config(call: Call) -> Config:
    """Tell a client where the WebSocket is."""
    policy = call.edge.services.policy
    limits = ClientLimits(
        text_chars_max=policy.chat.text_chars_max,
        frame_bytes_max=CLIENT_FRAME_BYTES_MAX,
        cid_chars_max=CID_CHARS_MAX,
        sessions_per_account_max=SESSIONS_PER_ACCOUNT_MAX,
        history_page_max=PAGE_EVENTS_MAX,
        heartbeat_s=HEARTBEAT_S,
        typing_s=policy.chat.typing_s,
        nickname_chars_min=policy.sign_in.nickname_chars_min,
        nickname_chars_max=policy.sign_in.nickname_chars_max,
    )
    environment = call.edge.settings.environment
    rules = policy.likes
    likes = LikeRules(rules.credits_each, rules.again_after_s, rules.undo_within_s)
    pools = PoolRules(policy.pools.features, CELLS_ACROSS_MAX)
    return Config(_ws_url(call), PROTOCOL, MIN_CLIENT, environment, limits, likes, pools)


@routes.add("GET", "/health/live", Spec(access=Access.ANYBODY))
async def is_live(call: Call) -> Healthy:  # noqa: ARG001
    """Say that the process answers."""
    return Healthy("ok")


@routes.add("GET", "/health/ready", Spec(access=Access.ANYBODY, refusals=(Unavailable,)))
async def is_ready(call: Call) -> Healthy:
    """Say whether the process can do its work now."""
    reason: str | None = "the store did not answer in time"
    with trio.move_on_after(READY_WITHIN_S):
        try:
            reason = await call.edge.services.store.health.check()
        except Outage as outage:
            reason = str(outage)
    if reason is not None:
        # Strangers learn that it is so; why is for the log.
        get_logger("health").warning("not_ready", reason=reason)
        raise Unavailable("not ready")
    return Healthy("ok")


@routes.add(
    "GET",
    METRICS,
    Spec(access=Access.LOOPBACK, media_type=CONTENT_TYPE, refusals=(NotFound,)),
)
async def get_metrics(call: Call) -> Plain:
    """Show the numbers to Prometheus, on this machine unless opened by a setting."""
    meter = call.edge.services.meter
    return Plain(meter.text() if isinstance(meter, TextOfMetrics) else b"", CONTENT_TYPE)


@routes.add("GET", "/v1/openapi.json", Spec(access=Access.ANYBODY))
async def get_openapi(call: Call) -> Document:
    """Give this document."""
    return call.edge.document()


@routes.add("GET", "/v1/docs", Spec(access=Access.ANYBODY, media_type="text/html; charset=utf-8"))
async def get_docs(call: Call) -> Plain:  # noqa: ARG001
    """Show this document to a person."""
    body = await trio.Path(DOCS_FOLDER / "index.html").read_bytes()
    return Plain(body, "text/html; charset=utf-8")


def _ws_url(call: Call) -> str:
    """Say where the gateway is, seen from where the client stands."""
    settings = call.edge.settings
    if settings.public_ws_url is not None:
        return settings.public_ws_url
    asked = _HOST.match(call.host)
    host = host_in_url(settings.bind) if asked is None else asked["host"]
    scheme = "wss" if call.scheme == "https" else "ws"
    return f"{scheme}://{host}:{settings.ws_port}/v1/ws"
