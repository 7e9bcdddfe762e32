"""A mutant: one guard of the product taken out, and the tests that have to notice."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PROMISE = re.compile(r"I(?:[1-9]|1[0-3])|row (?:[1-9]|[1-9][0-9])|rule")
_TEST = re.compile(r"(?P<file>tests/\S+\.py)::(?P<test>\w+)(?:::\w+)?(?:\[[^\]]*\])?")


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands exactly once in `file`; with `new` in its place each of `tests` fails.

    A promise is an invariant of the design ("I4"), a row of the table of faults ("row 18"), or a
    "rule" of the domain. A test with parameters that are not named fails if one of them fails.
    """

    name: str
    promises: tuple[str, ...]
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what could not be run."""
        assert _NAME.fullmatch(self.name), self.name
        assert self.promises, self.name
        assert all(_PROMISE.fullmatch(one) for one in self.promises), self.promises
        assert self.old.strip(), self.name
        assert self.old != self.new, self.name
        assert self.tests, self.name
        assert all(_TEST.fullmatch(one) for one in self.tests), self.tests

    def applied(self, source: str) -> str:
        """Return the source without the guard; raises LookupError where it has moved."""
        found = source.count(self.old)
        if found != 1:
            raise LookupError(f"{self.name}: what it takes out stands {found} times in {self.file}")
        return source.replace(self.old, self.new)


def place_of(test: str) -> tuple[str, str]:
    """Split the id of a test into its file and the name that stands there."""
    found = _TEST.fullmatch(test)
    assert found is not None, test
    return found["file"], found["test"]
