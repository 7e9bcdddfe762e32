"""Work that no client waits for: expired rows go, counts are released, meetings go on and end."""

from __future__ import annotations

import trio

from api.observe.logging import get_logger
from api.services import World
from engine.errors import Outage
from engine.ids import DeviceId
from engine.model.like_count import next_release_ms
from engine.model.policy import Policy
from engine.ports.meetings import MeetingKeeping
from engine.ports.places import Places
from engine.ports.pushes import PushOutbox
from store.bundle import StoreBundle

_log = get_logger("worker")

# Expired rows cost space only; an hour of them is little.
_PURGE_EVERY_S = 3_600.0

# After an outage; and the longest sleep, so that a wall clock that was set is noticed.
_LOOK_AGAIN_S = 60.0

# How late a round of a meeting, or its end, may be.
_MEETINGS_EVERY_S = 5.0


async def work(store: StoreBundle, world: World, policy: Policy) -> None:
    """Do all of it for ever; an outage only delays."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_purge, store, world, policy)
        nursery.start_soon(_release_counts, store, world, policy)
        nursery.start_soon(_end_silent, store, world, policy)
        nursery.start_soon(_erase_people, store, world)
        nursery.start_soon(_keep_pushes, store.push_outbox, world, policy)
        nursery.start_soon(_keep_files, store, world, policy)
        nursery.start_soon(_announce_matching, store, world, policy)
        nursery.start_soon(_end_places, store.places, world)
        nursery.start_soon(_keep_meetings, store.meeting_keeping, world, policy)


async def _purge(store: StoreBundle, world: World, policy: Policy) -> None:
    while True:
        try:
            answers = await store.answers.purge(now_ms=world.now_ms())
            clerk = await store.clerk.purge(now_ms=world.now_ms())
            acts = await store.places.purge(policy.groups, now_ms=world.now_ms())
            reports = await store.reports.purge(policy.reports, now_ms=world.now_ms())
            orders = await store.orders.purge(now_ms=world.now_ms())
        except Outage:
            _log.warning("purge_failed")
        else:
            counts = {"answers": answers, "reports": reports, "clerk": clerk, "acts": acts}
            _log.info("purged", orders=orders, **counts)
        await trio.sleep(_PURGE_EVERY_S)


async def _keep_pushes(outbox: PushOutbox, world: World, policy: Policy) -> None:
    """Have people told whose plan ends soon, and forget what devices were told of rooms."""
    while True:
        try:
            behind: DeviceId | None = None
            while behind := await outbox.note_endings(
                policy.pushes, after=behind, now_ms=world.now_ms()
            ):
                pass
            while await outbox.purge(policy.pushes, now_ms=world.now_ms()):
                pass
        except Outage:
            _log.warning("pushes_failed")
        await trio.sleep(_PURGE_EVERY_S)


async def _end_silent(store: StoreBundle, world: World, policy: Policy) -> None:
    """End matches in which nobody has spoken; a minute later or earlier is all the same."""
    while True:
        try:
            while await store.silence.end_due(policy.matches, now_ms=world.now_ms()):
                pass
        except Outage:
            _log.warning("silent_matches_failed")
        await trio.sleep(_LOOK_AGAIN_S)


async def _erase_people(store: StoreBundle, world: World) -> None:
    """Erase whose grace has passed; the first look ends what they are in, a later one the rest."""
    while True:
        try:
            await store.erasures.erase_due(now_ms=world.now_ms())
        except Outage:
            _log.warning("erasure_failed")
        await trio.sleep(_LOOK_AGAIN_S)


async def _keep_files(store: StoreBundle, world: World, policy: Policy) -> None:
    """End papers that nobody looked at, and destroy the files that are nobody's any more."""
    while True:
        try:
            while await store.reviews.expire_due(policy.groups, now_ms=world.now_ms()):
                pass
            while await store.room_files.purge(now_ms=world.now_ms()):
                pass
            while await store.doomed_files.destroy_due(now_ms=world.now_ms()):
                pass
        except Outage:
            _log.warning("files_failed")
        await trio.sleep(_LOOK_AGAIN_S)


async def _release_counts(store: StoreBundle, world: World, policy: Policy) -> None:
    """Look at each release, whichever process is first; how many are told is nobody's business."""
    while True:
        now_ms = world.now_ms()
        wait_s = (next_release_ms(now_ms, policy.likes) - now_ms) / 1000
        try:
            await store.likes.release(policy, now_ms=now_ms)
        except Outage:
            _log.warning("release_failed")
        await trio.sleep(min(_LOOK_AGAIN_S, wait_s))


async def _announce_matching(store: StoreBundle, world: World, policy: Policy) -> None:
    """Tell members when matching opens or closes for them."""
    while True:
        try:
            while await store.openings.announce(policy.groups, now_ms=world.now_ms()):
                pass
        except Outage:
            _log.warning("openings_failed")
        await trio.sleep(_MEETINGS_EVERY_S)


async def _end_places(places: Places, world: World) -> None:
    """End groups of places whose hour has come."""
    while True:
        try:
            while await places.end_due(now_ms=world.now_ms()):
                pass
        except Outage:
            _log.warning("places_failed")
        await trio.sleep(_MEETINGS_EVERY_S)


async def _keep_meetings(keeping: MeetingKeeping, world: World, policy: Policy) -> None:
    """Do what is due at meetings, a bounded part at a time; who stops midway has lost nothing."""
    every_s = min(_MEETINGS_EVERY_S, policy.meetings.round_s)
    while True:
        try:
            for keep in (keeping.end_due, keeping.run_rounds, keeping.erase_due):
                while await keep(policy, now_ms=world.now_ms()):
                    pass
        except Outage:
            _log.warning("meetings_failed")
        await trio.sleep(every_s)
