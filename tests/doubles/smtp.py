"""A double of a mail server: it takes mail on loopback, or fails as a test tells it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

_BYE = b"QUIT"


@dataclass
class MailBox:
    """What the server took; `refuse` is the command that it does not take."""

    port: int = 0
    refuse: bytes = b""
    mails: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self) -> None:
        box: MailBox = self.server.box  # type: ignore[attr-defined]  # set below
        self._say(b"220 double")
        for line in self.rfile:
            verb = line.split()[0].upper() if line.split() else b""
            if verb == box.refuse:
                self._say(b"554 no")
            elif verb == b"DATA":
                self._say(b"354 go on")
                box.mails.append(_read(self._data()))
                self._say(b"250 taken")
            elif verb == _BYE:
                self._say(b"221 bye")
                return
            else:
                if verb == b"RCPT":
                    box.receivers.append(line.decode().partition("<")[2].partition(">")[0])
                self._say(b"250 double")

    def _data(self) -> bytes:
        data = b""
        for line in self.rfile:
            if line == b".\r\n":
                break
            data += line
        return data

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


def _read(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@contextmanager
def open_mail_box() -> Iterator[MailBox]:
    """Take mail while the block runs."""
    box = MailBox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as server:
        server.daemon_threads = True
        server.box = box  # type: ignore[attr-defined]  # for its handlers
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
