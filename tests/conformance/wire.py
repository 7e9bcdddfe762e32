"""A raw peer on the echo path: what it writes, how that is cut, and what comes back to the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import trio

from api.gateway.echo import ECHO_PATH
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from tests.builders_wire import client_frame, close_payload, server_frames
from tests.gateway.house import Gone, House, Peer, head, open_house, read_head

TEXT, BINARY, MORE = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION
PING, PONG, CLOSE = Opcode.PING, Opcode.PONG, Opcode.CLOSE

Frames = list[tuple[int, bytes]]
GOODBYE = client_frame(CLOSE, close_payload(CloseCode.NORMAL))


@asynccontextmanager
async def open_echo() -> AsyncIterator[House]:
    """Serve the echo path."""
    async with open_house(paths=frozenset({ECHO_PATH})) as house:
        yield house


async def knock(house: House) -> Peer:
    """Shake hands on the echo path; no subprotocol is offered, and none is chosen."""
    stream = await house.knock()
    stream.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NODELAY, 1)
    await stream.send_all(head(path=ECHO_PATH, protocols=None))
    peer = Peer(stream, Codec.JSON)
    answer, rest = await read_head(stream)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    assert b"sec-websocket-protocol" not in answer.lower()
    assert b"sec-websocket-extensions" not in answer.lower()
    peer.waiting, peer.data = server_frames(rest)
    return peer


def in_pieces(data: bytes, size: int) -> Iterable[bytes]:
    """Cut bytes as a bad network does."""
    return (data[at : at + size] for at in range(0, len(data), size))


async def told(house: House, data: bytes, *, cut: int = 0) -> Frames:
    """Write `data` on a connection of its own, and return all that came until the server hung up.

    A close frame is answered, as a peer has to; the last frame must be one, and nothing may follow.
    """
    peer = await knock(house)
    frames: Frames = []
    written = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(write, peer, data, cut, written)
        try:
            while True:
                frames.append(await peer.frame())
                if frames[-1][0] == CLOSE and not data.endswith(GOODBYE):
                    await written.wait()
                    await write(peer, GOODBYE, 0, trio.Event())
        except Gone:
            nursery.cancel_scope.cancel()
    peer.stream.socket.close()
    assert [opcode for opcode, _ in frames].count(CLOSE) == 1
    assert frames[-1][0] == CLOSE
    return frames


async def write(peer: Peer, data: bytes, cut: int, written: trio.Event) -> None:
    """Write until all is written, or the server has no ear for it any more."""
    with suppress(trio.BrokenResourceError):
        for piece in in_pieces(data, cut) if cut else (data,):
            await peer.send_raw(piece)
            await trio.lowlevel.checkpoint()
    written.set()


def ending(frames: Frames) -> int:
    """Return the code of the close frame at the end."""
    return int.from_bytes(frames[-1][1][:2], "big")
