"""What a message may say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadRequest, TooLarge
from engine.model.policy import ChatPolicy
from engine.rooms.message import clean_text, make_content

POLICY = ChatPolicy(text_chars_max=10)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  hi  ", "hi"),
        ("가" * 10, "가" * 10),
        ("\u1100\u1161", "가"),  # jamo become the syllable that everybody compares with
        ("a\nb\tc", "a\nb\tc"),
        ("x" * 10 + " " * 50, "x" * 10),
        ("👩‍💻", "👩‍💻"),
    ],
)
def test_a_text_is_kept_trimmed_and_composed(said: str, kept: str) -> None:
    assert clean_text(said, POLICY) == kept


@pytest.mark.parametrize(
    "said", ["", "   ", "\n\t", "a\x00b", "a\x1bb", "a\x7fb", "a\u202eb", "\u0085x\u0085y"]
)
def test_a_text_says_something_and_has_no_controls(said: str) -> None:
    with pytest.raises(BadRequest):
        clean_text(said, POLICY)


def test_a_text_has_a_length() -> None:
    with pytest.raises(TooLarge):
        clean_text("가" * 11, POLICY)


def test_only_texts_are_sent_today() -> None:
    assert make_content("text", " hi ", None, POLICY) == {"kind": "text", "body": "hi"}
    assert make_content("text", "hi", 3, POLICY)["reply_to"] == 3
    for kind in ("", "image", "TEXT", "sticker"):
        with pytest.raises(BadRequest):
            make_content(kind, "hi", None, POLICY)


@given(st.text())
def test_what_is_kept_can_be_stored_and_is_kept_again_as_it_is(said: str) -> None:
    try:
        kept = clean_text(said, POLICY)
    except (BadRequest, TooLarge):
        return
    assert kept.encode()
    assert "\0" not in kept
    assert clean_text(kept, POLICY) == kept
