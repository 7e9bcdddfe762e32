"""What every server measured here must be able to say: join, send, and four kinds of answers.

A dialect does no I/O. `join` is a script: it yields bytes to send (or nothing) and is given the
next payload that came, until it returns the last `seq` of the room it joined.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from bench.load.frames import Opcode

# Yields a payload to send (empty: only wait), receives the next payload, returns the room's seq.
Script = Generator[bytes, bytes, int]


class RefusedByServerError(Exception):
    """The server answered, and the answer was no."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One client to be: who it is, and the room it sits in (none: it only connects)."""

    token: str
    room: str


# Structs, not dataclasses: one is made for each frame, and a frozen dataclass takes 0.6 µs.
class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One message of the room, as it reached one client."""

    seq: int
    body: str


class Step(msgspec.Struct, frozen=True, gc=False):
    """A durable event that is no message: it takes a seq and nothing else."""

    seq: int


class Ack(msgspec.Struct, frozen=True, gc=False):
    """The reply to a send; `ref` is the number of the message."""

    ref: int
    seq: int


class Answer(msgspec.Struct, frozen=True, gc=False):
    """The dialect itself wants these bytes sent back (a heartbeat above WebSocket)."""

    payload: bytes


class Trouble(msgspec.Struct, frozen=True, gc=False):
    """Something that must not come during a run, in words."""

    text: str


Heard = Delivery | Step | Ack | Answer | Trouble | None


class Dialect(Protocol):
    """One wire protocol above WebSocket."""

    name: str
    path: str
    subprotocol: str
    opcode: Opcode

    def join(self, seat: Seat) -> Script:
        """Come in and take the seat."""

    def say(self, seat: Seat, *, number: int, cid: str, body: str) -> bytes:
        """Return the payload that sends `body` to the room and asks for an ack with `number`."""

    def hear(self, payload: bytes) -> Heard:
        """Say what one payload means; None for what a reader may ignore."""
