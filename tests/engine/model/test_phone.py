"""Phone numbers: one written form for each."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest
from engine.model.phone import normal_phone


@pytest.mark.parametrize(
    "said",
    [
        "010-1234-5678",
        "01012345678",
        "+821012345678",
        "+82 10 1234 5678",
        "+82-010-1234-5678",
        "0082 10.1234.5678",
        " (010) 1234 5678 ",
    ],
)
def test_one_number_has_one_form(said: str) -> None:
    assert normal_phone(said) == "+821012345678"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "112",
        "02-123-4567",
        "+1 202 555 0100",
        "010-1234-567",
        "010-1234-56789",
        "0101234567x",
        "\u0966\u0967\u096612345678",
        "+82" * 20,
        "010-1234-5678\x00",
        "+8210123456789",
        "++821012345678",
    ],
)
def test_what_is_no_mobile_number(said: str) -> None:
    with pytest.raises(BadRequest):
        normal_phone(said)


def test_old_prefixes_have_seven_or_eight_digits() -> None:
    assert normal_phone("011-234-5678") == "+82112345678"
    assert normal_phone("016-1234-5678") == "+821612345678"
