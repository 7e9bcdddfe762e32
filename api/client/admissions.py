"""Written by `python -m api.sdk`, not by hand: the calls of admissions."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, Page, path
from api.client.shared import Role


class NewInvite(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often the invite may be used."""

    uses: int | UnsetType = UNSET


class InviteView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An invite; its code is shown this once."""

    code: str
    uses: int
    expires_at: int
    link: str


class ApplicantView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asks to come in."""

    member: str
    nickname: str
    bio: str
    interests: list[str]


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether an applicant comes in."""

    admit: bool


class BannedView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is banned."""

    member: str
    nickname: str


class Appointment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A role for a member; the owner's hands the group over."""

    role: Role


def invite_people(
    group: str, body: NewInvite | None = None, *, key: str | None = None
) -> Call[InviteView]:
    """Make an invite: a code that some people can come in with for some days."""
    return Call(
        "POST", path("/v1/groups/{}/invites", group), InviteView, status=201, body=body, key=key
    )


def list_applicants(group: str) -> Call[Page[ApplicantView]]:
    """List who asks to come in, for who moderates the group."""
    return Call("GET", path("/v1/groups/{}/applicants", group), Page[ApplicantView])


def decide_applicant(
    group: str, member: str, body: Decision, *, key: str | None = None
) -> Call[None]:
    """Let somebody in who asks to, or not; then they may ask again."""
    return Call(
        "POST",
        path("/v1/groups/{}/applicants/{}", group, member),
        type(None),
        status=204,
        body=body,
        key=key,
    )


def list_bans(group: str) -> Call[Page[BannedView]]:
    """List who is banned, for who moderates the group."""
    return Call("GET", path("/v1/groups/{}/bans", group), Page[BannedView])


def lift_ban(group: str, member: str) -> Call[None]:
    """Let somebody come back who is banned, by the same door as everybody."""
    return Call("DELETE", path("/v1/groups/{}/bans/{}", group, member), type(None), status=204)


def appoint_member(group: str, member: str, body: Appointment) -> Call[None]:
    """Give a member a role below one's own; an owner can hand the group over."""
    return Call(
        "PATCH", path("/v1/groups/{}/members/{}", group, member), type(None), status=204, body=body
    )
