"""What is kept of a meeting, as bytes that are sealed: looks, descriptions, answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from engine.model.meeting import Description, OwnLook
from engine.model.meeting_guard import Answered, FitBand, Verdict


@dataclass(frozen=True, slots=True)
class Said:
    """A description with what was answered."""

    description: Description
    verdict: Verdict | None
    left: int


def write_looks(looks: Sequence[OwnLook]) -> bytes:
    """Write looks, oldest first."""
    return msgspec.json.encode(looks)


def read_looks(data: bytes | None) -> list[OwnLook]:
    """Read what `write_looks` wrote."""
    return [] if data is None else msgspec.json.decode(data, type=list[OwnLook])


def write_said(said: Said) -> bytes:
    """Write a description."""
    return msgspec.json.encode(said)


def read_said(data: bytes) -> Said:
    """Read what `write_said` wrote."""
    return msgspec.json.decode(data, type=Said)


def write_answered(answered: Sequence[Answered]) -> bytes:
    """Write what was told; people as bits of one number, which is short."""
    rows = [(_bits(one.seats), one.band, one.asked, one.first) for one in answered]
    return msgspec.json.encode(rows)


def read_answered(data: bytes | None) -> list[Answered]:
    """Read what `write_answered` wrote."""
    if data is None:
        return []
    rows = msgspec.json.decode(data, type=list[tuple[str, FitBand | None, str, bool]])
    return [
        Answered(_seats(int(bits, 16)), band, asked, first) for bits, band, asked, first in rows
    ]


def _bits(seats: frozenset[int]) -> str:
    return f"{sum(1 << seat for seat in seats):x}"


def _seats(bits: int) -> frozenset[int]:
    return frozenset(seat for seat in range(bits.bit_length()) if bits >> seat & 1)
