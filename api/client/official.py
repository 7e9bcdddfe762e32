"""Written by `python -m api.sdk`, not by hand: the calls of official."""

from __future__ import annotations

from msgspec import Struct

from api.client.call import Call, path


class MailRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to send a code."""

    mail: str


class MailSent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long the code is good, in seconds: the same whoever has the address already."""

    expires_in: int


def send_mail_code(group: str, body: MailRequest) -> Call[MailSent]:
    """Send a code to an address of the group's domain; joining with it proves that it is
    one's."""
    return Call("POST", path("/v1/groups/{}/proofs/mail", group), MailSent, status=202, body=body)
