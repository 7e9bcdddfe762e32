"""Papers that show who belongs: what may be handed in, and how soon again."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest, RateLimited, TooLarge
from engine.limits_files import DOCUMENT_BYTES_MAX
from engine.model.access import may_admit
from engine.model.entry import Standing, entry_state
from engine.model.group import EntryRule, GroupType, MemberState, Role
from engine.model.picture import FileKind
from engine.model.proof_policy import ProofPolicy
from engine.model.review import check_again, check_paper
from tests.pictures import jpeg, jpeg_part, png

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
POLICY = ProofPolicy()


def test_a_paper_is_a_picture_or_a_pdf() -> None:
    assert check_paper(PDF).kind is FileKind.PDF
    assert check_paper(PDF).data == PDF
    assert check_paper(png()).kind is FileKind.PNG
    told = jpeg(beside=jpeg_part(0xE1, b"Exif\0\0 37.5665N"))
    assert b"Exif" not in check_paper(told).data


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"%PDF-",
        b"%PDF-1.7" + bytes(2_000),
        b"%PDF-1.7 %%EOF" + bytes(2_000),  # something else stands behind it
        b" %PDF-1.7 %%EOF",
        b"PK\x03\x04",
        b"<html>%PDF-1.7 %%EOF",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"#!/bin/sh",
    ],
)
def test_nothing_else_is_one(told: bytes) -> None:
    with pytest.raises(BadRequest):
        check_paper(told)


def test_a_paper_has_a_size() -> None:
    most = PDF.replace(b"<<>>", bytes(DOCUMENT_BYTES_MAX - len(PDF) + 4))
    assert len(check_paper(most).data) == DOCUMENT_BYTES_MAX
    with pytest.raises(TooLarge):
        check_paper(most + b"\n")


def test_who_was_refused_waits() -> None:
    again_ms = POLICY.paper_again_s * 1000
    check_again(None, POLICY, now_ms=0)
    check_again(5, POLICY, now_ms=5 + again_ms)
    with pytest.raises(RateLimited) as told:
        check_again(5, POLICY, now_ms=4 + again_ms)
    assert told.value.retry_after_ms == 1


def test_a_paper_asks_and_opens_nothing_by_itself() -> None:
    comes_as = [entry_state(kind, EntryRule.OPEN, Standing.PAPER) for kind in GroupType]
    assert comes_as == [MemberState.PENDING, None, None, None]
    assert not Standing.PAPER.opens_hidden
    official = {role for role in Role if may_admit(GroupType.OFFICIAL, role)}
    created = {role for role in Role if may_admit(GroupType.CREATED, role)}
    assert official == {Role.OWNER, Role.ADMIN}
    assert created == official | {Role.MODERATOR}
