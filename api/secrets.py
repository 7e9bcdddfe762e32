"""Secrets: given by the environment, or made at the first start and kept beside the data.

Only `dev`, `test` and `bench` make them: a key that a machine made for itself is lost with the
machine, and with the master key every message body.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.setting_values import KEY_BYTES, Secret, SettingsError, parse_key
from api.settings import GivenSecrets, Settings

SECRETS_FILE = "secrets.json"

_NAMES = ("master_key", "token_key", "phone_key")
_OWNER_ONLY = 0o600

# Three keys are some 200 bytes; a larger file is not ours.
_FILE_BYTES_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Secrets:
    """Every key of the process; their repr shows none."""

    master_key: Secret
    token_keys: tuple[Secret, ...]  # newest first
    phone_key: Secret


def load_secrets(settings: Settings, random: Callable[[int], bytes]) -> Secrets:
    """Complete the given secrets from the data folder; raises SettingsError."""
    given = settings.secrets
    if given.master_key and given.token_keys and given.phone_key:
        return Secrets(given.master_key, given.token_keys, given.phone_key)
    if settings.environment.production:
        raise SettingsError("GLIMPSE_MASTER_KEY, GLIMPSE_TOKEN_KEYS and GLIMPSE_PHONE_KEY are due")
    return _merge(given, _kept(settings.data_dir / SECRETS_FILE, random))


def _merge(given: GivenSecrets, kept: dict[str, Secret]) -> Secrets:
    return Secrets(
        given.master_key or kept["master_key"],
        given.token_keys or (kept["token_key"],),
        given.phone_key or kept["phone_key"],
    )


def _kept(path: Path, random: Callable[[int], bytes]) -> dict[str, Secret]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path, random)
        with path.open("rb") as file:
            data = file.read(_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise SettingsError(f"{path} cannot be used: {error.strerror}") from None
    return _parse(path, data)


def _make(path: Path, random: Callable[[int], bytes]) -> None:
    """Write the file whole or not at all; of two starts at once the first one's keys stay."""
    keys = {name: urlsafe_b64encode(random(KEY_BYTES)).decode() for name in _NAMES}
    draft = path.with_name(f"{path.name}.{random(8).hex()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as f:
            json.dump(keys, f, indent=1)
            f.flush()
            os.fsync(f.fileno())
        try:
            # A link refuses to replace a file that appeared meanwhile; a rename would not.
            os.link(draft, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink(missing_ok=True)


def _parse(path: Path, data: bytes) -> dict[str, Secret]:
    corrupt = SettingsError(f"{path} is damaged: restore it, or give its keys as settings")
    if len(data) > _FILE_BYTES_MAX:
        raise corrupt
    try:
        keys: object = json.loads(data)
    except ValueError:
        raise corrupt from None
    if not isinstance(keys, dict) or set(keys) != set(_NAMES):
        raise corrupt
    try:
        return {name: Secret(parse_key(str(keys[name]))) for name in _NAMES}
    except ValueError:
        raise corrupt from None
