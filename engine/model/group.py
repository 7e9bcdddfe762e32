"""Circles: groups, memberships, and when matching opens in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from engine.errors import BadRequest, ContactTooSoon
from engine.ids import GroupId, MemberId
from engine.model.account import Gender
from engine.model.contacts import Grade, grade
from engine.model.policy import GroupPolicy
from engine.model.text import is_control

TAGS_MAX = 10
TAG_CHARS_MAX = 20
CATEGORY_CHARS_MAX = 40
RULES_CHARS_MAX = 1_000
_SIDES_OF_A_PAIR = 2
BIO_CHARS_MAX = 200
INTERESTS_MAX = 20
INTEREST_CHARS_MAX = 20


class GroupType(StrEnum):
    """How a circle comes to be; only `created` can be made by anybody today."""

    OFFICIAL = "official"
    CREATED = "created"
    INSTANCE = "instance"
    LOCATION = "location"


def has_room(kind: GroupType) -> bool:
    """Say whether all members share a room; at a meeting it would name whoever walks in."""
    return kind is not GroupType.INSTANCE


class Visibility(StrEnum):
    """A hidden group is found by its members only."""

    PUBLIC = "public"
    HIDDEN = "hidden"


class EntryRule(StrEnum):
    """How a created group is entered; the other types ask for their proofs."""

    OPEN = "open"
    APPROVAL = "approval"
    INVITE = "invite"


class Role(StrEnum):
    """What a member may do; each may do what the later ones may."""

    OWNER = "owner"
    ADMIN = "admin"
    MODERATOR = "moderator"
    MEMBER = "member"


class MemberState(StrEnum):
    """`banned` survives leaving and joining again; `left` keeps the row so that it can."""

    ACTIVE = "active"
    PENDING = "pending"
    LEFT = "left"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """What somebody wants a new group to be; valid by construction with `make_draft`."""

    name: str
    description: str
    category: str
    tags: tuple[str, ...]
    visibility: Visibility
    rules: str
    entry: EntryRule = EntryRule.OPEN


@dataclass(frozen=True, slots=True)
class MemberProfile:
    """How a person shows themselves in one group, apart from all others."""

    nickname: str
    bio: str = ""
    interests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """One person's place in one group."""

    member: MemberId
    group: GroupId
    state: MemberState
    role: Role
    nickname: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group as one person sees it; `me` is their own membership."""

    group: GroupId
    type: GroupType
    name: str
    description: str
    category: str
    tags: tuple[str, ...]
    visibility: Visibility
    rules: str
    entry: EntryRule
    members: int
    per_side: Mapping[Gender, int]
    me: Membership | None


@dataclass(frozen=True, slots=True)
class Person:
    """A member as another member sees them: an alias, never an account."""

    member: MemberId
    nickname: str
    role: Role
    birth_year: int
    gender: Gender
    bio: str
    interests: tuple[str, ...]
    bot: bool
    me: bool
    liked: str | None


def make_draft(
    *,
    name: str,
    description: str,
    category: str,
    tags: tuple[str, ...],
    visibility: str,
    rules: str,
    policy: GroupPolicy,
    entry: EntryRule = EntryRule.OPEN,
) -> GroupDraft:
    """Check the fields of a new group; raises BadRequest that names the wrong one."""
    name = _text("name", name, chars_max=policy.name_chars_max)
    if not name:
        raise BadRequest("a group needs a name")
    if len(tags) > TAGS_MAX:
        raise BadRequest(f"at most {TAGS_MAX} tags")
    try:
        seen = Visibility(visibility)
    except ValueError:
        raise BadRequest("visibility is public or hidden") from None
    return GroupDraft(
        name=name,
        description=_text("description", description, chars_max=policy.description_chars_max),
        category=_text("category", category, chars_max=CATEGORY_CHARS_MAX),
        tags=tuple(_text("tags", tag, chars_max=TAG_CHARS_MAX) for tag in tags),
        visibility=seen,
        rules=_text("rules", rules, chars_max=RULES_CHARS_MAX),
        entry=entry,
    )


def make_member_profile(nickname: str, bio: str, interests: tuple[str, ...]) -> MemberProfile:
    """Check a profile for one group (`nickname` is clean already).

    Raises BadRequest, ContactTooSoon.
    """
    if len(interests) > INTERESTS_MAX:
        raise BadRequest(f"at most {INTERESTS_MAX} interests")
    words = (_text("interests", word, chars_max=INTEREST_CHARS_MAX) for word in interests)
    profile = MemberProfile(
        nickname=nickname,
        bio=_text("bio", bio, chars_max=BIO_CHARS_MAX),
        interests=tuple(dict.fromkeys(word for word in words if word)),
    )
    said = (profile.bio, *profile.interests, " ".join(profile.interests))
    if any(grade(text) is Grade.CERTAIN for text in said):
        raise ContactTooSoon
    return profile


def matching_open(members: int, *, policy: GroupPolicy) -> bool:
    """Say whether likes of any intent may be sent: friendship needs only the total."""
    return members >= policy.matching_members_min


def romantic_open(members: int, per_side: Mapping[Gender, int], *, policy: GroupPolicy) -> bool:
    """Say whether romantic likes may be sent: enough people, and enough on two sides."""
    sides = sum(count >= policy.matching_per_side_min for count in per_side.values())
    return members >= policy.matching_members_min and sides >= _SIDES_OF_A_PAIR


class Matching(Enum):
    """How far matching is open in a group, for one who looks; friendship needs less."""

    CLOSED = 0
    FRIENDS = 1
    ROMANTIC = 2  # and friends

    @property
    def said(self) -> dict[str, bool]:
        """Say it as clients are told."""
        return {
            "matching_open": self is not Matching.CLOSED,
            "romantic_open": self is Matching.ROMANTIC,
        }


def matching_of(per_side: Mapping[Gender, int], *, policy: GroupPolicy) -> Matching:
    """Say how far matching is open among so many people."""
    members = sum(per_side.values())
    if romantic_open(members, per_side, policy=policy):
        return Matching.ROMANTIC
    return Matching.FRIENDS if matching_open(members, policy=policy) else Matching.CLOSED


def _text(field: str, text: str, *, chars_max: int) -> str:
    text = text.strip()
    if len(text) > chars_max:
        raise BadRequest(f"{field} has at most {chars_max} characters")
    if any(char != "\n" and is_control(char) for char in text):
        raise BadRequest(f"{field} contains control characters")
    return text
