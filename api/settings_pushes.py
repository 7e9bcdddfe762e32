"""Settings of pushes: who we are at Firebase, and where that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.setting_values import Secret, SettingsError, http_url, secret_text, text

# A key file of a service account has some 2,400 bytes.
_ACCOUNT_BYTES_MAX = 65_536

FCM_URL = "https://fcm.googleapis.com"


@dataclass(frozen=True, slots=True)
class FcmSettings:
    """Firebase Cloud Messaging."""

    account: Secret  # the JSON of a service account
    url: str


def fcm_settings(environ: Mapping[str, str], *, production: bool) -> FcmSettings | None:
    """Read who we are at Firebase: the JSON itself, or the file that holds it."""
    account = secret_text(environ, "GLIMPSE_FCM_ACCOUNT")
    file = text(environ, "GLIMPSE_FCM_ACCOUNT_FILE", default="")
    url = http_url(environ, "GLIMPSE_FCM_URL")
    if account is not None and file:
        raise SettingsError("GLIMPSE_FCM_ACCOUNT or GLIMPSE_FCM_ACCOUNT_FILE, not both")
    if account is None and not file:
        if url is not None:
            raise SettingsError("GLIMPSE_FCM_ACCOUNT is missing: who we are there")
        return None
    if url is not None and production and not url.startswith("https://"):
        raise SettingsError("GLIMPSE_FCM_URL starts with https:// in production")
    return FcmSettings(account or _from_file(Path(file)), (url or FCM_URL).rstrip("/"))


def _from_file(file: Path) -> Secret:
    try:
        with file.open("rb") as stream:
            data = stream.read(_ACCOUNT_BYTES_MAX + 1)
    except OSError as error:
        raise SettingsError(f"GLIMPSE_FCM_ACCOUNT_FILE: {error.strerror}") from None
    if len(data) > _ACCOUNT_BYTES_MAX:
        raise SettingsError("GLIMPSE_FCM_ACCOUNT_FILE is no key of a service account")
    return Secret(data)
