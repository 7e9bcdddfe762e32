"""One HTTP/1.1 connection: h11 reads and writes, the application is called in the same task.

h11 keeps to the protocol (what a request is, how a body is framed, whether a connection can go on);
here is only when bytes are read and written. An answer that is whole leaves in one write.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import unquote

import h11
import trio
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveEvent,
    ASGISendEvent,
    ConnectionState,
    HTTPScope,
)

from api.observe.logging import get_logger, where
from engine.limits_outside import HTTP_HEAD_BYTES_MAX, HTTP_LINGER_S

READ_BYTES = 65_536
NO_ANSWER = 500
# These have a head only, whatever the application sends after it.
BODILESS = frozenset({204, 304})

_log = get_logger("rest")


class Line:
    """A connection, and what h11 knows of it."""

    def __init__(
        self,
        app: ASGIFramework,
        stream: trio.SocketStream,
        *,
        idle_s: float,
        now_s: Callable[[], float],
    ) -> None:
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=HTTP_HEAD_BYTES_MAX)
        self._app = app
        self._stream = stream
        self._idle_s = idle_s
        self._now_s = now_s
        self._client = _address(stream.socket.getpeername())
        self._server = _address(stream.socket.getsockname())
        self._idle = trio.CancelScope()
        self._over = False  # nothing more comes, or nothing more shall
        self._cut = False  # something was sent up to nobody knows where

    def end(self) -> None:
        """End it as soon as no call is under way."""
        self._over = True
        self._idle.cancel()

    async def run(self) -> None:
        """Answer one call after the other, until either side is done."""
        try:
            while await self._answer_one():
                pass
            await self._linger()
        finally:
            await trio.aclose_forcefully(self._stream)

    async def read(self) -> None:
        """Hand over to h11 what comes next; nothing means that they have gone."""
        try:
            data = await self._stream.receive_some(READ_BYTES)
        except trio.BrokenResourceError:
            data = b""
        self._over = self._over or not data
        self.http.receive_data(bytes(data))

    async def write(self, *events: h11.Event) -> None:
        """Send what these events are on the wire, in one piece; who has gone misses it."""
        data = b"".join([self.http.send(event) or b"" for event in events])
        self._cut = True
        try:
            await self._stream.send_all(data)
        except trio.BrokenResourceError:
            return
        self._cut = False

    def head(self, status: int, headers: list[tuple[bytes, bytes]]) -> h11.Response:
        """Return the head of an answer."""
        date = formatdate(self._now_s(), usegmt=True).encode()
        return h11.Response(status_code=status, headers=[*headers, (b"date", date)])

    async def _answer_one(self) -> bool:
        """Answer the next call; False when the connection is over."""
        try:
            with trio.CancelScope(deadline=trio.current_time() + self._idle_s) as self._idle:
                request = await self._next_request()
        except h11.RemoteProtocolError as error:
            await self._refuse(error.error_status_hint)
            return False
        if self._idle.cancelled_caught or request is None:
            return False
        call = _Call(self, request)
        try:
            await self._app(self._scope(request), call.receive, call.send)
        except Exception as error:  # noqa: BLE001  # a bug of one call ends one connection
            _log.error("failed", error=type(error).__name__, where=where(error))
        if not call.answered:
            await self._refuse(call.status_hint)
        if (
            self._over
            or self._cut
            or self.http.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}
        ):
            return False
        self.http.start_next_cycle()
        return True

    async def _next_request(self) -> h11.Request | None:
        while not self._over:
            event = self.http.next_event()
            if isinstance(event, h11.Request):
                return event
            if event is not h11.NEED_DATA:
                break
            await self.read()
        return None

    async def _refuse(self, status: int) -> None:
        if not self._cut and self.http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            headers = [(b"content-length", b"0"), (b"connection", b"close")]
            await self.write(self.head(status, headers), h11.EndOfMessage())

    async def _linger(self) -> None:
        """Say that this is the end, and read on a little: an answer is lost on who still sends."""
        with trio.move_on_after(HTTP_LINGER_S):
            try:
                await self._stream.send_eof()
                while await self._stream.receive_some(READ_BYTES):
                    pass
            except trio.BrokenResourceError:
                pass

    def _scope(self, request: h11.Request) -> HTTPScope:
        path, _, query = request.target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"spec_version": "2.1", "version": "3.0"},
            "http_version": request.http_version.decode(),
            "method": request.method.decode("ascii").upper(),
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": list(request.headers),
            "client": self._client,
            "server": self._server,
            "state": ConnectionState({}),
            "extensions": {},
        }


class _Call:
    """One call on a line, as the application sees it."""

    def __init__(self, line: Line, request: h11.Request) -> None:
        self.answered = False
        self.status_hint = NO_ANSWER
        self._line = line
        self._has_body = request.method != b"HEAD"
        self._head: h11.Response | None = None

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next part of the body; after the last one, wait until they have gone."""
        http = self._line.http
        while True:
            try:
                event = http.next_event()
            except h11.RemoteProtocolError as error:
                self.status_hint = error.error_status_hint
                return {"type": "http.disconnect"}
            if isinstance(event, h11.Data):
                return {"type": "http.request", "body": bytes(event.data), "more_body": True}
            if isinstance(event, h11.EndOfMessage):
                return {"type": "http.request", "body": b"", "more_body": False}
            if event is h11.PAUSED:
                await trio.sleep_forever()  # the next request is there and waits for this answer
            if event is not h11.NEED_DATA:
                return {"type": "http.disconnect"}
            if http.they_are_waiting_for_100_continue:
                await self._line.write(h11.InformationalResponse(status_code=100, headers=[]))
            await self._line.read()

    async def send(self, event: ASGISendEvent) -> None:
        """Send a part of the answer; its head waits for the first part of its body."""
        if event["type"] == "http.response.start":
            status, headers = event["status"], list(event["headers"])
            self._has_body = self._has_body and status not in BODILESS
            self._head = self._line.head(status, headers)
        elif event["type"] == "http.response.body":
            parts: list[h11.Event] = []
            if self._head is not None:
                parts.append(self._head)
                self._head, self.answered = None, True
            if self._has_body and event["body"]:
                parts.append(h11.Data(data=event["body"]))
            if not event["more_body"]:
                parts.append(h11.EndOfMessage())
            await self._line.write(*parts)


def _address(name: tuple[str, int]) -> tuple[str, int]:
    return name[0], name[1]
