"""The doors of groups: invites, who asks to come in, and roles."""

from __future__ import annotations

from msgspec import Struct

from api.rest.call import Call
from api.rest.proofs import invite_digest
from api.rest.route import Routes, Spec
from api.rest.views import Id, Millis, Page
from engine.errors import Forbidden, GroupFull, NotFound, RateLimited
from engine.ids import GroupId, MemberId
from engine.model.entry import check_uses
from engine.model.group import Role
from engine.model.meeting import CODE_BYTES, write_code
from engine.ports.admissions import Invite

DAY_MS = 86_400_000

routes = Routes("groups")


class NewInvite(Struct, forbid_unknown_fields=True, frozen=True):
    """How often the invite may be used."""

    uses: int = 1


class InviteView(Struct, frozen=True):
    """An invite; its code is shown this once."""

    code: str
    uses: int
    expires_at: Millis
    link: str


class ApplicantView(Struct, frozen=True):
    """Who asks to come in."""

    member: Id
    nickname: str
    bio: str
    interests: tuple[str, ...]


class BannedView(Struct, frozen=True):
    """Who is banned."""

    member: Id
    nickname: str


class Decision(Struct, forbid_unknown_fields=True, frozen=True):
    """Whether an applicant comes in."""

    admit: bool


class Appointment(Struct, forbid_unknown_fields=True, frozen=True):
    """A role for a member; the owner's hands the group over."""

    role: Role


@routes.add(
    "POST",
    "/v1/groups/{group}/invites",
    Spec(status=201, refusals=(NotFound, Forbidden, RateLimited)),
)
async def invite_people(call: Call, group: GroupId, body: NewInvite) -> InviteView:
    """Make an invite: a code that some people can come in with for some days."""
    services = call.edge.services
    policy = services.policy.groups
    code = write_code(services.world.secret(CODE_BYTES))
    expires_at = call.now_ms + policy.invite_days * DAY_MS
    invite = Invite(invite_digest(call, code), check_uses(body.uses, policy), expires_at)
    await services.store.admissions.invite(group, call.account, invite, policy, now_ms=call.now_ms)
    link = f"{call.scheme}://{call.host}/#/invite/{group}/{code}"
    return InviteView(code, invite.uses, expires_at, link)


@routes.add("GET", "/v1/groups/{group}/applicants", Spec(refusals=(NotFound, Forbidden)))
async def list_applicants(call: Call, group: GroupId) -> Page[ApplicantView]:
    """List who asks to come in, for who moderates the group."""
    found = await call.edge.services.store.admissions.applicants(group, call.account)
    return Page(
        [
            ApplicantView(one.member, one.profile.nickname, one.profile.bio, one.profile.interests)
            for one in found
        ],
        None,
    )


@routes.add(
    "POST",
    "/v1/groups/{group}/applicants/{member}",
    Spec(status=204, refusals=(NotFound, Forbidden, GroupFull)),
)
async def decide_applicant(call: Call, group: GroupId, member: MemberId, body: Decision) -> None:
    """Let somebody in who asks to, or not; then they may ask again."""
    services = call.edge.services
    await services.store.admissions.decide(
        group,
        call.account,
        member,
        services.policy.groups,
        admit=body.admit,
        now_ms=call.now_ms,
    )
    services.nudge()


@routes.add("GET", "/v1/groups/{group}/bans", Spec(refusals=(NotFound, Forbidden)))
async def list_bans(call: Call, group: GroupId) -> Page[BannedView]:
    """List who is banned, for who moderates the group."""
    found = await call.edge.services.store.admissions.banned(group, call.account)
    return Page([BannedView(one.member, one.nickname) for one in found], None)


@routes.add(
    "DELETE",
    "/v1/groups/{group}/bans/{member}",
    Spec(status=204, refusals=(NotFound, Forbidden)),
)
async def lift_ban(call: Call, group: GroupId, member: MemberId) -> None:
    """Let somebody come back who is banned, by the same door as everybody."""
    await call.edge.services.store.admissions.lift_ban(group, call.account, member)


@routes.add(
    "PATCH",
    "/v1/groups/{group}/members/{member}",
    Spec(status=204, refusals=(NotFound, Forbidden)),
)
async def appoint_member(call: Call, group: GroupId, member: MemberId, body: Appointment) -> None:
    """Give a member a role below one's own; an owner can hand the group over."""
    admissions = call.edge.services.store.admissions
    await admissions.appoint(group, call.account, member, body.role)
