"""Written by `python -m api.sdk`, not by hand: the calls of dev."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call


class SentTexts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Newest first."""

    items: list[SentText]


class SentText(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text message that would have been sent."""

    phone: str
    code: str
    text: str
    at: int


class SentMails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Newest first."""

    items: list[SentMail]


class SentMail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mail that would have been sent."""

    mail: str
    subject: str
    text: str
    code: str
    at: int


class SeedRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many people in how many groups, and what rooms between them."""

    users: int
    groups: int
    pairs: bool | UnsetType = UNSET
    room_size: int | UnsetType = UNSET


def read_outbox(*, phone: str | UnsetType | None = UNSET) -> Call[SentTexts]:
    """Read the text messages that were sent, newest first."""
    return Call("GET", "/v1/dev/outbox", SentTexts, query={"phone": phone})


def read_mails(*, mail: str | UnsetType | None = UNSET) -> Call[SentMails]:
    """Read the mails that were sent, newest first."""
    return Call("GET", "/v1/dev/mails", SentMails, query={"mail": mail})


def seed(body: SeedRequest) -> Call[bytes]:
    """Make people, and answer with one JSON line for each."""
    return Call("POST", "/v1/dev/seed", bytes, body=body)
