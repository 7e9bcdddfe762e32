"""A client that writes and never gives up: what is not acknowledged is sent again by its cid."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.e2e.rest import Json
from tests.e2e.server import Server

IN_FLIGHT = 8
_RETRY_S = 0.05
_ANSWER_S_MAX = 10.0
_DONE_S_MAX = 60.0
_AGAIN = frozenset({"busy", "unavailable"})  # protocol.md 3.6: safe to retry with the same cid


@dataclass
class Writer:
    """One account in one room; `acked` is what the server promised."""

    name: int
    access: str
    room: str
    url: str
    acked: dict[str, int] = field(default_factory=dict)  # cid -> seq
    waiting: list[str] = field(default_factory=list)  # not acknowledged, oldest first
    seen: dict[int, str] = field(default_factory=dict)  # seq -> body, own view of the room
    refused: Counter[str] = field(default_factory=Counter)  # by code
    draining: int = 0  # times it was told to move
    closes: Counter[int] = field(default_factory=Counter)  # by close code
    faults: list[str] = field(default_factory=list)
    count: int = 0
    given_up: bool = False

    def run(self, stop: threading.Event) -> None:
        """Write until told to stop and everything is acknowledged."""
        while not self.given_up and not (stop.is_set() and not self.waiting):
            try:
                with connect(
                    self.url,
                    subprotocols=[Subprotocol("glimpse.v1.json")],
                    open_timeout=5,
                    close_timeout=1,
                ) as ws:
                    try:
                        self._talk(ws, stop)
                    finally:
                        if ws.close_code is not None:
                            self.closes[ws.close_code] += 1
            except (OSError, WebSocketException, TimeoutError):
                time.sleep(_RETRY_S)

    def _talk(self, ws: ClientConnection, stop: threading.Event) -> None:
        self._ask(ws, {"op": "hello", "id": "hello", "token": self.access})
        self._catch_up(ws)
        for cid in self.waiting:
            self._send(ws, cid)
        while self.waiting or not stop.is_set():
            while len(self.waiting) < IN_FLIGHT and not stop.is_set():
                self.count += 1
                cid = f"{self.name}-{self.count}"
                self.waiting.append(cid)
                self._send(ws, cid)
            self._take(ws, json.loads(ws.recv(timeout=_ANSWER_S_MAX)))

    def _catch_up(self, ws: ClientConnection) -> None:
        while True:
            after = {"epoch": 1, "seq": max(self.seen, default=0)}
            op = {"op": "room.open", "id": "open", "room": self.room, "after": after, "limit": 200}
            opened = self._ask(ws, op)
            if opened.get("recovered") is not True:
                self.faults.append("not recovered")
            events = opened["events"]
            assert isinstance(events, list)
            for event in events:
                self._see(event)
            if not opened.get("more"):
                return

    def _ask(self, ws: ClientConnection, op: dict[str, object]) -> dict[str, object]:
        ws.send(json.dumps(op))
        while True:
            frame: dict[str, object] = json.loads(ws.recv(timeout=_ANSWER_S_MAX))
            if frame.get("re") == op["id"]:
                if frame["ok"] is not True:
                    self._refused(str(frame["code"]))
                    raise OSError(f"refused: {frame['code']}")
                return frame
            self._take(ws, frame)

    def _send(self, ws: ClientConnection, cid: str) -> None:
        op = {"op": "msg.send", "id": cid, "room": self.room, "cid": cid}
        ws.send(json.dumps(op | {"kind": "text", "body": f"body of {cid}"}))

    def _take(self, ws: ClientConnection, frame: dict[str, object]) -> None:
        ref = frame.get("re")
        if frame.get("ev") == "msg.new":
            self._see(frame)
        elif frame.get("ev") == "session.draining":
            self.draining += 1
        elif isinstance(ref, str) and frame["ok"] is True and ref in self.waiting:
            self.waiting.remove(ref)
            self.acked[ref] = int(str(frame["seq"]))
        elif isinstance(ref, str) and frame["ok"] is not True:
            self._refused(str(frame["code"]))
            time.sleep(_RETRY_S)
            self._send(ws, ref)

    def _refused(self, code: str) -> None:
        self.refused[code] += 1
        if code not in _AGAIN:
            self.faults.append(f"refused: {code}")

    def _see(self, event: dict[str, object]) -> None:
        seq, body = int(str(event["seq"])), str(event["body"])
        if self.seen.get(seq, body) != body:
            self.faults.append(f"seq {seq} is two messages")
        elif seq in self.seen:
            self.faults.append(f"seq {seq} came twice")
        elif seq != max(self.seen, default=0) + 1:
            self.faults.append(f"seq {seq} after {max(self.seen, default=0)}")
        self.seen[seq] = body


@contextmanager
def load(server: Server, people: Sequence[Json]) -> Iterator[list[Writer]]:
    """Have everybody write while the block runs, and then until all is acknowledged."""
    writers = [
        Writer(number, str(one["access"]), str(one["room"]), server.ws_url)
        for number, one in enumerate(people)
    ]
    stop = threading.Event()
    # Daemons: where the server is dead for good, the test has failed and may end.
    threads = [threading.Thread(target=one.run, args=(stop,), daemon=True) for one in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    except BaseException:
        for one in writers:
            one.given_up = True  # the test has failed: its server may be gone
        raise
    finally:
        stop.set()
        over_s = time.monotonic() + _DONE_S_MAX
        for thread in threads:
            thread.join(max(0.0, over_s - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads)


def acked(writers: Sequence[Writer]) -> int:
    """Count what was promised to all of them."""
    return sum(len(one.acked) for one in writers)


def check(server: Server, writer: Writer) -> None:
    """The log holds all that was promised, once, in one order, and that order was seen (I1-I3)."""
    assert writer.faults == []
    log = history(server, writer.access, writer.room)
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    bodies = [event["body"] for event in log]
    assert len(set(bodies)) == len(bodies), "a message is there twice"
    for cid, seq in writer.acked.items():
        assert log[seq - 1]["body"] == f"body of {cid}"
    assert writer.seen == {seq: log[seq - 1]["body"] for seq in writer.seen}


def history(server: Server, access: str, room: str) -> list[Json]:
    """Read a whole room by REST."""
    events: list[Json] = []
    before = ""
    with httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {access}"}, timeout=10
    ) as http:
        while True:
            page = http.get(f"/v1/rooms/{room}/messages?limit=200{before}").json()
            events = page["items"] + events
            if not page["more"]:
                return events
            before = f"&before={events[0]['seq']}"
