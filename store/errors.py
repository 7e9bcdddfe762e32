"""What a store raises beside the engine's errors: a start that may not go on, and a surprise.

StartRefused   the operator has to do something first; `str()` is the one line that says what
SqlBug         PostgreSQL refused a statement in a way nobody foresaw: a bug, without its data
"""

from __future__ import annotations


class StartRefused(Exception):
    """The process must not start; the message is one clear line for a person."""


class SqlBug(Exception):
    """An error of SQL that no adapter expects.

    It names the state and the constraint only: PostgreSQL's own message quotes rows, and rows are
    about people.
    """

    def __init__(self, sqlstate: str, constraint: str | None) -> None:
        super().__init__(f"SQL state {sqlstate}" + (f", {constraint}" if constraint else ""))
        self.sqlstate = sqlstate
        self.constraint = constraint
