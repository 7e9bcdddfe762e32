"""Changing one's profile in a group: what may change, and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import BadRequest, ContactTooSoon, RateLimited
from engine.model.group import GroupType, MemberProfile
from engine.model.policy import GroupPolicy
from engine.model.profile_change import OwnProfile, ProfileChange, changed_profile

POLICY = GroupPolicy()
KEEPS_MS = POLICY.nickname_keeps_s * 1000
FOX = OwnProfile(MemberProfile("여우", "tea", ("차", "산책")), None)
NOW_MS = 1_000_000


def change(
    own: OwnProfile = FOX,
    *,
    kind: GroupType = GroupType.CREATED,
    at: int = NOW_MS,
    policy: GroupPolicy = POLICY,
    **fields: object,
) -> OwnProfile:
    return changed_profile(kind, own, ProfileChange(**fields), policy, now_ms=at)  # type: ignore[arg-type]  # each test names its own


def test_what_is_not_named_stays() -> None:
    assert change() == FOX
    assert change(bio="coffee").profile == MemberProfile("여우", "coffee", ("차", "산책"))
    assert change(interests=(), bio="").profile == MemberProfile("여우", "", ())


def test_a_nickname_stays_for_a_while() -> None:
    renamed = change(nickname="너구리")
    assert (renamed.profile.nickname, renamed.renamed_at) == ("너구리", NOW_MS)
    assert renamed.free_at(POLICY) == NOW_MS + KEEPS_MS
    with pytest.raises(RateLimited) as told:
        change(renamed, nickname="여우", at=NOW_MS + KEEPS_MS - 1)
    assert told.value.retry_after_ms == 1
    assert change(renamed, nickname="여우", at=NOW_MS + KEEPS_MS).profile.nickname == "여우"
    # Everything else may change meanwhile, and the same name is no change.
    assert change(renamed, nickname="너구리", bio="x", at=NOW_MS + 1).renamed_at == NOW_MS
    at_once = replace(POLICY, nickname_keeps_s=1)
    again = change(renamed, nickname="여우", at=NOW_MS + 1_000, policy=at_once)
    assert again.renamed_at == NOW_MS + 1_000


def test_a_meeting_knows_a_nickname_and_nothing_else() -> None:
    bare = OwnProfile(MemberProfile("여우"), None)
    for fields in ({"bio": "tea"}, {"interests": ("tea",)}):
        with pytest.raises(BadRequest):
            change(bare, kind=GroupType.INSTANCE, **fields)
    assert change(bare, kind=GroupType.INSTANCE, nickname="너구리").profile.nickname == "너구리"


def test_no_way_to_be_reached_comes_in_by_a_change() -> None:
    for fields in ({"bio": "010-1234-5678"}, {"interests": ("010-1234", "-5678")}):
        with pytest.raises(ContactTooSoon):
            change(**fields)
    # Neither in two halves, one of which was there before.
    half = OwnProfile(MemberProfile("여우", "", ("010-1234",)), None)
    with pytest.raises(ContactTooSoon):
        change(half, interests=("010-1234", "5678"))
