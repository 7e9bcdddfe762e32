"""Arrays as text: PostgreSQL reads from them what was written, whatever it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.postgres.literals import array_literal


def read(literal: str) -> list[str | None]:
    """Read an array as PostgreSQL's manual says: quotes, and a backslash before any character."""
    assert (literal[0], literal[-1]) == ("{", "}")
    rest, found = literal[1:-1], list[str | None]()
    while rest:
        if rest[0] == '"':
            text, at = "", 1
            while rest[at] != '"':
                at += rest[at] == "\\"
                text += rest[at]
                at += 1
            found.append(text)
            rest = rest[at + 1 :]
        else:
            word, comma, after = rest.partition(",")
            found.append(None if word in ("NULL", "null") else word)
            rest = comma + after
        assert rest[:1] in ("", ",")
        rest = rest[1:]
    return found


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_any_text_is_read_as_it_was_written(texts: list[str | None]) -> None:
    assert read(array_literal(texts)) == texts


@given(st.lists(st.none() | st.text(' \\"{},nN')))
def test_what_means_something_to_postgresql_is_no_more_than_text(texts: list[str | None]) -> None:
    assert read(array_literal(texts)) == texts


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_numbers_and_gaps_are_written_as_they_are(numbers: list[int | None]) -> None:
    wanted = [None if number is None else str(number) for number in numbers]
    assert read(array_literal(numbers)) == wanted


def test_truth_values_and_an_empty_array() -> None:
    assert array_literal([True, False]) == "{true,false}"
    assert array_literal([]) == "{}"
