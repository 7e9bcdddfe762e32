"""A client written from the page of the contract alone, in one of its two codecs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from typing import cast

import msgpack
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.e2e.rest import Json

_S_MAX = 10.0


class Walker:
    """One connection, which keeps the events it hears while it waits for a reply."""

    def __init__(self, stack: ExitStack, url: str, codec: str) -> None:
        self.events: list[Json] = []
        self._refs = count(1)
        self._pack: Callable[[object], str | bytes] = json.dumps
        self._unpack: Callable[[str | bytes], object] = json.loads
        if codec == "msgpack":
            self._pack, self._unpack = msgpack.packb, msgpack.unpackb
        offered = Subprotocol(f"glimpse.v1.{codec}")
        self.ws = stack.enter_context(connect(url, subprotocols=[offered], close_timeout=1))
        assert self.ws.subprotocol == offered

    def hear(self) -> Json:
        """Take the next frame."""
        return cast("Json", self._unpack(self.ws.recv(timeout=_S_MAX)))

    def ask(self, op: str, **fields: object) -> Json:
        """Say an op; return its reply."""
        ref = next(self._refs)
        self.ws.send(self._pack({"op": op, "id": ref, **fields}))
        while (frame := self.hear()).get("re") != ref:
            assert "ev" in frame, frame
            self.events.append(frame)
        return frame

    def event(self, name: str) -> Json:
        """Return the next event of a name; events of other names may come in between."""
        for place, frame in enumerate(self.events):
            if frame["ev"] == name:
                return self.events.pop(place)
        while (frame := self.hear())["ev"] != name:
            self.events.append(frame)
        return frame

    def close_code(self) -> int | None:
        """Hear all until the end; return how it ended."""
        try:
            while True:
                self.hear()
        except ConnectionClosed:
            return self.ws.close_code


def code_of(frame: Json) -> object:
    """Return the code of a reply, or `ok`."""
    return "ok" if frame["ok"] else frame["code"]


def hello(stack: ExitStack, url: str, codec: str, person: Json) -> Walker:
    """Open a session as somebody."""
    walker = Walker(stack, url, codec)
    said = walker.ask("hello", token=person["access"])
    assert (said["ok"], said["heartbeat_s"]) == (True, 25), said
    rooms = cast("list[Json]", said["rooms"])
    assert all({"room", "epoch", "seq", "read"} <= set(room) for room in rooms)
    assert "room" not in person or person["room"] in [room["room"] for room in rooms]
    return walker
