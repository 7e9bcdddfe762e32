"""Interests as bits: frequent words have one, whatever strange words come first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.matching.words import BITS, Words


def test_who_joins_with_odd_words_takes_no_bit_from_what_many_share() -> None:
    words = Words()
    words.add(f"odd {n}" for n in range(BITS))
    for _ in range(2):
        words.add(["tea"])
    assert words.bits(["tea"]) == 0
    assert words.settle()
    assert words.bits(["tea"]).bit_count() == 1
    assert not words.settle()


def test_a_bit_is_free_again_when_the_last_one_with_its_word_has_gone() -> None:
    words = Words()
    words.add(f"odd {n}" for n in range(BITS))
    words.add(["tea"])
    words.remove(["odd 3"])
    assert words.settle()
    assert words.bits(["tea", "odd 3"]).bit_count() == 1


def test_a_word_that_finds_a_free_bit_takes_no_second_one() -> None:
    words = Words()
    words.add(f"odd {n}" for n in range(BITS))
    words.add(["tea"])
    words.remove(["odd 3", "odd 4"])
    words.add(["tea"])
    words.settle()
    words.add(["go"])
    assert [words.bits([word]).bit_count() for word in ("tea", "go")] == [1, 1]


@given(st.lists(st.lists(st.integers(0, 60), unique=True, max_size=20), max_size=20), st.data())
def test_different_words_never_share_a_bit(people: list[list[int]], data: st.DataObject) -> None:
    words = Words()
    here: list[list[str]] = []
    for some in people:
        here.append([str(word) for word in some])
        words.add(here[-1])
        if data.draw(st.booleans()):
            words.remove(here.pop(data.draw(st.integers(0, len(here) - 1))))
        if data.draw(st.booleans()):
            words.settle()
    present = {word for some in here for word in some}
    bits = [words.bits([word]) for word in present]
    counted = [bit for bit in bits if bit]
    assert len(counted) == len(set(counted))
    words.settle()
    assert sum(bool(words.bits([word])) for word in present) == min(BITS, len(present))
