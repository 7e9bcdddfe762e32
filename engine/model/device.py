"""Devices that an account is signed in on, as their person sees them in a list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.ids import DeviceId


class Platform(StrEnum):
    """As much of a device as tells one's own apart; the name of the client program is not kept."""

    ANDROID = "android"
    IOS = "ios"
    WINDOWS = "windows"
    MAC = "mac"
    LINUX = "linux"
    OTHER = "other"


# The first word that is found decides: Android says Linux too, and an iPhone says Mac OS X.
_WORDS = (
    ("android", Platform.ANDROID),
    ("iphone", Platform.IOS),
    ("ipad", Platform.IOS),
    ("windows", Platform.WINDOWS),
    ("mac os", Platform.MAC),
    ("linux", Platform.LINUX),
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One device that may act for an account; times in ms."""

    device: DeviceId
    platform: Platform
    signed_in_ms: int
    used_ms: int


def platform_of(agent: str) -> Platform:
    """Say what a `User-Agent` header speaks of; anybody may write anything there."""
    said = agent.casefold()
    return next((platform for word, platform in _WORDS if word in said), Platform.OTHER)
