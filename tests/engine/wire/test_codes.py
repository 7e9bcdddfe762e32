"""Every code of the protocol can be said in a refusal, and no refusal has another code."""

from __future__ import annotations

import json
import re

import msgpack
import pytest

import engine.errors
from engine.errors import Outage, Refused
from engine.wire.codec import Codec, refusal
from tests.engine.wire.test_golden import payload
from tests.tidy.tree import ROOT

REFUSALS = {
    kind.code: kind
    for kind in vars(engine.errors).values()
    if isinstance(kind, type) and issubclass(kind, Refused | Outage)
}


def described() -> set[str]:
    """Return the codes that section 3.6 of the protocol lists."""
    said = (ROOT / "docs" / "protocol.md").read_text()
    section = said.split("### 3.6 Error codes\n")[1].split("\n#")[0]
    return set(re.findall(r"[a-z]+(?:_[a-z]+)*", section.split("`")[1]))


def test_the_codes_of_the_protocol_are_the_codes_of_the_engine() -> None:
    assert described() == set(REFUSALS)


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_refusal_of_every_code_says_it_in_both_codecs(code: str) -> None:
    refused = REFUSALS[code]("why")
    wanted = {"re": 7, "ok": False, "code": code}
    said, packed = (payload(refusal(codec, 7, refused))[1] for codec in Codec)
    assert json.loads(said).items() >= wanted.items()
    assert msgpack.unpackb(packed) == json.loads(said)
