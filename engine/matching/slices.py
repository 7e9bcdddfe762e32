"""Long work in slices: whoever has it done lets others come in between, or does it at once."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")

# Work that pauses after each slice, and what comes of it.
Slices: TypeAlias = Generator[None, None, T]


def at_once(work: Slices[T]) -> T:
    """Do all of it without a pause."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result
