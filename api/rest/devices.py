"""One's own devices: which are signed in, and how one of them is signed out from another."""

from __future__ import annotations

from msgspec import Struct

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import Id, Millis
from engine.errors import NotFound
from engine.ids import DeviceId
from engine.model.device import Platform

routes = Routes("devices")


class DeviceView(Struct, frozen=True):
    """A device that may act for the caller; `here` is the one that asks."""

    device: Id
    platform: Platform
    signed_in_at: Millis
    used_at: Millis
    here: bool


class DeviceList(Struct, frozen=True):
    """All of them, the newest first."""

    items: list[DeviceView]


@routes.add("GET", "/v1/devices")
async def list_devices(call: Call) -> DeviceList:
    """List the devices that are signed in."""
    found = await call.edge.services.store.devices.signed_in(call.account)
    return DeviceList(
        [
            DeviceView(
                one.device,
                one.platform,
                one.signed_in_ms,
                one.used_ms,
                here=one.device == call.caller.device,
            )
            for one in found
        ]
    )


@routes.add("DELETE", "/v1/devices/{device}", Spec(status=204, refusals=(NotFound,)))
async def sign_device_out(call: Call, device: str) -> None:
    """Sign one of one's devices out; its sessions end and its tokens are worth nothing."""
    services = call.edge.services
    await services.store.devices.sign_out(call.account, DeviceId(device), now_ms=call.now_ms)
    call.edge.guard.forget(call.account)
    services.nudge()
