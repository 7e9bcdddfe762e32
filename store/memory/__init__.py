"""The memory twin of every port: the same behaviour without a database, for tests and trials."""

from __future__ import annotations

from store.bundle import Chance, StoreBundle
from store.memory.accounts import MemoryAccounts
from store.memory.admissions import MemoryAdmissions
from store.memory.blobs import MemoryBlobs
from store.memory.blocks import MemoryBlocks
from store.memory.clerk import MemoryClerkAccounts
from store.memory.consents import MemoryConsents
from store.memory.credits import MemoryCredits
from store.memory.devices import MemoryDevices
from store.memory.erasure import MemoryErasures
from store.memory.groups import MemoryGroups
from store.memory.holdings import MemoryHoldings
from store.memory.idempotency import MemoryAnswers
from store.memory.likes import MemoryLikes
from store.memory.meeting_keeping import MemoryMeetingKeeping
from store.memory.meetings import MemoryMeetings
from store.memory.official import MemoryOfficialGroups
from store.memory.openings import MemoryOpenings
from store.memory.orders import MemoryOrders
from store.memory.outbox import MemoryOutbox
from store.memory.photos import MemoryDoomedFiles, MemoryPhotos
from store.memory.places import MemoryPlaces
from store.memory.profiles import MemoryProfiles
from store.memory.push_outbox import MemoryPushLooks, MemoryPushOutbox
from store.memory.pushes import MemoryPushes
from store.memory.rates import MemoryRates
from store.memory.reports import MemoryOperatorLog, MemoryReports
from store.memory.reviews import MemoryReviews
from store.memory.room_files import MemoryRoomFiles
from store.memory.rooms import MemoryRoomDirectory, MemoryRoomLog
from store.memory.search import MemoryMessageSearch
from store.memory.seeding import MemorySeeding
from store.memory.silence import MemorySilence
from store.memory.state import Memory
from store.memory.subscriptions import MemorySubscriptions
from store.memory.tickets import MemoryTickets


class MemoryHealth:
    """Memory always answers."""

    async def check(self) -> str | None:
        """Return None: all is well."""
        return None


def open_memory_store(*, chance: Chance, memory: Memory | None = None) -> StoreBundle:
    """Make every adapter over one memory; a `memory` that is kept outlives its adapters."""
    held = Memory() if memory is None else memory
    groups = MemoryGroups(held, chance)
    blobs = MemoryBlobs()
    accounts = MemoryAccounts(held, chance)
    return StoreBundle(
        accounts=accounts,
        devices=MemoryDevices(held),
        consents=MemoryConsents(held),
        clerk=MemoryClerkAccounts(held, accounts),
        groups=groups,
        profiles=MemoryProfiles(held, groups),
        openings=MemoryOpenings(held),
        photos=MemoryPhotos(held, groups, blobs, chance),
        admissions=MemoryAdmissions(held, groups),
        official=MemoryOfficialGroups(held, groups),
        reviews=MemoryReviews(held, groups, blobs, chance),
        places=MemoryPlaces(held, groups),
        likes=MemoryLikes(held),
        meetings=MemoryMeetings(held, groups),
        meeting_keeping=MemoryMeetingKeeping(held, chance),
        blocks=MemoryBlocks(held),
        blobs=blobs,
        room_files=MemoryRoomFiles(held, groups, blobs, chance),
        doomed_files=MemoryDoomedFiles(held, blobs),
        credits=MemoryCredits(held),
        orders=MemoryOrders(held, chance),
        subscriptions=MemorySubscriptions(held, chance),
        room_log=MemoryRoomLog(held),
        directory=MemoryRoomDirectory(held),
        search=MemoryMessageSearch(held),
        outbox=MemoryOutbox(held),
        pushes=MemoryPushes(held),
        push_looks=MemoryPushLooks(held),
        push_outbox=MemoryPushOutbox(held),
        answers=MemoryAnswers(held),
        silence=MemorySilence(held),
        reports=MemoryReports(held, groups),
        operator_log=MemoryOperatorLog(held),
        seeding=MemorySeeding(held, groups, chance),
        tickets=MemoryTickets(held),
        rates=MemoryRates(),
        erasures=MemoryErasures(held, chance),
        holdings=MemoryHoldings(held),
        health=MemoryHealth(),
    )
