"""Written by `python -m api.sdk`, not by hand: the calls of profiles."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, path


class OwnProfileView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One's own profile in a group; `rename_at`: when the nickname may be changed again."""

    nickname: str
    bio: str
    interests: list[str]
    rename_at: int | None


class ShownChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be another than it is; what is not named stays."""

    nickname: str | UnsetType = UNSET
    bio: str | UnsetType = UNSET
    interests: list[str] | UnsetType = UNSET


def get_profile(group: str) -> Call[OwnProfileView]:
    """Read one's own profile in a group, be it while one still asks to come in."""
    return Call("GET", path("/v1/groups/{}/membership", group), OwnProfileView)


def change_profile(group: str, body: ShownChange | None = None) -> Call[OwnProfileView]:
    """Change one's own profile in a group; it stays as it is in all others."""
    return Call("PATCH", path("/v1/groups/{}/membership", group), OwnProfileView, body=body)
