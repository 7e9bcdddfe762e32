"""Written by `python -m api.sdk`, not by hand: the calls of devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from api.client.call import Call, path


class DeviceList(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of them, the newest first."""

    items: list[DeviceView]


class DeviceView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device that may act for the caller; `here` is the one that asks."""

    device: str
    platform: Platform
    signed_in_at: int
    used_at: int
    here: bool


# As much of a device as tells one's own apart; the name of the client program is not kept.
if TYPE_CHECKING:
    Platform = Literal["android", "ios", "linux", "mac", "other", "windows"]
else:
    Platform = str


def list_devices() -> Call[DeviceList]:
    """List the devices that are signed in."""
    return Call("GET", "/v1/devices", DeviceList)


def sign_device_out(device: str) -> Call[None]:
    """Sign one of one's devices out; its sessions end and its tokens are worth nothing."""
    return Call("DELETE", path("/v1/devices/{}", device), type(None), status=204)
