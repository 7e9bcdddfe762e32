"""One guard of the product written otherwise while a block runs, and the violation that tells."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from tests.sim.world import SMALL, Plan, Violation, run_world


@dataclass(frozen=True, slots=True)
class Edit:
    """One place of the product: `old` stands exactly once in a function, `new` takes its place."""

    owner: Any  # a class or a module
    function: str
    old: str
    new: str

    def made(self) -> Any:
        """Compile the function anew; raises LookupError where its words have changed."""
        before = inspect.getattr_static(self.owner, self.function)
        source = textwrap.dedent(inspect.getsource(before))
        found = source.count(self.old)
        if found != 1:
            raise LookupError(f"{self.old!r} stands {found} times in {self.function}")
        after = "from __future__ import annotations\n" + source.replace(self.old, self.new)
        names: dict[str, Any] = {}
        exec(after, vars(sys.modules[before.__module__]), names)  # our own words
        return names[self.function]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A world without the guards that the edits take out goes wrong within a few seeds."""

    name: str
    seen: str  # a regular expression that the violation matches
    edits: tuple[Edit, ...]
    worlds: int = 40
    plan: Plan = SMALL  # another where such worlds meet the guard too seldom

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Take the guard out while the block runs."""
        made = [(edit, edit.made()) for edit in self.edits]
        with ExitStack() as stack:
            for edit, function in made:
                stack.enter_context(patch.object(edit.owner, edit.function, function))
            yield

    def missed(self) -> str | None:
        """Say why the simulation does not see what is gone; None as soon as it does."""
        others: list[str] = []
        with self.applied():
            for seed in range(self.worlds):
                try:
                    run_world(replace(self.plan, seed=seed))
                except Violation as violation:
                    if re.search(self.seen, str(violation)):
                        return None
                    others.append(str(violation))
        return f"{self.worlds} worlds broke no {self.seen!r}; else {others[:3]}"
