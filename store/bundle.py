"""Every adapter of one store; the attributes are those of the services the edges ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from engine.ports.accounts import Accounts
from engine.ports.admissions import Admissions
from engine.ports.blobs import Blobs
from engine.ports.blocks import Blocks
from engine.ports.bus import Bus
from engine.ports.clerk import ClerkAccounts
from engine.ports.consents import Consents
from engine.ports.credits import Credits
from engine.ports.devices import Devices
from engine.ports.erasure import Erasures
from engine.ports.groups import Groups
from engine.ports.holdings import Holdings
from engine.ports.idempotency import Answers
from engine.ports.likes import Likes
from engine.ports.meetings import MeetingKeeping, Meetings
from engine.ports.official import OfficialGroups
from engine.ports.openings import Openings
from engine.ports.outbox import Outbox
from engine.ports.payments import Orders
from engine.ports.photos import DoomedFiles, Photos
from engine.ports.places import Places
from engine.ports.profiles import Profiles
from engine.ports.pushes import Pushes, PushLooks, PushOutbox
from engine.ports.rates import Rates
from engine.ports.reports import OperatorLog, Reports
from engine.ports.reviews import Reviews
from engine.ports.room_files import RoomFiles
from engine.ports.rooms import MessageSearch, RoomDirectory, RoomLog
from engine.ports.seeding import Seeding
from engine.ports.silence import Silence
from engine.ports.subscriptions import Subscriptions
from engine.ports.tickets import Tickets


class Health(Protocol):
    """Whether the store answers."""

    async def check(self) -> str | None:
        """Return None when all is well, else one line that says what is not."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Time and chance as the composition root gives them."""

    now_ms: Callable[[], int]  # wall clock, ms since 1970
    fresh_id: Callable[[], str]  # 16 characters of base64url, from 96 random bits
    secret: Callable[[int], bytes]  # random bytes for keys and nonces


@dataclass(frozen=True, slots=True)
class StoreBundle:
    """One store, PostgreSQL's or the memory twin's."""

    accounts: Accounts
    devices: Devices
    clerk: ClerkAccounts
    consents: Consents
    groups: Groups
    profiles: Profiles
    openings: Openings
    photos: Photos
    admissions: Admissions
    official: OfficialGroups
    reviews: Reviews
    places: Places
    likes: Likes
    meetings: Meetings
    meeting_keeping: MeetingKeeping
    blocks: Blocks
    blobs: Blobs
    room_files: RoomFiles
    doomed_files: DoomedFiles
    credits: Credits
    orders: Orders
    subscriptions: Subscriptions
    room_log: RoomLog
    directory: RoomDirectory
    search: MessageSearch
    outbox: Outbox
    pushes: Pushes
    push_looks: PushLooks
    push_outbox: PushOutbox
    answers: Answers
    silence: Silence
    reports: Reports
    operator_log: OperatorLog
    seeding: Seeding
    tickets: Tickets
    rates: Rates
    erasures: Erasures
    holdings: Holdings
    health: Health
    bus: Bus | None = None  # to the other processes; one that is alone has none
