"""One client by hand: it says one thing at a time and keeps the events it hears meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.e2e.rest import Json

_S_MAX = 10.0
_PING_S = 20.0


class Phone:
    """A session of one account."""

    def __init__(self, ws: ClientConnection) -> None:
        self.events: list[Json] = []
        self._refs = count(1)
        self._ws = ws

    def tell(self, op: str, **fields: object) -> int:
        """Send an op and go on; return its reference."""
        ref = next(self._refs)
        self._ws.send(json.dumps({"op": op, "id": ref, **fields}))
        return ref

    def reply(self, ref: int) -> Json:
        """Wait for the answer of one op."""
        while True:
            frame = self._hear()
            if frame.get("re") == ref:
                return frame
            if "ev" in frame:
                self.events.append(frame)

    def ask(self, op: str, **fields: object) -> Json:
        """Send an op and wait for its answer."""
        return self.reply(self.tell(op, **fields))

    def write(self, room: object, cid: str, body: str = "여기") -> int:
        """Send a message and go on."""
        return self.tell("msg.send", room=room, cid=cid, kind="text", body=body)

    def say(self, room: object, cid: str, body: str = "여기") -> Json:
        """Send a message and wait for its answer."""
        return self.reply(self.write(room, cid, body))

    def open(self, room: object, *, after: int | None = None) -> Json:
        """Open a room, after a seq of its first epoch if one is given."""
        place = {} if after is None else {"after": {"epoch": 1, "seq": after}}
        opened = self.ask("room.open", room=room, **place)
        assert opened["ok"] is True, opened
        return opened

    def event(self, name: str) -> Json:
        """Wait for the next event of a name."""
        while True:
            frame = self.events.pop(0) if self.events else self._hear()
            if frame.get("ev") == name:
                return frame

    def closed(self) -> tuple[int | None, list[Json]]:
        """Read to the end; return the close code and what was still heard."""
        heard: list[Json] = []
        try:
            while True:
                heard.append(self._hear())
        except ConnectionClosed:
            return self._ws.close_code, heard

    def _hear(self) -> Json:
        frame: Json = json.loads(self._ws.recv(timeout=_S_MAX))
        return frame


@contextmanager
def calling(url: str, access: object, *, ping_s: float | None = _PING_S) -> Iterator[Phone]:
    """Connect and say hello; without pings of its own it does not notice a dead link."""
    with connect(
        url,
        subprotocols=[Subprotocol("glimpse.v1.json")],
        open_timeout=_S_MAX,
        ping_interval=ping_s,
        close_timeout=1,
    ) as ws:
        phone = Phone(ws)
        hello = phone.ask("hello", token=str(access))
        assert hello["ok"] is True, hello
        yield phone
