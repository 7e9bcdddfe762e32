"""What a message may say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadRequest, TooLarge
from engine.limits import REACTION_BYTES_MAX
from engine.model.policy import ChatPolicy
from engine.rooms.message import Body, clean_emoji, clean_text, make_content

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


@pytest.mark.parametrize("kind", ["", "TEXT", "video", "text "])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    for body in ("hi", {"file": "f"}):
        with pytest.raises(BadRequest):
            make_content(kind, body, None, POLICY)


PLACE = {"lat": 37.5, "lng": 127}


@pytest.mark.parametrize(
    ("kind", "body", "kept"),
    [
        ("text", " hi ", "hi"),
        ("sticker", {"sticker": "wave-1"}, {"sticker": "wave-1"}),
        ("location", PLACE, {"lat": 37.5, "lng": 127.0}),
        (
            "location",
            {"lat": -90, "lng": 180, "label": " 집 "},
            {"lat": -90.0, "lng": 180.0, "label": "집"},
        ),
        ("image", {"file": "x" * 128}, {"file": "x" * 128}),
        ("image", {"file": "f", "w": 1, "h": 32_768}, {"file": "f", "w": 1, "h": 32_768}),
        ("image", {"file": "f", "w": None}, {"file": "f"}),
        ("voice", {"file": "f"}, {"file": "f"}),
        ("voice", {"file": "f", "seconds": 2.5}, {"file": "f", "seconds": 2.5}),
    ],
)
def test_each_kind_has_its_body(kind: str, body: Body, kept: object) -> None:
    assert make_content(kind, body, None, POLICY) == {"kind": kind, "body": kept}
    assert make_content(kind, body, 3, POLICY) == {"kind": kind, "body": kept, "reply_to": 3}


WRONG: list[tuple[str, Body]] = [
    ("text", {"file": "f"}),
    ("sticker", "wave"),
    ("sticker", {}),
    ("sticker", {"sticker": ""}),
    ("sticker", {"sticker": "x" * 129}),
    ("sticker", {"sticker": "a b"}),
    ("sticker", {"sticker": "a\n"}),
    ("sticker", {"sticker": "스티커"}),
    ("sticker", {"sticker": 1}),
    ("sticker", {"sticker": "s", "file": "f"}),
    ("location", {"lat": 1.0}),
    ("location", {"lat": 90.1, "lng": 0}),
    ("location", {"lat": 0, "lng": -180.1}),
    ("location", {"lat": math.nan, "lng": 0}),
    ("location", {"lat": 0, "lng": math.inf}),
    ("location", {"lat": "1", "lng": 0}),
    ("location", {"lat": True, "lng": 0}),
    ("location", {"lat": None, "lng": 0}),
    ("location", {**PLACE, "label": ""}),
    ("location", {**PLACE, "label": 5}),
    ("location", {**PLACE, "more": 1}),
    ("image", {"w": 1, "h": 1}),
    ("image", {"file": "f", "w": 0}),
    ("image", {"file": "f", "h": 32_769}),
    ("image", {"file": "f", "w": 1.5}),
    ("image", {"file": "f", "w": True}),
    ("voice", {"file": "f", "seconds": -1}),
    ("voice", {"file": "f", "seconds": 601}),
    ("voice", {"file": "f", "seconds": "5"}),
]


@pytest.mark.parametrize(("kind", "body"), WRONG)
def test_what_does_not_fit_its_kind_is_refused(kind: str, body: Body) -> None:
    with pytest.raises(BadRequest):
        make_content(kind, body, None, POLICY)


def test_a_label_has_a_length() -> None:
    with pytest.raises(TooLarge):
        make_content("location", {**PLACE, "label": "x" * 101}, None, POLICY)


@pytest.mark.parametrize(
    "emoji", ["👍", "❤️", "👍🏽", "👩‍💻", "👨‍👩‍👧‍👦", "🇰🇷", "1️⃣", "‼️", "↔️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
)
def test_one_emoji_is_a_reaction(emoji: str) -> None:
    assert clean_emoji(emoji) == emoji


@pytest.mark.parametrize(
    "said", ["", "a", "ㅋ", "1", "👍👍", "👍 ", "\u200d", "️", "👍\u200d", "🇰", "!", "$"]
)
def test_what_is_not_one_emoji_is_no_reaction(said: str) -> None:
    with pytest.raises(BadRequest):
        clean_emoji(said)


def test_a_reaction_is_bounded() -> None:
    longest = "👩🏽" + "\u200d👩🏽" * 2
    assert len(longest.encode()) <= REACTION_BYTES_MAX
    assert clean_emoji(longest)
    with pytest.raises(TooLarge):
        clean_emoji(longest + "\u200d👩🏽")


@given(st.text())
def test_what_is_kept_can_be_stored_and_is_kept_again_as_it_is(said: str) -> None:
    try:
        kept = clean_text(said, POLICY)
    except (BadRequest, TooLarge):
        return
    assert kept.encode()
    assert "\0" not in kept
    assert clean_text(kept, POLICY) == kept
