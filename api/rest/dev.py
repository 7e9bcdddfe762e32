"""Dev only, loopback only: the codes that were sent, and people to test with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Protocol, runtime_checkable

import msgspec
import trio
from msgspec import Meta, Struct

from api.rest.call import Call, Lines
from api.rest.route import Access, Routes, Spec
from api.rest.views import Millis
from api.settings import Environment
from engine.errors import NotFound
from engine.limits import ROOM_MEMBERS_MAX, SEED_GROUPS_MAX, SEED_S_MAX, SEED_USERS_MAX
from engine.model.phone import normal_phone
from engine.ports.seeding import SeededUser, SeedPlan

routes = Routes("dev")

# Lines written before others get a turn: sealing a token takes some 30 µs.
_LINES_AT_ONCE = 100


@runtime_checkable
class RecentTexts(Protocol):
    """A provider that keeps what it sent: the one of the dev console."""

    def recent(self, whose: str | None, /) -> Sequence[Mapping[str, object]]:
        """Return what was sent to the number or address, or to all, newest first."""


class OutboxQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Whose messages."""

    phone: Annotated[str, Meta(max_length=32)] | None = None


class SentText(Struct, frozen=True):
    """A text message that would have been sent."""

    phone: str
    code: str
    text: str
    at: Millis


class SentTexts(Struct, frozen=True):
    """Newest first."""

    items: list[SentText]


class MailsQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Whose mail."""

    mail: Annotated[str, Meta(max_length=320)] | None = None


class SentMail(Struct, frozen=True):
    """A mail that would have been sent."""

    mail: str
    subject: str
    text: str
    code: str
    at: Millis


class SentMails(Struct, frozen=True):
    """Newest first."""

    items: list[SentMail]


class SeedRequest(Struct, forbid_unknown_fields=True, frozen=True):
    """How many people in how many groups, and what rooms between them."""

    users: Annotated[int, Meta(ge=1, le=SEED_USERS_MAX)]
    groups: Annotated[int, Meta(ge=1, le=SEED_GROUPS_MAX)]
    pairs: bool = False
    room_size: Annotated[int, Meta(ge=0, le=ROOM_MEMBERS_MAX)] = 0


class SeedLine(Struct, omit_defaults=True, frozen=True):
    """One person, signed in (protocol.md section 4)."""

    user: int
    access: str
    group: str
    member: str
    room: str | None = None


# What was sent is read on this machine only, and never in production.
_SENT = Spec(
    access=Access.LOOPBACK,
    environments=frozenset({Environment.DEV, Environment.TEST, Environment.BENCH}),
    refusals=(NotFound,),
)


@routes.add("GET", "/v1/dev/outbox", _SENT)
async def read_outbox(call: Call, query: OutboxQuery) -> SentTexts:
    """Read the text messages that were sent, newest first."""
    texts = call.edge.services.texts
    if not isinstance(texts, RecentTexts):
        raise NotFound
    phone = None if query.phone is None else normal_phone(query.phone)
    return SentTexts([msgspec.convert(dict(item), SentText) for item in texts.recent(phone)])


@routes.add("GET", "/v1/dev/mails", _SENT)
async def read_mails(call: Call, query: MailsQuery) -> SentMails:
    """Read the mails that were sent, newest first."""
    mails = call.edge.services.mails
    if not isinstance(mails, RecentTexts):
        raise NotFound
    return SentMails([msgspec.convert(dict(item), SentMail) for item in mails.recent(query.mail)])


@routes.add(
    "POST",
    "/v1/dev/seed",
    Spec(
        access=Access.LOOPBACK,
        environments=frozenset({Environment.DEV, Environment.BENCH}),
        within_s=SEED_S_MAX,
        idempotent=False,
        media_type="application/x-ndjson",
        refusals=(NotFound,),
    ),
)
async def seed(call: Call, body: SeedRequest) -> Lines:
    """Make people, and answer with one JSON line for each."""
    policy = call.edge.services.policy.groups
    plan = SeedPlan(body.users, body.groups, body.pairs, body.room_size, policy)
    users = await call.edge.services.store.seeding.seed(plan, now_ms=call.now_ms)
    return Lines(_lines(call, users))


async def _lines(call: Call, users: Sequence[SeededUser]) -> AsyncIterator[bytes]:
    for start in range(0, len(users), _LINES_AT_ONCE):
        await trio.lowlevel.checkpoint()
        yield b"".join(_line(call, user) for user in users[start : start + _LINES_AT_ONCE])


def _line(call: Call, user: SeededUser) -> bytes:
    access = call.edge.auth.issuer.issue(user.account, user.device, now_ms=call.now_ms)
    line = SeedLine(user.number, access, user.group, user.member, user.room)
    return msgspec.json.encode(line) + b"\n"
