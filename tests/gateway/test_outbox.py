"""What may wait for one client (I1, I10, row 1): so many bytes, at every moment."""

from __future__ import annotations

from typing import Any, cast

from api.gateway.connection import Connection
from engine.limits import OUTBOX_BYTES_MAX, OUTBOX_EPHEMERAL_BYTES_MAX
from engine.wire.websocket import Opcode
from tests.actors.world import on_test_clock
from tests.builders_wire import client_frame, server_frames
from tests.sim.sockets import SimHub, SimSocket

_CAPACITY = 4_096
_FRAME = b"\x82\x7e\x10\x00" + b"x" * 4_096


class Listener:
    """Remembers what it was told."""

    full = False

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ended = False

    def receive(self, opcode: int, data: bytes) -> None:
        """Keep a message."""
        del opcode
        self.heard.append(data)

    def end(self) -> None:
        """Be told of the end."""
        self.ended = True


def connected() -> tuple[SimSocket, Connection, Listener]:
    """Connect a client that reads nothing by itself."""
    sock, listener = SimSocket(1, capacity=_CAPACITY), Listener()
    return sock, Connection(cast(Any, sock), SimHub(), listener), listener


def waiting(connection: Connection) -> int:
    """Count the bytes that are kept for the client."""
    return sum(map(len, connection._queue)) + len(connection._rest)


@on_test_clock
async def test_a_client_that_does_not_read_is_cut_off_in_the_midst_of_a_tick() -> None:
    """However much is said within one tick, no more than the bound is ever kept."""
    sock, connection, listener = connected()
    for _ in range(3 * OUTBOX_BYTES_MAX // len(_FRAME)):
        connection.send(_FRAME)
        assert waiting(connection) <= OUTBOX_BYTES_MAX + 2 * len(_FRAME)
    assert connection.ending
    assert listener.ended
    assert sock.take() == _FRAME[:_CAPACITY]


@on_test_clock
async def test_what_waits_for_who_is_cut_off_is_given_back() -> None:
    _, connection, _ = connected()
    for _ in range(2 * OUTBOX_BYTES_MAX // len(_FRAME)):
        connection.send(_FRAME)
        connection.flush()
    assert connection.ending
    assert waiting(connection) <= 2 * len(_FRAME)


@on_test_clock
async def test_what_is_ephemeral_is_dropped_first() -> None:
    sock, connection, _ = connected()
    sent = 2 * OUTBOX_EPHEMERAL_BYTES_MAX // len(_FRAME)
    for _ in range(sent):
        connection.send_ephemeral(_FRAME)
    assert waiting(connection) <= OUTBOX_EPHEMERAL_BYTES_MAX
    connection.send(_FRAME)  # what is durable still has its place
    got = b""
    while waiting(connection):
        connection.writable()
        got += sock.take() or b""
    frames, rest = server_frames(got)
    assert rest == b""
    assert 1 < len(frames) <= OUTBOX_EPHEMERAL_BYTES_MAX // len(_FRAME) + 1
    assert not connection.ending


@on_test_clock
async def test_who_does_not_read_answers_is_not_asked_for_more() -> None:
    sock, connection, listener = connected()
    sock.write(client_frame(Opcode.TEXT, b"{}") * 2)
    connection.readable()
    assert len(listener.heard) == 2
    while waiting(connection) <= OUTBOX_EPHEMERAL_BYTES_MAX:
        connection.send(_FRAME)
    sock.write(client_frame(Opcode.TEXT, b"{}") * 2)
    connection.readable()
    assert len(listener.heard) == 3  # the one that shows that it is too much
    while waiting(connection):
        connection.writable()
        sock.take()
    assert len(listener.heard) == 4
    assert not connection.ending
