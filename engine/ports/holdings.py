"""Port: all that is held about one person, for their export; a page of one section at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from engine.ids import AccountId


class Section(StrEnum):
    """A part of the export, in its order; `store/data_map.toml` says which table is in which."""

    ACCOUNT = "account"
    DEVICES = "devices"
    CONSENTS = "consents"
    PUSH_TOKENS = "push_tokens"
    PUSH_SETTINGS = "push_settings"
    MEMBERSHIPS = "memberships"
    LIKE_COUNTS = "like_counts"
    LIKES = "likes"
    MATCHES = "matches"
    MEETINGS = "meetings"
    DESCRIPTIONS = "descriptions"
    TICKETS = "tickets"
    ROOMS = "rooms"
    MESSAGES = "messages"
    REACTIONS = "reactions"
    BLOCKS = "blocks"
    REPORTS = "reports"
    CREDIT_MOVES = "credit_moves"
    PLAN_TERMS = "plan_terms"
    ORDERS = "orders"
    SUBSCRIPTIONS = "subscriptions"
    LOCATION_ACTS = "location_acts"


@dataclass(frozen=True, slots=True)
class HeldPage:
    """Some of a section; `after` leads on, and None says that this is the end."""

    items: Sequence[Mapping[str, object]]
    after: str | None


class Holdings(Protocol):
    """What is held about a person. Nothing in it is about anybody else."""

    async def page(
        self, account: AccountId, section: Section, *, after: str, limit: int, now_ms: int
    ) -> HeldPage:
        """Return the next items behind `after` (empty: from the start); none may be on a page."""
