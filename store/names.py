"""Names compared without case, nicknames by their looks, and the next one that is free."""

from __future__ import annotations

from collections.abc import Container

from engine.model.account import skeleton


def name_key(name: str) -> str:
    """Return the form in which two names are the same."""
    return name.casefold()


def free_nickname(nickname: str, taken: Container[str]) -> str:
    """Return the nickname, with the first digit from 2 on that makes it free."""
    if skeleton(nickname) not in taken:
        return nickname
    number = 2
    while skeleton(f"{nickname}{number}") in taken:
        number += 1
    return f"{nickname}{number}"
