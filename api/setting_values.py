"""Values of settings: how one variable is read, and refused with one line that names it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

KEY_BYTES = 32
PORT_MAX = 65_535


class SettingsError(Exception):
    """The start is refused; the message is one line that names what to change."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Bytes that no repr, log or traceback shows."""

    value: bytes = field(repr=False)

    def __repr__(self) -> str:
        """Show that there is one, and nothing of it."""
        return "Secret(***)"


def parse_key(text: str) -> bytes:
    """Return the 32 bytes that base64 or base64url stands for; raises ValueError."""
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise ValueError("it is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"it is {len(key)} bytes, not {KEY_BYTES}")
    return key


def host_in_url(host: str) -> str:
    """Write a host or an address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def text(environ: Mapping[str, str], name: str, *, default: str) -> str:
    value = environ.get(name, "").strip() or default
    if "\0" in value or "\n" in value:
        raise SettingsError(f"{name} contains a control character")
    return value


def http_url(environ: Mapping[str, str], name: str) -> str | None:
    value = text(environ, name, default="")
    if value and not re.match(r"https?://[^\s/@]+(/\S*)?\Z", value):
        raise SettingsError(f"{name} starts with https:// (or http://) and has no user in it")
    return value or None


def secret_text(environ: Mapping[str, str], name: str) -> Secret | None:
    value = text(environ, name, default="")
    return Secret(value.encode()) if value else None


def origins(environ: Mapping[str, str], name: str) -> tuple[str, ...] | None:
    value = text(environ, name, default="")
    if not value:
        return None
    origins = tuple(part.strip() for part in value.split(","))
    for origin in origins:
        if not _is_origin(origin):
            raise SettingsError(f"{name}: {origin!r} is not an origin like https://example.org")
    return origins


def _is_origin(text: str) -> bool:
    """Say whether a browser could send this: scheme, host and port, nothing behind them."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    written = f"{parts.scheme}://{host_in_url(host)}" + (f":{port}" if port is not None else "")
    return parts.scheme in {"http", "https"} and bool(host) and text == written
