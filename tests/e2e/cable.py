"""A network cable: a TCP proxy of loopback that can be pulled out and plugged in again.

Pulled, it forwards nothing and closes nothing, as a dead link does: both ends find out alone.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

_CHUNK = 65_536
_CONNECTIONS_MAX = 64


class Cable:
    """Forwards every connection to one port until it is pulled."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_CONNECTIONS_MAX)
        self.port = int(self._listener.getsockname()[1])
        self._plugged = threading.Event()
        self._plugged.set()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """Cut: what is under way is lost, nobody is told."""
        self._plugged.clear()

    def plug(self) -> None:
        """Connect again; the connections from before are dead."""
        dead, self._sockets = self._sockets, []
        for sock in dead:
            _end(sock)
        self._plugged.set()

    def close(self) -> None:
        """Take it away."""
        _end(self._listener)
        self.plug()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._plugged.is_set() or len(self._sockets) >= _CONNECTIONS_MAX:
                _end(client)
                continue
            try:
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                _end(client)
                continue
            server.settimeout(None)
            self._sockets += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if not self._plugged.is_set():
                    return  # Into the void: neither end hears of it.
                sink.sendall(data)
        if self._plugged.is_set():
            _end(source)
            _end(sink)


def _end(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
