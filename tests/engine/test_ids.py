"""Ids: nothing else can name a row."""

from __future__ import annotations

import secrets

import pytest

from engine.ids import ID_BYTES, ID_CHARS, is_id


def test_what_chance_gives_is_an_id() -> None:
    for _ in range(100):
        assert is_id(secrets.token_urlsafe(ID_BYTES))
    assert len(secrets.token_urlsafe(ID_BYTES)) == ID_CHARS


@pytest.mark.parametrize(
    "text", ["", "a" * 15, "a" * 17, "a" * 16 + "\n", "%" * 16, "a" * 15 + "é", "../../etc/passwd0"]
)
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)
