"""PostgreSQL adapters, and the one function that opens them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import trio

from engine.errors import Outage
from engine.limits import POSTGRES_CONNECTIONS, ROOM_LOG_CONNECTIONS
from engine.ports.blobs import Blobs
from engine.ports.meter import Meter, NoMeter
from store.asyncio_bridge import Bridge
from store.bundle import Chance, StoreBundle
from store.connection import Connection, connect
from store.errors import SqlBug, StartRefused
from store.mandates import Mandates
from store.memory.blobs import MemoryBlobs
from store.memory.rates import MemoryRates
from store.migrate import check_schema
from store.postgres.accounts import PgAccounts
from store.postgres.admissions import PgAdmissions
from store.postgres.blocks import PgBlocks
from store.postgres.clerk import PgClerkAccounts
from store.postgres.consents import PgConsents
from store.postgres.credits import PgCredits
from store.postgres.devices import PgDevices
from store.postgres.directory import PgRoomDirectory
from store.postgres.doomed import PgDoomedFiles
from store.postgres.erasure import PgErasures
from store.postgres.groups import PgGroups
from store.postgres.holdings import PgHoldings
from store.postgres.idempotency import PgAnswers
from store.postgres.likes import PgLikes
from store.postgres.meeting_keeping import PgMeetingKeeping
from store.postgres.meetings import PgMeetings
from store.postgres.official import PgOfficialGroups
from store.postgres.openings import PgOpenings
from store.postgres.operator_log import PgOperatorLog
from store.postgres.orders import PgOrders
from store.postgres.outbox import PgOutbox
from store.postgres.photos import PgPhotos
from store.postgres.places import PgPlaces
from store.postgres.pool import Pool, Postgres
from store.postgres.profiles import PgProfiles
from store.postgres.push_outbox import PgPushLooks, PgPushOutbox
from store.postgres.pushes import PgPushes
from store.postgres.reports import PgReports
from store.postgres.reviews import PgReviews
from store.postgres.room_files import PgRoomFiles
from store.postgres.rooms import PgRoomLog
from store.postgres.search import PgMessageSearch
from store.postgres.seeding import PgSeeding
from store.postgres.silence import PgSilence
from store.postgres.subscriptions import PgSubscriptions
from store.postgres.tickets import PgTickets
from store.sealed_files import SealedFiles
from store.vault import CANARY, Unsealable, Vault

# A health check that has to wait longer is an answer by itself.
HEALTH_S_MAX = 2.0


class PgHealth:
    """Whether PostgreSQL answers."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def check(self) -> str | None:
        """Return None when all is well, else one line that says what is not."""
        try:
            with trio.fail_after(HEALTH_S_MAX):
                await self._postgres.once(_answer)
        except (Outage, trio.TooSlowError):
            return "PostgreSQL does not answer"
        return None


@asynccontextmanager
async def open_postgres_store(
    bridge: Bridge,
    dsn: str,
    *,
    master_key: bytes,
    chance: Chance,
    meter: Meter | None = None,
    blobs: Blobs | None = None,  # of tests where None: files of this process
    connections: int = POSTGRES_CONNECTIONS,
) -> AsyncIterator[StoreBundle]:
    """Open every adapter on a migrated database; raises StartRefused with one clear line."""
    vault = Vault(master_key, chance.secret)
    meter, blobs = meter or NoMeter(), blobs or MemoryBlobs()
    pool = Pool(partial(connect, dsn), connections)
    log_pool = Pool(partial(connect, dsn), ROOM_LOG_CONNECTIONS)
    postgres = Postgres(bridge, pool, meter)
    try:
        await _check(postgres, vault)
        yield _bundle(postgres, Postgres(bridge, log_pool, meter), vault, blobs, chance)
    finally:
        with trio.CancelScope(shield=True):
            await bridge.call(pool.close)
            await bridge.call(log_pool.close)


def _bundle(
    postgres: Postgres, log: Postgres, vault: Vault, blobs: Blobs, chance: Chance
) -> StoreBundle:
    """Gather every adapter; rooms are logged by connections of their own."""
    files, mandates = SealedFiles(blobs, vault, chance.secret), Mandates(vault)
    return StoreBundle(
        accounts=PgAccounts(postgres, vault, chance),
        devices=PgDevices(postgres),
        consents=PgConsents(postgres, vault),
        clerk=PgClerkAccounts(postgres),
        groups=PgGroups(postgres, vault, chance),
        profiles=PgProfiles(postgres),
        openings=PgOpenings(postgres),
        photos=PgPhotos(postgres, files, vault, chance),
        admissions=PgAdmissions(postgres, vault, chance),
        official=PgOfficialGroups(postgres, vault, chance),
        reviews=PgReviews(postgres, files, vault, chance),
        places=PgPlaces(postgres, vault, chance),
        likes=PgLikes(postgres, vault),
        meetings=PgMeetings(postgres, vault, chance),
        meeting_keeping=PgMeetingKeeping(postgres, vault, chance),
        blocks=PgBlocks(postgres),
        blobs=blobs,
        room_files=PgRoomFiles(postgres, files, chance),
        doomed_files=PgDoomedFiles(postgres, files),
        credits=PgCredits(postgres),
        orders=PgOrders(postgres, mandates, chance),
        subscriptions=PgSubscriptions(postgres, mandates, chance),
        room_log=PgRoomLog(log, vault),
        directory=PgRoomDirectory(postgres, vault),
        search=PgMessageSearch(postgres, vault),
        outbox=PgOutbox(postgres),
        pushes=PgPushes(postgres, vault),
        push_looks=PgPushLooks(postgres),
        push_outbox=PgPushOutbox(postgres, vault),
        answers=PgAnswers(postgres, vault),
        silence=PgSilence(postgres),
        reports=PgReports(postgres, vault),
        operator_log=PgOperatorLog(postgres),
        seeding=PgSeeding(postgres, vault, chance),
        tickets=PgTickets(postgres, vault),
        erasures=PgErasures(postgres, vault, chance),
        holdings=PgHoldings(postgres, vault),
        rates=MemoryRates(),  # of one process; with a Redis they hold over all of them
        health=PgHealth(postgres),
    )


async def _check(postgres: Postgres, vault: Vault) -> None:
    try:
        await postgres.once(check_schema)
        canary = await postgres.once(_canary, vault.seal(CANARY, "canary"))
    except (Outage, SqlBug) as exc:
        raise StartRefused(f"the database cannot be used: {exc}") from None
    try:
        vault.open(canary, "canary")
    except Unsealable:
        raise StartRefused("the master key does not fit this database") from None


async def _answer(db: Connection) -> None:
    await db.execute("SELECT 1")


async def _canary(db: Connection, fresh: bytes) -> bytes:
    # The first server to start here leaves the canary; all later ones must be able to open it.
    await db.execute("INSERT INTO vault (canary) VALUES ($1) ON CONFLICT DO NOTHING", fresh)
    canary: bytes = await db.fetchval("SELECT canary FROM vault")
    return canary
