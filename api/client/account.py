"""Written by `python -m api.sdk`, not by hand: the calls of account."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call
from api.client.shared import Gender


class Me(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One's own account."""

    nickname: str
    birth_year: int
    gender: Gender
    show_read_marks: bool
    premium: bool
    credits: int
    contact: str | None


class MyChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be changed; what is not named stays."""

    nickname: str | UnsetType = UNSET
    show_read_marks: bool | UnsetType = UNSET
    contact: str | UnsetType | None = UNSET


class Erasure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When everything will be erased; until then it can be taken back."""

    erases_at: int


def get_me() -> Call[Me]:
    """Read one's own account."""
    return Call("GET", "/v1/me", Me)


def change_me(body: MyChange | None = None) -> Call[Me]:
    """Change one's own account."""
    return Call("PATCH", "/v1/me", Me, body=body)


def delete_me() -> Call[Erasure]:
    """Stop the account and all its devices at once; it is erased later."""
    return Call("DELETE", "/v1/me", Erasure, status=202)
