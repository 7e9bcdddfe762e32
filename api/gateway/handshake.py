"""The opening handshake: trio-websocket speaks HTTP over a stream of ours, then lets go of it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

import trio
import trio_websocket

from engine.limits import CLIENT_FRAME_BYTES_MAX, HANDSHAKE_BYTES_MAX
from engine.wire.codec import Codec

_HEAD_END = b"\r\n\r\n"
_READ_BYTES = 4_096
WEBSOCKET_PATH = "/v1/ws"


class HandshakeStream(trio.abc.Stream):
    """Gives a reader the request's head and nothing behind it; the socket stays ours.

    trio-websocket's reader asks for more after the head: it gets none, so whatever a client sends
    early is still there for the session when the handshake's nursery has been cancelled.
    """

    def __init__(self, sock: socket.socket, on_end: Callable[[], None]) -> None:
        self._sock = sock
        self._on_end = on_end
        self._head = bytearray()
        self._complete = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return bytes of the head; when it is complete, wait for ever."""
        del max_bytes
        if self._complete:
            await trio.sleep_forever()
        await trio.lowlevel.wait_readable(self._sock)
        try:
            # Look first: what lies behind the head has to stay in the kernel's buffer.
            seen = self._sock.recv(_READ_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            return await self.receive_some()
        except OSError as exc:
            self._on_end()
            raise trio.BrokenResourceError from exc
        before = max(0, len(self._head) - len(_HEAD_END) + 1)
        end = (self._head + seen).find(_HEAD_END, before)
        self._complete = end >= 0
        take = end + len(_HEAD_END) - len(self._head) if self._complete else len(seen)
        data = self._sock.recv(take)
        self._head += data
        if not data or len(self._head) > HANDSHAKE_BYTES_MAX:
            self._on_end()
            raise trio.BrokenResourceError("the handshake ended early or is too long")
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send the answer of the handshake."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._sock.send(rest) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._sock)
            except OSError as exc:
                self._on_end()
                raise trio.BrokenResourceError from exc

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until the socket takes bytes."""
        await trio.lowlevel.wait_writable(self._sock)

    async def aclose(self) -> None:
        """trio-websocket gives the connection up: the handshake has failed."""
        self._on_end()
        await trio.lowlevel.checkpoint()


@dataclass(frozen=True, slots=True)
class Entry:
    """What a client asked for, granted."""

    path: str
    codec: Codec
    forwarded: tuple[str, ...] = ()  # what a proxy says of where it came from


@dataclass(frozen=True, slots=True)
class Doorman:
    """Who may connect: from which origins, to which paths."""

    origins: frozenset[str]
    paths: frozenset[str]

    async def admit(self, sock: socket.socket) -> Entry | None:
        """Shake hands; None when the client was refused or has gone."""
        entry: Entry | None = None
        async with trio.open_nursery() as nursery:
            stream = HandshakeStream(sock, nursery.cancel_scope.cancel)
            request = await trio_websocket.wrap_server_stream(
                nursery, stream, max_message_size=CLIENT_FRAME_BYTES_MAX
            )
            entry = await self._judge(request)
            nursery.cancel_scope.cancel()
        return entry

    async def _judge(self, request: trio_websocket.WebSocketRequest) -> Entry | None:
        path = request.path.partition("?")[0]
        if path not in self.paths:
            await request.reject(404, body=b"not found")
            return None
        origins = _values(request, b"origin")
        if origins and (len(origins) > 1 or origins[0] not in self.origins):
            await request.reject(403, body=b"origin not allowed")
            return None
        offered = request.proposed_subprotocols
        codec = next((one for one in Codec if one.value in offered), None)
        if offered and codec is None:
            await request.reject(400, body=b"unknown subprotocol")
            return None
        await request.accept(subprotocol=codec.value if codec else None)
        return Entry(path, codec or Codec.JSON, _values(request, b"x-forwarded-for"))


def _values(request: trio_websocket.WebSocketRequest, wanted: bytes) -> tuple[str, ...]:
    return tuple(
        value.decode("latin-1") for name, value in request.headers if name.lower() == wanted
    )
