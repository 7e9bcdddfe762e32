"""Sockets whose device was signed out end, whichever process was told of it.

A notice of the outbox ends them at once, but only in the process that reads it, and it may be lost
with that process. So each one asks, at a steady pace, whether the devices of its sessions may act.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio

from actors.people import People
from api.observe.logging import get_logger
from engine.errors import Outage
from engine.ids import AccountId, DeviceId
from engine.limits import DEVICES_ASKED_MAX, DEVICES_CHECKED_EVERY_S
from engine.ports.devices import Devices
from engine.ports.meter import Meter

_log = get_logger("recheck")


async def end_void_sessions(people: People, devices: Devices, meter: Meter) -> None:
    """Look again and again until cancelled; an outage of the store only delays.

    Of whom another process says that they were signed out it looks at once.
    """
    all_at = trio.current_time() + DEVICES_CHECKED_EVERY_S
    while True:
        doubted = None
        with trio.move_on_at(all_at):
            doubted = await people.next_doubted()
        if doubted is None:
            all_at = trio.current_time() + DEVICES_CHECKED_EVERY_S
        here = people.devices(doubted)
        try:
            for start in range(0, len(here), DEVICES_ASKED_MAX):
                await _end_void(people, devices, meter, here[start : start + DEVICES_ASKED_MAX])
        except Outage:
            _log.warning("recheck_failed")


async def _end_void(
    people: People,
    devices: Devices,
    meter: Meter,
    here: Sequence[tuple[AccountId, DeviceId]],
) -> None:
    ended = await devices.ended([device for _, device in here])
    for account, device in here:
        if device in ended:
            people.end(account, device)
            meter.count("sessions_ended_by_recheck_total")
