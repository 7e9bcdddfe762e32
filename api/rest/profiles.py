"""How one shows oneself in a group: read and changed after joining."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import Millis
from engine.errors import Conflict, ContactTooSoon, NotFound, RateLimited
from engine.ids import GroupId
from engine.model.account import clean_nickname
from engine.model.profile_change import OwnProfile, ProfileChange

routes = Routes("groups")

PATH = "/v1/groups/{group}/membership"


class ShownChange(Struct, forbid_unknown_fields=True, frozen=True):
    """What is to be another than it is; what is not named stays."""

    nickname: str | UnsetType = UNSET
    bio: str | UnsetType = UNSET
    interests: tuple[str, ...] | UnsetType = UNSET


class OwnProfileView(Struct, frozen=True):
    """One's own profile in a group; `rename_at`: when the nickname may be changed again."""

    nickname: str
    bio: str
    interests: tuple[str, ...]
    rename_at: Millis | None


@routes.add("GET", PATH, Spec(refusals=(NotFound,)))
async def get_profile(call: Call, group: GroupId) -> OwnProfileView:
    """Read one's own profile in a group, be it while one still asks to come in."""
    return _view(call, await call.edge.services.store.profiles.mine(group, call.account))


@routes.add("PATCH", PATH, Spec(refusals=(NotFound, Conflict, ContactTooSoon, RateLimited)))
async def change_profile(call: Call, group: GroupId, body: ShownChange) -> OwnProfileView:
    """Change one's own profile in a group; it stays as it is in all others."""
    services = call.edge.services
    nickname = None
    if body.nickname is not UNSET:
        nickname = clean_nickname(body.nickname, services.policy.sign_in)
    change = ProfileChange(
        nickname,
        None if body.bio is UNSET else body.bio,
        None if body.interests is UNSET else body.interests,
    )
    own = await services.store.profiles.change(
        group, call.account, change, services.policy.groups, now_ms=call.now_ms
    )
    services.nudge()
    return _view(call, own)


def _view(call: Call, own: OwnProfile) -> OwnProfileView:
    profile, policy = own.profile, call.edge.services.policy.groups
    return OwnProfileView(profile.nickname, profile.bio, profile.interests, own.free_at(policy))
