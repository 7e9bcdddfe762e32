"""The line of a client: it connects, follows, and comes back, for ever."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from functools import partial
from typing import Any, Protocol

import msgpack
import msgspec
from websockets.speedups import apply_mask

from engine.ids import AccountId, DeviceId, RoomId
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from tests.builders_wire import MASK, client_frame, close_payload, server_frames
from tests.sim.agenda import Agenda
from tests.sim.bonds import Bonds
from tests.sim.checkers import Truth
from tests.sim.people import Person
from tests.sim.sockets import SimSocket

_SILENCE_S = 70.0  # the server pings every 25 s: a client that hears nothing comes again
_decode_json = msgspec.json.Decoder(dict[str, Any])


class Place(Protocol):
    """What a client needs of its world."""

    truth: Truth
    bonds: Bonds
    agenda: Agenda

    def fail(self, what: str) -> None:
        """Note a broken promise."""

    def dial(self, codec: Codec) -> SimSocket | None:
        """Connect; None where nobody listens."""

    def token(self, account: AccountId, device: DeviceId) -> str:
        """Sign in by REST."""

    def rooms_of(self, account: AccountId) -> list[RoomId]:
        """List the rooms of a person by REST."""

    @property
    def must_look(self) -> bool:
        """Whether a client may have missed an event, as where there is another process."""

    def record(self, who: str, said: bytes) -> None:
        """Put into the history what somebody was told."""


class Line(ABC):
    """The connection of one device of a person."""

    def __init__(
        self, place: Place, person: Person, device: DeviceId, name: str, rng: random.Random
    ) -> None:
        self.place = place
        self.person = person
        self.name = name
        self.rng = rng
        self.codec = rng.choice(list(Codec))
        self.sock: SimSocket | None = None
        self.greeted = False
        self.stopped_s = 0.0  # it reads nothing before this
        self.connects = 0
        self._device = device
        self._token: str | None = None
        self._data = b""
        self._failures = 0
        self._latency_s = 0.0
        self._heard_s = 0.0
        self._taking = False  # it will look at what has come

    # --- the line ------------------------------------------------------------------------

    def dial(self) -> None:
        """Connect, follow, and come back, for ever."""
        sock = self.sock = self.place.dial(self.codec)
        if sock is None:
            self._down()
            return
        self.connects += 1
        self._taking = False
        self._heard_s = self.place.agenda.now_s
        self._latency_s = self.rng.choice((0.0, 0.02, 0.04, 0.2))
        sock.arrived = partial(self._arrived, sock)
        if self._token is None:
            self._token = self.place.token(self.person.account, self._device)
        self._greet(self._token)
        self.place.agenda.after(_SILENCE_S, partial(self._doubt, sock))

    def _arrived(self, sock: SimSocket) -> None:
        if sock is self.sock and not self._taking:
            self._taking = True
            wait_s = max(self._latency_s, self.stopped_s - self.place.agenda.now_s)
            self.place.agenda.after(wait_s, partial(self._take, sock))

    def _take(self, sock: SimSocket) -> None:
        if sock is not self.sock:
            return
        self._taking = False
        data = sock.take()
        if data is None:
            return
        if not data:
            self.hang_up()
            return
        self._heard_s = self.place.agenda.now_s
        data = self._data + data if self._data else data
        self.place.record(self.name, data)
        self.place.truth.secrets(self.name, data)
        self.place.bonds.shown(self.name, self.person.account, data)
        frames, self._data = server_frames(data)
        for opcode, payload in frames:
            if self._frame(sock, opcode, payload):
                self._taking = True  # no more
                self.place.agenda.after(self._latency_s, partial(self._leave, sock))
                return

    def _leave(self, sock: SimSocket) -> None:
        if sock is self.sock:
            self.hang_up()

    def _doubt(self, sock: SimSocket) -> None:
        """The server pings: nobody who hears nothing for long is connected."""
        if sock is self.sock:
            silent_s = self.place.agenda.now_s - max(self._heard_s, self.stopped_s)
            if silent_s >= _SILENCE_S:
                self.hang_up()
            else:
                left_s = max(1.0, _SILENCE_S - silent_s)
                self.place.agenda.after(left_s, partial(self._doubt, sock))

    def hang_up(self) -> None:
        """Notice that the connection is gone, without waiting for the server's word."""
        if self.sock is not None:
            self.sock.hang_up()
            self._down()

    def _down(self) -> None:
        self._failures += 1
        most_s = min(0.25 * 2**self._failures, 10.0)
        self.place.agenda.after(self.rng.uniform(0.05, most_s), self.dial)
        self.sock, self.greeted = None, False
        self._data = b""
        self._lost()

    def _frame(self, sock: SimSocket, opcode: int, payload: bytes) -> bool:
        """Take one frame; True when it is the last."""
        if opcode == Opcode.PING:
            sock.write(client_frame(Opcode.PONG, payload))
        elif opcode == Opcode.CLOSE:
            self._closed(int.from_bytes(payload[:2], "big"))
            sock.write(client_frame(Opcode.CLOSE, close_payload(1000)))
            return True
        else:
            text = self.codec is Codec.JSON
            said = _decode_json.decode(payload) if text else msgpack.unpackb(payload)
            self._said(said)
        return False

    def _closed(self, code: int) -> None:
        if code not in set(CloseCode):
            self.place.fail(f"{self.name} was closed with {code}")
        if code in {CloseCode.SESSION_EXPIRED, CloseCode.BAD_TOKEN, CloseCode.REPLACED}:
            self._token = None
        if code == CloseCode.PROTOCOL_ABUSE:
            self.place.fail(f"{self.name} follows the protocol and was closed for abuse")

    def put(self, fields: dict[str, object]) -> None:
        """Send one frame."""
        assert self.sock is not None
        if self.codec is Codec.JSON:
            opcode, data = Opcode.TEXT, msgspec.json.encode(fields)
        else:
            opcode, data = Opcode.BINARY, msgpack.packb(fields)
        head = client_frame(opcode, size=len(data))
        self.sock.write(head + apply_mask(data, MASK))

    @abstractmethod
    def _greet(self, token: str) -> None:
        """Say hello."""

    @abstractmethod
    def _lost(self) -> None:
        """Forget what was under way."""

    @abstractmethod
    def _said(self, said: dict[str, Any]) -> None:
        """Take an answer or an event."""
