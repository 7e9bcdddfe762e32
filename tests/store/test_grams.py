"""Filters of pairs: never a miss, few false alarms, and bytes that say nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.grams import CHARS_MAX, GRAMS_BYTES, NONCE_BYTES, Grams, sealed_filters

KEY, NONCE = b"k" * 32, b"n" * NONCE_BYTES
WORDS = st.text(st.characters(codec="utf-8"), min_size=2, max_size=40)


def sealed(grams: Grams, text: str, nonce: bytes = NONCE) -> bytes:
    return sealed_filters([(grams, text, nonce)])


def cut(filters: bytes) -> list[bytes]:
    return [filters[at : at + GRAMS_BYTES] for at in range(0, len(filters), GRAMS_BYTES)]


def marks(grams: Grams, rows: list[bytes], wanted: str) -> list[int]:
    """Look into filters that lie behind something else."""
    table = b"".join(b"seq" + row for row in rows)
    return list(grams.marks(table, wanted, start=3, stride=3 + GRAMS_BYTES))


@given(WORDS, st.data())
def test_a_part_of_a_text_is_never_missed(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 2))
    part = text[start : data.draw(st.integers(start + 2, len(text)))]
    grams = Grams(KEY)
    assert marks(grams, [sealed(grams, text)] * 3, part) == [1, 1, 1]


def test_what_is_not_there_is_nearly_always_stopped(rng: random.Random) -> None:
    grams = Grams(rng.randbytes(32))

    def word(size: int) -> str:
        return "".join(chr(rng.randrange(0xAC00, 0xD7A4)) for _ in range(size))

    texts = [word(16) for _ in range(2_000)]
    rows = cut(sealed_filters([(grams, text, rng.randbytes(NONCE_BYTES)) for text in texts]))
    pairs = [word(2) for _ in range(50)]
    wrong = sum(sum(marks(grams, rows, pair)) for pair in pairs)
    assert wrong < len(rows) * len(pairs) * 0.02
    assert sum(sum(marks(grams, rows, word(5))) for _ in range(50)) < 50


@pytest.mark.parametrize("size", [CHARS_MAX, CHARS_MAX + 1])
def test_a_text_of_any_length_has_a_filter(size: int) -> None:
    grams = Grams(KEY)
    row = sealed(grams, "가나" * (size // 2) + "끝" * (size % 2))
    assert marks(grams, [row], "나가") == [1]
    assert marks(grams, [], "나가") == []


def test_another_key_or_nonce_makes_other_bytes() -> None:
    row = sealed(Grams(KEY), "같은 말")
    assert len(row) == GRAMS_BYTES
    for other in (
        sealed(Grams(b"K" * 32), "같은 말"),
        sealed(Grams(KEY), "같은 말", b"N" * NONCE_BYTES),
    ):
        differ = int.from_bytes(row[NONCE_BYTES:]) ^ int.from_bytes(other[NONCE_BYTES:])
        assert 180 < differ.bit_count() < 332  # 512 fair coins, and nearly seven sigma


def test_the_filters_of_a_commit_do_not_mix() -> None:
    rooms = [Grams(bytes([number]) * 32) for number in range(3)]
    texts = ["가나다", "ab", "다" * (CHARS_MAX + 1)]
    messages = [(room, text, NONCE) for room, text in zip(rooms, texts, strict=True)]
    rows = cut(sealed_filters(messages))
    assert rows == [sealed(room, text) for room, text, _ in messages]
    assert sealed_filters([]) == b""
    row = rows[1]
    found = [marks(rooms[1], [row], wanted) for wanted in ("ab", "ba", "가나", "나다", "bb")]
    assert found == [[1], [0], [0], [0], [0]]
