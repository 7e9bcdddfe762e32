"""The listening sockets of a process, taken before anything slow is started."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from api.gateway.gateway import listen
from api.roles import Role
from api.setting_values import SettingsError, host_in_url
from api.settings import Settings
from engine.limits import ANSWER_READ_WITHIN_S


@dataclass(frozen=True, slots=True)
class Doors:
    """A socket for each edge of the role, and the address a person opens."""

    http: socket.socket | None
    ws: socket.socket | None
    address: str

    def name_ports(self, settings: Settings) -> Settings:
        """Return the settings with the ports that 0 stood for."""
        if self.http is not None:
            settings = replace(settings, http_port=self.http.getsockname()[1])
        if self.ws is not None:
            settings = replace(settings, ws_port=self.ws.getsockname()[1])
        return settings


@contextmanager
def open_doors(settings: Settings, role: Role) -> Iterator[Doors]:
    """Listen; raises SettingsError in one line where a port is taken or not allowed."""
    with ExitStack() as stack:
        http = ws = None
        if role.web:
            http = stack.enter_context(_door(settings, settings.http_port, "GLIMPSE_HTTP_PORT"))
            drop_who_does_not_read(http, within_s=ANSWER_READ_WITHIN_S)
        if role.realtime:
            ws = stack.enter_context(_door(settings, settings.ws_port, "GLIMPSE_WS_PORT"))
        yield Doors(http, ws, _address(settings.bind, http, ws))


def drop_who_does_not_read(listener: socket.socket, *, within_s: float) -> None:
    """Have the kernel end each connection whose peer takes nothing of what was sent for so long.

    hypercorn waits for a reader without an end, shielded from whoever would end it. The gateway
    needs no such help: nothing there waits for a socket.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted sockets have it from the listener
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(within_s * 1000))


def _address(bind: str, http: socket.socket | None, ws: socket.socket | None) -> str:
    door, scheme = (http, "http") if http is not None else (ws, "ws")
    assert door is not None, "every role has a door"
    return f"{scheme}://{host_in_url(bind)}:{door.getsockname()[1]}"


def _door(settings: Settings, port: int, name: str) -> socket.socket:
    try:
        return listen(settings.bind, port)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise SettingsError(f"port {port} is taken; set {name} to another one") from None
        raise SettingsError(f"{settings.bind} port {port} ({name}): {exc.strerror}") from None
