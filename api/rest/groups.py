"""Groups: found, made, entered, left, and who is in them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.rest.call import Call
from api.rest.meeting_doors import enter_meeting, open_meeting
from api.rest.places import NewPlace, open_place
from api.rest.proofs import Shown, read_proof
from api.rest.route import Routes, Spec
from api.rest.views import (
    GroupView,
    Id,
    ListQuery,
    Page,
    group_view,
)
from engine.errors import (
    AlreadyMember,
    BadRequest,
    Conflict,
    ConsentRequired,
    ContactTooSoon,
    Forbidden,
    GroupFull,
    NotFound,
    RateLimited,
    VerificationRequired,
    WindowOver,
)
from engine.ids import GroupId, MemberId, is_id
from engine.model.account import clean_nickname
from engine.model.group import (
    EntryRule,
    MemberProfile,
    Membership,
    MemberState,
    Role,
    make_draft,
    make_member_profile,
)
from engine.model.meeting import MeetingMode

routes = Routes("groups")

# Longer than any name of a group: a search for more finds nothing anyway.
QUERY_CHARS_MAX = 100


class GroupQuery(ListQuery, forbid_unknown_fields=True, frozen=True):
    """Which groups: those whose name contains `query`, or with `mine` one's own."""

    query: Annotated[str, Meta(max_length=QUERY_CHARS_MAX)] = ""
    mine: bool = False


class ShownProfile(Struct, forbid_unknown_fields=True, frozen=True):
    """How somebody wants to be seen in one group; without a nickname under their own."""

    nickname: str | UnsetType = UNSET
    bio: str = ""
    interests: tuple[str, ...] = ()


class NewGroup(Struct, forbid_unknown_fields=True, frozen=True):
    """A group that anybody can make; `mode` is a meeting's, `place` a place's, `hours` both's."""

    type: Literal["created", "instance", "location"]
    name: str
    description: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    visibility: Literal["public", "hidden"] = "public"
    rules: str = ""
    entry: EntryRule = EntryRule.OPEN
    profile: ShownProfile = ShownProfile()
    mode: MeetingMode | UnsetType = UNSET
    hours: int | UnsetType = UNSET
    place: NewPlace | UnsetType = UNSET


class Entry(Struct, forbid_unknown_fields=True, frozen=True):
    """How to enter a group; `proof` is for groups that ask for one."""

    proof: Shown | None = None
    profile: ShownProfile = ShownProfile()


class MembershipView(Struct, frozen=True):
    """One's own new place in a group."""

    group: Id
    member: Id
    state: MemberState
    role: Role
    nickname: str


@routes.add("GET", "/v1/groups")
async def list_groups(call: Call, query: GroupQuery) -> Page[GroupView]:
    """Find public groups, or one's own."""
    name = f"groups {query.mine} {query.query}"
    after = call.edge.auth.cursors.open(call.account, name, query.cursor)
    found = await call.edge.services.store.groups.search(
        call.account,
        query=query.query.strip(),
        mine=query.mine,
        after=None if after is None else GroupId(after),
        limit=query.rows + 1,
    )
    policy = call.edge.services.policy.groups
    items = [group_view(group, policy) for group in found[: query.rows]]
    more = len(found) > query.rows
    cursor = call.edge.auth.cursors.seal(call.account, name, items[-1].group) if more else None
    return Page(items, cursor)


@routes.add(
    "POST", "/v1/groups", Spec(status=201, refusals=(RateLimited, ContactTooSoon, ConsentRequired))
)
async def create_group(call: Call, body: NewGroup) -> GroupView:
    """Make a group and be its owner."""
    services, policy = call.edge.services, call.edge.services.policy.groups
    draft = make_draft(
        name=body.name,
        description=body.description,
        category=body.category,
        tags=body.tags,
        # A meeting is found by its code, and by nothing else.
        visibility="hidden" if body.type == "instance" else body.visibility,
        rules=body.rules,
        policy=policy,
        entry=body.entry,
    )
    profile = _profile(call, body.profile)
    if body.type == "instance":
        if body.mode is UNSET or body.hours is UNSET or body.place is not UNSET:
            raise BadRequest("a meeting needs its mode and its hours")
        name_only = MemberProfile(profile.nickname)
        made = await open_meeting(call, draft, body.mode, body.hours, name_only)
        return await get_group(call, made)
    if body.mode is not UNSET:
        raise BadRequest("the mode is that of a meeting")
    if body.type == "location":
        if body.place is UNSET or body.hours is UNSET:
            raise BadRequest("a group of a place needs its place and its hours")
        return await get_group(call, await open_place(call, draft, body.place, body.hours, profile))
    if body.place is not UNSET or body.hours is not UNSET:
        raise BadRequest("hours and place are those of meetings and of places")
    group = await services.store.groups.create(
        GroupId(services.world.fresh_id()),
        MemberId(services.world.fresh_id()),
        call.account,
        draft,
        profile,
        policy,
        now_ms=call.now_ms,
    )
    return group_view(group, policy)


@routes.add("GET", "/v1/groups/{group}", Spec(refusals=(NotFound,)))
async def get_group(call: Call, group: GroupId) -> GroupView:
    """Read one group; a hidden one is there for its members only."""
    found = await call.edge.services.store.groups.get(group, call.account)
    return group_view(found, call.edge.services.policy.groups)


@routes.add(
    "POST",
    "/v1/groups/{group}/join",
    Spec(
        refusals=(
            NotFound,
            AlreadyMember,
            GroupFull,
            Forbidden,
            VerificationRequired,
            ConsentRequired,
            Conflict,
            ContactTooSoon,
            RateLimited,
            WindowOver,
        )
    ),
)
async def join_group(call: Call, group: GroupId, body: Entry) -> MembershipView:
    """Enter a group, at once or when it is approved (`pending`)."""
    services = call.edge.services
    profile = _profile(call, body.profile)
    try:
        place = await services.store.groups.join(
            group,
            MemberId(services.world.fresh_id()),
            call.account,
            profile,
            services.policy.groups,
            now_ms=call.now_ms,
            proof=read_proof(call, group, body.proof),
        )
    except NotFound:
        # A hidden group is there for who has its code.
        if not isinstance(body.proof, str):
            raise
        name_only = MemberProfile(profile.nickname)
        return membership_view(await enter_meeting(call, body.proof, group, name_only))
    services.nudge()
    return membership_view(place)


def membership_view(place: Membership) -> MembershipView:
    """Return somebody's own place in a group."""
    return MembershipView(place.group, place.member, place.state, place.role, place.nickname)


@routes.add(
    "DELETE", "/v1/groups/{group}/membership", Spec(status=204, refusals=(NotFound, Conflict))
)
async def leave_group(call: Call, group: GroupId) -> None:
    """Leave a group; what was open in it ends. An owner hands over first."""
    services = call.edge.services
    await services.store.groups.leave(group, call.account, now_ms=call.now_ms)
    services.nudge()


class Banned(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to ban."""

    member: str


@routes.add("POST", "/v1/groups/{group}/bans", Spec(status=204, refusals=(NotFound, Forbidden)))
async def ban_member(call: Call, group: GroupId, body: Banned) -> None:
    """Ban a member below one's own role; they are out at once and cannot come back."""
    if not is_id(body.member):
        raise NotFound("there is no such member")
    services = call.edge.services
    await services.store.groups.ban(group, call.account, MemberId(body.member), now_ms=call.now_ms)
    services.nudge()


def own_profile(call: Call, nickname: str | None) -> MemberProfile:
    """Return a profile of a nickname alone, by default the caller's own."""
    return _profile(call, ShownProfile(UNSET if nickname is None else nickname))


def _profile(call: Call, shown: ShownProfile) -> MemberProfile:
    nickname = call.caller.account.nickname
    if shown.nickname is not UNSET:
        nickname = clean_nickname(shown.nickname, call.edge.services.policy.sign_in)
    return make_member_profile(nickname, shown.bio, shown.interests)
