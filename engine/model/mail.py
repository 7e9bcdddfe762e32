"""Mail addresses: one written form, and which of them are the same box."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import BadRequest

# As a mail server takes it in a line of its own: 64 and 255 of RFC 5321, ASCII alone, no quoting.
# What is not in here (a blank, a line break, a second @) cannot be smuggled into a header.
_LOCAL = re.compile(r"[a-z0-9_%+-]+(\.[a-z0-9_%+-]+)*\Z")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+\Z")
_LOCAL_CHARS_MAX, _DOMAIN_CHARS_MAX = 64, 253


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address; made by `read_mail`."""

    written: str  # to send to
    box: str  # who reads it: the same for all tags behind a plus
    domain: str


def read_mail(text: str) -> MailAddress:
    """Return an address in its one form; raises BadRequest."""
    local, at, domain = text.strip().lower().rpartition("@")
    known = at and _LOCAL.match(local) and len(local) <= _LOCAL_CHARS_MAX
    # A tag alone names no box.
    name = local.partition("+")[0]
    if not known or not name:
        raise BadRequest("this is not a mail address")
    read_domain(domain)
    return MailAddress(f"{local}@{domain}", f"{name}@{domain}", domain)


def read_domain(text: str) -> str:
    """Return a domain in its one form; raises BadRequest."""
    domain = text.strip().lower()
    if len(domain) > _DOMAIN_CHARS_MAX or not _DOMAIN.match(domain):
        raise BadRequest("this is not the domain of a mail address")
    return domain
