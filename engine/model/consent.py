"""Consents: what a person agrees to, purpose by purpose, in words that have a version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadRequest, ConsentRequired


class Purpose(StrEnum):
    """What data is used for; one consent never stands for another."""

    TERMS = "terms"
    PRIVACY = "privacy"
    OVERSEAS = "overseas"
    LOCATION = "location"
    SENSITIVE = "sensitive"
    PUSH = "push"
    MARKETING = "marketing"


# What nobody can be served without; all else may be refused without being shut out.
REQUIRED = frozenset({Purpose.TERMS, Purpose.PRIVACY})

# The words that are shown now. Who agreed to older ones is asked again.
VERSIONS = dict.fromkeys(Purpose, 1)


@dataclass(frozen=True, slots=True)
class Consent:
    """What was said last of one purpose."""

    purpose: Purpose
    version: int
    granted: bool
    said_ms: int

    @property
    def holds(self) -> bool:
        """Whether it was given, to the words of now."""
        return self.granted and self.version == VERSIONS[self.purpose]


def check_saying(purpose: Purpose, version: int, *, granted: bool) -> None:
    """Raise BadRequest for words that are not shown now; taking back needs no version of now."""
    latest = VERSIONS[purpose]
    if not 1 <= version <= latest or (granted and version != latest):
        raise BadRequest(f"the words for {purpose} have version {latest}")


def require(consents: Iterable[Consent], purpose: Purpose) -> None:
    """Raise ConsentRequired unless the person agrees to this purpose now."""
    if not any(one.purpose is purpose and one.holds for one in consents):
        raise ConsentRequired(f"this needs your consent: {purpose}")
