"""The way to devices: FCM where the settings name it, else the dev console, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from api.setting_values import SettingsError
from api.settings import Settings
from api.settings_pushes import FcmSettings
from engine.ports.pushes import PushProvider
from store.providers.dev_pushes import DevPushes, NoPushes
from store.providers.fcm_pushes import FcmPlace, open_fcm

_NO_ACCOUNT = "GLIMPSE_FCM_ACCOUNT is the JSON of a service account, as Firebase gives it"


@contextmanager
def open_pushes(settings: Settings, announce: Callable[[str], None]) -> Iterator[PushProvider]:
    """Keep it open while the block runs; raises SettingsError."""
    if settings.fcm is not None:
        with open_fcm(_place(settings.fcm)) as fcm:
            yield fcm
    elif settings.environment.production:
        yield NoPushes()
    else:
        yield DevPushes(announce)


def _place(given: FcmSettings) -> FcmPlace:
    try:
        account = msgspec.json.decode(given.account.value, type=dict[str, str])
        return FcmPlace(given.url, account)
    except (msgspec.DecodeError, ValueError):
        # What is wrong with it may be said by repeating it, and it holds a key.
        raise SettingsError(_NO_ACCOUNT) from None
