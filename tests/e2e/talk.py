"""Words over one WebSocket: an op and its answer, an event, the end."""

from __future__ import annotations

import json
from contextlib import suppress

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

_S_MAX = 60.0


def ask(ws: ClientConnection, **op: object) -> dict[str, object]:
    """Send an op and return its answer; what comes before it is passed over."""
    ws.send(json.dumps(op))
    while True:
        frame: dict[str, object] = json.loads(ws.recv(timeout=10))
        if frame.get("re") == op["id"]:
            return frame


def event(ws: ClientConnection, name: str) -> dict[str, object]:
    """Wait for an event of a name."""
    while True:
        frame: dict[str, object] = json.loads(ws.recv(timeout=10))
        if frame.get("ev") == name:
            return frame


def end_of(ws: ClientConnection) -> int | None:
    """Wait for the close; faults.md 70 gives it 60 s."""
    with suppress(ConnectionClosed):
        while ws.recv(timeout=_S_MAX):
            pass
    return ws.close_code
