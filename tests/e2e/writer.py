"""A client that writes and never gives up: what is not acknowledged is sent again by its cid."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

IN_FLIGHT = 8
_RETRY_S = 0.05
_ANSWER_S_MAX = 10.0


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
    faults: list[str] = field(default_factory=list)
    count: int = 0

    def run(self, stop: threading.Event) -> None:
        """Write until told to stop and everything is acknowledged."""
        while not (stop.is_set() and not self.waiting):
            try:
                with connect(
                    self.url,
                    subprotocols=[Subprotocol("glimpse.v1.json")],
                    open_timeout=5,
                    close_timeout=1,
                ) as ws:
                    self._talk(ws, stop)
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
            self._take(json.loads(ws.recv(timeout=_ANSWER_S_MAX)))

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
                    raise OSError(f"refused: {frame['code']}")
                return frame
            self._take(frame)

    def _send(self, ws: ClientConnection, cid: str) -> None:
        op = {"op": "msg.send", "id": cid, "room": self.room, "cid": cid}
        ws.send(json.dumps(op | {"kind": "text", "body": f"body of {cid}"}))

    def _take(self, frame: dict[str, object]) -> None:
        ref = frame.get("re")
        if frame.get("ev") == "msg.new":
            self._see(frame)
        elif isinstance(ref, str) and frame["ok"] is True and ref in self.waiting:
            self.waiting.remove(ref)
            self.acked[ref] = int(str(frame["seq"]))
        elif ref is not None and frame["ok"] is not True:
            raise OSError(f"refused: {frame['code']}")  # come back and send it again

    def _see(self, event: dict[str, object]) -> None:
        seq, body = int(str(event["seq"])), str(event["body"])
        if self.seen.get(seq, body) != body:
            self.faults.append(f"seq {seq} is two messages")
        elif seq in self.seen:
            self.faults.append(f"seq {seq} came twice")
        elif seq != max(self.seen, default=0) + 1:
            self.faults.append(f"seq {seq} after {max(self.seen, default=0)}")
        self.seen[seq] = body
