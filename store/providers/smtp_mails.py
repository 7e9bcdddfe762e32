"""Mail over SMTP, in threads of its own, within a bounded time and without a second try."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage

from engine.errors import Unavailable
from engine.limits_outside import MAIL_CALL_S_MAX, MAIL_SOCKET_S_MAX, MAIL_THREADS_MAX
from store.threads import Threads


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    secure: bool = True  # STARTTLS, with a certificate that fits the host


class SmtpMails:
    """Hands mail to a server; engine.ports.mails.Mails. Nothing of it is kept or logged here."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._threads = Threads(
            "the mail server does not answer", MAIL_THREADS_MAX, MAIL_CALL_S_MAX
        )
        self._trust = ssl.create_default_context()

    async def send(self, mail: str, subject: str, text: str, *, code: str) -> None:
        """Send a text to an address; raises Unavailable."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._server.sender, mail, subject
        # No robot answers it, and no holiday note either.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        await self._threads.run(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        server = self._server
        try:
            with smtplib.SMTP(server.host, server.port, timeout=MAIL_SOCKET_S_MAX) as smtp:
                if server.secure:
                    smtp.starttls(context=self._trust)
                if server.user:
                    smtp.login(server.user, server.password)
                smtp.send_message(message)
        except (smtplib.SMTPException, OSError):
            raise Unavailable("the mail server does not take the message") from None
