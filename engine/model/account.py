"""People: their profile, the devices they signed in on, and the age rule."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from engine.errors import BadRequest, ContactTooSoon, Forbidden
from engine.ids import AccountId, DeviceId
from engine.limits import CONTACT_CHARS_MAX
from engine.model.contacts import Grade, grade
from engine.model.policy import SignInPolicy
from engine.model.text import is_control

# Hangul syllables, Latin letters and digits, after NFKC (domain.md, Accounts).
_NICKNAME = re.compile(r"[가-힣A-Za-z0-9]+\Z")

# Words that would make a member look like staff, compared without case.
_RESERVED = ("운영자", "관리자", "고객센터", "admin", "glimpse", "operator", "moderator", "support")

# What looks the same among the characters of a nickname (confusables of UTS 39), in lower case;
# each by itself, so that a name with a number behind it begins as the name.
_LOOKS = str.maketrans({"i": "l", "1": "l", "0": "o", "m": "rn", "w": "vv"})

# Bands of age are wide enough that one does not point at a person in a group of some tens.
_YOUNGEST_BAND = 20
_OLDEST_BAND = 60
_BAND_YEARS = 5


class Gender(StrEnum):
    """The side a person is on in romantic matching."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person says of themselves when they first sign in; valid by construction."""

    nickname: str
    birth_year: int
    gender: Gender


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the server knows them; `account` never leaves it."""

    account: AccountId
    nickname: str
    birth_year: int
    gender: Gender
    show_read_marks: bool
    premium: bool
    credits: int
    contact: str | None = field(default=None, repr=False)  # for its person, and for a reveal


@dataclass(frozen=True, slots=True)
class SignIn:
    """A device that may now act for an account."""

    account: AccountId
    device: DeviceId
    new: bool


def clean_nickname(text: str, policy: SignInPolicy) -> str:
    """Return the nickname in its one written form; raises BadRequest if it may not be used.

    One that holds a way to reach somebody raises ContactTooSoon.
    """
    nickname = unicodedata.normalize("NFKC", text).strip()
    if not policy.nickname_chars_min <= len(nickname) <= policy.nickname_chars_max:
        low, high = policy.nickname_chars_min, policy.nickname_chars_max
        raise BadRequest(f"a nickname has {low} to {high} characters")
    if not _NICKNAME.match(nickname):
        raise BadRequest("a nickname is made of Hangul, Latin letters and digits")
    if any(skeleton(word) in skeleton(nickname) for word in _RESERVED):
        raise BadRequest("this nickname is reserved")
    if grade(nickname) is Grade.CERTAIN:
        raise ContactTooSoon
    return nickname


def skeleton(nickname: str) -> str:
    """Return what two nicknames share that look alike."""
    return nickname.casefold().translate(_LOOKS)


def clean_contact(text: str) -> str:
    """Return how somebody is reached, as it is kept; raises BadRequest. Empty means not at all."""
    contact = unicodedata.normalize("NFC", text).strip()
    if len(contact) > CONTACT_CHARS_MAX:
        raise BadRequest(f"a contact has at most {CONTACT_CHARS_MAX} characters")
    if any(is_control(char) for char in contact):
        raise BadRequest("a contact has no control characters")
    return contact


def make_profile(
    nickname: str, birth_year: int, gender: str, *, year: int, policy: SignInPolicy
) -> Profile:
    """Check a first profile in calendar year `year`; raises BadRequest, Forbidden if too young."""
    if not year - 120 <= birth_year <= year:
        raise BadRequest("birth_year is not a year of birth")
    check_age(birth_year, year=year, policy=policy)
    try:
        side = Gender(gender)
    except ValueError:
        raise BadRequest("gender is one of female, male, other") from None
    return Profile(clean_nickname(nickname, policy), birth_year, side)


def check_age(birth_year: int, *, year: int, policy: SignInPolicy) -> None:
    """Raise Forbidden before the year in which the person turns 19."""
    if year - birth_year < policy.years_min:
        raise Forbidden(f"Glimpse opens in the year in which you turn {policy.years_min}")


def age_band(birth_year: int, *, year: int) -> str:
    """Say roughly how old somebody is: `20-24`, `25-29`, …, `60+`."""
    age = year - birth_year
    if age >= _OLDEST_BAND:
        return f"{_OLDEST_BAND}+"
    if age < _YOUNGEST_BAND:
        return str(_YOUNGEST_BAND - 1)
    low = age // _BAND_YEARS * _BAND_YEARS
    return f"{low}-{low + _BAND_YEARS - 1}"
