"""Take every guard out, one after the other: `python -m tests.mutants [NAME or PROMISE ...]`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.mutants.mutant import Mutant
from tests.mutants.runner import broken, copied_tree, judge
from tests.mutants.table import MUTANTS


def main() -> int:
    """Run the rows that are asked for; the exit code says whether every guard is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("which", nargs="*", help="names of mutants or promises (I4, 'row 18')")
    parser.add_argument("--list", action="store_true", help="only show the table")
    given = parser.parse_args()
    chosen = [one for one in MUTANTS if not given.which or _is_meant(one, given.which)]
    if given.list or not chosen:
        for one in chosen:
            _say(f"{', '.join(one.promises):20} {one.name} ({one.file})")
        return 0 if chosen else 2
    return _run(chosen)


def _is_meant(mutant: Mutant, which: list[str]) -> bool:
    return bool({mutant.name, *mutant.promises} & set(which))


def _run(chosen: list[Mutant]) -> int:
    with copied_tree() as tree:
        named = sorted({test for one in chosen for test in one.tests})
        sick = broken(named, tree.run(named))
        for test in sick:
            _say(f"BROKEN   {test} does not pass on the tree as it is")
        missed = 0
        for mutant in chosen:
            began = time.perf_counter()
            with tree.without_guard(mutant):
                why = judge(mutant, tree.run(mutant.tests))
            missed += why is not None
            word = "caught  " if why is None else "SURVIVED"
            took = f"{time.perf_counter() - began:.1f} s"
            _say(f"{word} {mutant.name} ({', '.join(mutant.promises)}, {took}) {why or ''}")
    _say(f"{len(chosen) - missed} of {len(chosen)} mutants were caught")
    return 1 if missed or sick else 0


def _say(line: str) -> None:
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
