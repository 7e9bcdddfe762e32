"""The gateway: accepts, shakes hands, greets, and hands the connection to its session."""

from __future__ import annotations

import errno
import random
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import trio

from actors.node import Node
from actors.session import Session
from api.auth.guards import check_old_enough
from api.auth.tokens import Claims, Verifier
from api.gateway.connection import Connection
from api.gateway.echo import ECHO_PATH, Echo
from api.gateway.greeting import EarlyLine, Greeting
from api.gateway.handshake import Doorman, Entry
from api.gateway.hub import Hub
from api.gateway.visitors import Visitors
from api.observe.logging import get_logger, where
from engine.errors import Forbidden, Outage, Refused, Unauthenticated
from engine.limits import (
    ACCEPT_BACKLOG,
    CLOSE_WITHIN_S,
    CONNECTIONS_MAX,
    DRAIN_SPREAD_MS,
    HANDSHAKE_WITHIN_S,
    HANDSHAKES_MAX,
    HEARTBEAT_S,
    HELLO_ROOMS_MAX,
    HELLO_WITHIN_S,
)
from engine.ports.accounts import Accounts
from engine.ports.meter import Meter
from engine.ports.rooms import RoomDirectory
from engine.wire import frames as wire
from engine.wire.close_codes import CloseCode
from engine.wire.codec import encode, ok, refusal

_log = get_logger("gateway")

# Sockets taken from the kernel between two looks at the rest of the process.
_ACCEPTS_PER_PASS = 64
_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """What a gateway is built from."""

    node: Node
    accounts: Accounts
    directory: RoomDirectory
    verifier: Verifier
    doorman: Doorman
    meter: Meter
    now_ms: Callable[[], int]
    fresh_id: Callable[[], str]
    visitors: Visitors = field(default_factory=partial(Visitors, trust_loopback=False))


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; raises OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(ACCEPT_BACKLOG)
    listener.setblocking(False)
    return listener


class Gateway:
    """All WebSockets of one process."""

    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts
        self.hub = Hub(parts.node.turns)
        self._shaking = 0
        self._draining = False
        self._door = trio.CancelScope()

    async def serve(
        self,
        listener: socket.socket,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until cancelled; `drain` first lets clients leave in peace."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.hub.read)
                nursery.start_soon(self.hub.write)
                nursery.start_soon(self.hub.sweep)
                nursery.start_soon(self._accept, listener, nursery)
                task_status.started()
        finally:
            for connection in self.hub.connections():
                connection.drop()
            self.hub.close()

    async def drain(self, finish_mail: Callable[[], Awaitable[None]]) -> None:
        """Close the door, tell everybody to move, finish their mail, then close with 4000."""
        self._draining = True
        self._door.cancel()
        for session in self._parts.node.people.everybody():
            wait_ms = random.randint(0, DRAIN_SPREAD_MS)  # noqa: S311  # jitter, not a secret
            fields: wire.Fields = {"ev": "session.draining", "retry_after_ms": wait_ms}
            session.show(encode(session.codec, fields))
        await finish_mail()
        for connection in self.hub.connections():
            connection.close(CloseCode.DRAINING, "draining")
        with trio.move_on_after(CLOSE_WITHIN_S):
            await self.hub.wait_empty()

    # --- one connection ------------------------------------------------------------------

    async def _accept(self, listener: socket.socket, nursery: trio.Nursery) -> None:
        with listener, self._door:
            while True:
                await trio.lowlevel.wait_readable(listener)
                for _ in range(_ACCEPTS_PER_PASS):
                    try:
                        sock, address = listener.accept()
                    except BlockingIOError:
                        break
                    except OSError as exc:
                        if exc.errno in _OUT_OF_FILES:
                            await trio.sleep(0.1)
                        break
                    if not self._has_room():
                        sock.close()
                        self._parts.meter.count("handshakes_refused_total", reason="full")
                        continue
                    name = self._parts.visitors.enter(address[0])
                    if name is None:
                        sock.close()
                        self._parts.meter.count("handshakes_refused_total", reason="address")
                        continue
                    self._shaking += 1
                    nursery.start_soon(self._visit, sock, address[0], name)

    def _has_room(self) -> bool:
        full = self._shaking >= HANDSHAKES_MAX or len(self.hub) >= CONNECTIONS_MAX
        return not (full or self._draining)

    async def _visit(self, sock: socket.socket, address: str, name: str) -> None:
        names = [name]

        def admit(entry: Entry) -> bool:
            behind = self._parts.visitors.enter_behind(address, entry.forwarded)
            if behind is None:
                self._parts.meter.count("handshakes_refused_total", reason="address")
                return False
            names.append(behind)
            return True

        try:
            await self._welcome(sock, admit)
        finally:
            for one in names:
                self._parts.visitors.leave(one)

    async def _welcome(self, sock: socket.socket, admit: Callable[[Entry], bool]) -> None:
        """Bring one client from TCP to a session; this task then ends and the hub goes on."""
        connection: Connection | None = None
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            entry = await self._shake(sock)
            if entry is None or not admit(entry):
                sock.close()
            elif entry.path == ECHO_PATH:
                echo = Echo()
                connection = echo.connection = Connection(sock, self.hub, echo)
            else:
                greeting = Greeting(entry.codec)
                connection = greeting.connection = Connection(sock, self.hub, greeting)
                await self._greet(connection, greeting, entry)
        except Exception as exc:  # noqa: BLE001  # one client's trouble is not the others'
            _log.error("welcome_failed", error=type(exc).__name__, where=where(exc))
            if connection is None:
                sock.close()
            else:  # the hub knows it and has to forget it
                connection.close(CloseCode.INTERNAL_RESTART)
        except BaseException:
            if connection is None:
                sock.close()
            else:
                connection.drop()
            raise
        finally:
            self._shaking -= 1

    async def _shake(self, sock: socket.socket) -> Entry | None:
        with trio.move_on_after(HANDSHAKE_WITHIN_S):
            return await self._parts.doorman.admit(sock)
        return None

    async def _greet(self, connection: Connection, greeting: Greeting, entry: Entry) -> None:
        hello: wire.Hello | None = None
        with trio.move_on_after(HELLO_WITHIN_S) as patience:
            hello = await greeting.hello()
        if patience.cancelled_caught:
            connection.close(CloseCode.SESSION_EXPIRED, "no hello in time")
        if hello is None:
            return
        if self._draining:
            connection.close(CloseCode.DRAINING, "draining")
            return
        try:
            claims = self._parts.verifier.verify(hello.token, now_ms=self._parts.now_ms())
            await self._enter(connection, entry, hello, claims)
        except Forbidden as why:
            connection.send(refusal(entry.codec, hello.id, why))
            connection.close(CloseCode.BANNED, "banned or erased")
        except Unauthenticated as why:
            connection.send(refusal(entry.codec, hello.id, why))
            connection.close(CloseCode.BAD_TOKEN, "bad or revoked token")
        except Refused as why:
            connection.send(refusal(entry.codec, hello.id, why))
            connection.close(CloseCode.BAD_TOKEN, "refused")
        except Outage as why:
            connection.send(refusal(entry.codec, hello.id, why))
            connection.close(CloseCode.INTERNAL_RESTART, "come back")

    async def _enter(
        self, connection: Connection, entry: Entry, hello: wire.Hello, claims: Claims
    ) -> None:
        parts = self._parts
        now_ms = parts.now_ms()
        account = await parts.accounts.account_of(claims.device, claims.account)
        check_old_enough(account, parts.node.policy, now_ms=now_ms)
        if connection.ending:
            return
        # It enters before its rooms are read, so that no match falls between, and no signing out.
        early = EarlyLine(connection)
        session = Session(
            early,
            entry.codec,
            claims.account,
            claims.device,
            parts.node,
            premium=account.premium,
        )
        parts.node.people.enter(claims.account, session)
        try:
            # At this moment's time: a match that has been told since the hello came is listed.
            marks = await parts.directory.marks(
                claims.account, now_ms=parts.now_ms(), limit=HELLO_ROOMS_MAX
            )
        except BaseException:
            session.end()
            raise
        if connection.ending:
            session.end()
            return
        fields: wire.Fields = {
            "session": parts.fresh_id(),
            "heartbeat_s": int(HEARTBEAT_S),
            "server_time": now_ms,
            "rooms": [
                {"room": one.room, "epoch": one.epoch, "seq": one.seq, "read": one.read}
                for one in marks
            ],
        }
        connection.send(ok(entry.codec, hello.id, fields))
        early.release()
        session.move(connection)
        left_s = (claims.expires_at_ms - now_ms) / 1000
        connection.hand_over(session, expires_s=trio.current_time() + left_s)
        parts.meter.count("sessions_opened_total", codec=entry.codec.value)
