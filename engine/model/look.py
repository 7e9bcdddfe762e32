"""What operators do with somebody's data: each look is a link of a chain that only grows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from engine.errors import BadRequest
from engine.limits import LOOK_CHARS_MAX

# Before the first link.
NO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, from where, and why; raises BadRequest where one of them is not said."""

    operator: str
    place: str
    reason: str

    def __post_init__(self) -> None:
        for said in (self.operator, self.place, self.reason):
            if not (0 < len(said.strip()) <= LOOK_CHARS_MAX and said.isprintable()):
                raise BadRequest(
                    f"say who looks, from where and why, in 1 to {LOOK_CHARS_MAX} characters each"
                )


@dataclass(frozen=True, slots=True)
class LoggedLook:
    """One link: what was done to whose data. `subject` names people and things to the server."""

    number: int
    at: int  # ms
    look: Look
    subject: str
    deed: str
    digest: bytes


def link(before: LoggedLook | None, look: Look, subject: str, deed: str, *, at: int) -> LoggedLook:
    """Return the link that follows another one."""
    number = 1 if before is None else before.number + 1
    digest = NO_DIGEST if before is None else before.digest
    said = [number, at, look.operator, look.place, look.reason, subject, deed]
    return LoggedLook(
        number, at, look, subject, deed, sha256(digest + json.dumps(said).encode()).digest()
    )


def first_broken(before: LoggedLook | None, links: Sequence[LoggedLook]) -> int | None:
    """Return the number of the first link that does not follow from the one before it."""
    for one in links:
        if one != link(before, one.look, one.subject, one.deed, at=one.at):
            return one.number
        before = one
    return None
