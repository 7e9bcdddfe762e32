"""Mail over SMTP, against a double on loopback."""

from __future__ import annotations

import socket

import pytest

from engine.errors import Unavailable
from store.providers.smtp_mails import MailServer, SmtpMails
from tests.doubles.smtp import open_mail_box

MAIL = "kim@snu.ac.kr"


def to(port: int, *, secure: bool = False, user: str = "") -> SmtpMails:
    return SmtpMails(
        MailServer("127.0.0.1", port, "hello@glimpse.kr", user, "hunter5", secure=secure)
    )


async def test_a_mail_arrives_as_it_was_written() -> None:
    with open_mail_box() as box:
        await to(box.port).send(MAIL, "인증번호", "코드 123456\n", code="123456")
    (mail,) = box.mails
    assert box.receivers == [MAIL]
    assert (mail["To"], mail["From"], mail["Subject"]) == (MAIL, "hello@glimpse.kr", "인증번호")
    assert mail.get_content().strip() == "코드 123456"


@pytest.mark.parametrize("refuse", [b"MAIL", b"RCPT", b"DATA"])
async def test_a_server_that_refuses_is_an_outage_that_names_nobody(refuse: bytes) -> None:
    with open_mail_box() as box:
        box.refuse = refuse
        with pytest.raises(Unavailable) as told:
            await to(box.port).send(MAIL, "code", "text", code="123456")
    assert not {MAIL, "123456", "hunter5"} & set(str(told.value).split())
    assert told.value.__suppress_context__


async def test_nothing_is_said_to_a_server_without_tls_unless_it_may_be() -> None:
    with open_mail_box() as box, pytest.raises(Unavailable):
        await to(box.port, secure=True, user="glimpse").send(MAIL, "code", "text", code="1")
    assert (box.mails, box.receivers) == ([], [])


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable):
            await to(free.getsockname()[1]).send(MAIL, "code", "text", code="1")


async def test_no_line_break_reaches_a_header() -> None:
    with open_mail_box() as box, pytest.raises(ValueError, match="Header"):
        await to(box.port).send("kim@snu.ac.kr\nBcc: all@snu.ac.kr", "code", "text", code="1")
    assert box.mails == []


def test_the_password_is_not_shown() -> None:
    assert "hunter5" not in repr(MailServer("h", 1, "s", "u", "hunter5"))
