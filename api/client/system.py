"""Written by `python -m api.sdk`, not by hand: the calls of system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from api.client.call import Call


class Config(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a client finds the WebSocket, and what holds there."""

    ws_url: str
    protocol: str
    min_client: str
    environment: Environment
    limits: ClientLimits
    likes: LikeRules
    pools: PoolRules


# Where this process runs; `bench` is `dev` with the rates of the policy lifted.
if TYPE_CHECKING:
    Environment = Literal["bench", "dev", "production", "test"]
else:
    Environment = str


class ClientLimits(Struct, frozen=True, kw_only=True, omit_defaults=True):
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


class LikeRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a like costs beyond the free ones, and for how long it holds."""

    credits_each: int
    again_after_s: int
    undo_within_s: int


class PoolRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a ticket may say: words for how people look, and the grid its area is a cell of."""

    features: list[str]
    cells_across: int


if TYPE_CHECKING:
    HealthyStatus = Literal["ok"]
else:
    HealthyStatus = str


class Healthy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All is well."""

    status: HealthyStatus


def get_config() -> Call[Config]:
    """Tell a client where the WebSocket is."""
    return Call("GET", "/v1/config", Config)


def is_live() -> Call[Healthy]:
    """Say that the process answers."""
    return Call("GET", "/health/live", Healthy)


def is_ready() -> Call[Healthy]:
    """Say whether the process can do its work now."""
    return Call("GET", "/health/ready", Healthy)


def get_metrics() -> Call[bytes]:
    """Show the numbers to Prometheus, on this machine unless opened by a setting."""
    return Call("GET", "/metrics", bytes)


def get_openapi() -> Call[object]:
    """Give this document."""
    return Call("GET", "/v1/openapi.json", object)


def get_docs() -> Call[bytes]:
    """Show this document to a person."""
    return Call("GET", "/v1/docs", bytes)
