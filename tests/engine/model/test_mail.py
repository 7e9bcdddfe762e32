"""Mail addresses: one written form, one box, and nothing that reaches a header."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest
from engine.model.mail import read_mail


def test_tags_and_case_name_the_same_box() -> None:
    one, other = read_mail(" Kim.A+x@SNU.ac.kr "), read_mail("kim.a@snu.ac.kr")
    assert one.written == "kim.a+x@snu.ac.kr"
    assert (one.box, one.domain) == (other.box, "snu.ac.kr")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kim",
        "@snu.ac.kr",
        "+x@snu.ac.kr",
        "kim@",
        "kim@localhost",
        "kim@snu..kr",
        "kim@-snu.kr",
        "kim@snu.kr.",
        "kim..a@snu.kr",
        ".kim@snu.kr",
        "kim@evil.kr@snu.kr",
        "kim@snu.kr\r\nBcc: all@snu.kr",
        "kim\r\nBcc: all@snu.kr",
        "kim\0@snu.kr",
        '"kim"@snu.kr',
        "kim lee@snu.kr",
        "<kim@snu.kr>",
        "kim,lee@snu.kr",
        "\uff4bim@snu.kr",
        "kim@\u0455nu.kr",
        "k" * 65 + "@snu.kr",
        "kim@" + "a." * 130 + "kr",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadRequest):
        read_mail(text)
