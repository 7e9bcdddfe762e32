"""Names compared without case, and the next free one where one is taken."""

from __future__ import annotations

from collections.abc import Container


def name_key(name: str) -> str:
    """Return the form in which two names are the same."""
    return name.casefold()


def free_nickname(nickname: str, taken: Container[str]) -> str:
    """Return the nickname, with the first digit from 2 on that makes it free."""
    if name_key(nickname) not in taken:
        return nickname
    number = 2
    while name_key(f"{nickname}{number}") in taken:
        number += 1
    return f"{nickname}{number}"
