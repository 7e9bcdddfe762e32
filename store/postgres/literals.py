"""Arrays as PostgreSQL reads them from text: written at once, where asyncpg asks of each element.

A list in JSON is such an array in other brackets, `null` included, as long as nothing in it needs a
backslash: JSON escapes more than PostgreSQL knows.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_encode = msgspec.json.Encoder().encode


def array_literal(values: Sequence[object]) -> str:
    """Write numbers, truth values, strings and None for a parameter `$1::text::…[]`."""
    encoded = _encode(values)
    if b"\\" in encoded:
        return f"{{{','.join([_quoted(value) for value in values])}}}"
    return f"{{{encoded[1:-1].decode()}}}"


def array_literals(rows: Sequence[Sequence[object]], *, width: int) -> tuple[str, ...]:
    """Write rows as columns, all at once: one by one they cost as much as sealing."""
    if not rows:
        return ("{}",) * width
    return tuple([array_literal(column) for column in zip(*rows, strict=True)])


def _quoted(value: object) -> str:
    if value is None:
        return "NULL"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
