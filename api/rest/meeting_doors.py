"""The ways into a meeting: it is made with a code, and a code, typed or scanned, leads into it."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct

from api.rest.call import Call
from engine.errors import NotFound
from engine.ids import GroupId, MemberId
from engine.model.group import GroupDraft, MemberProfile, Membership
from engine.model.meeting import (
    CODE_BYTES,
    CODE_CHARS,
    MeetingCode,
    MeetingMode,
    make_meeting,
    read_code,
    write_code,
)

# With spaces and dashes as people put them.
CODE_TYPED_CHARS_MAX = 4 * CODE_CHARS


class CodeEntry(Struct, forbid_unknown_fields=True, frozen=True):
    """The code of a meeting, and under which nickname to be there."""

    code: Annotated[str, Meta(max_length=CODE_TYPED_CHARS_MAX)]
    nickname: str | None = None


async def open_meeting(
    call: Call, draft: GroupDraft, mode: MeetingMode, hours: int, profile: MemberProfile
) -> GroupId:
    """Make a meeting that begins now."""
    services = call.edge.services
    world, policy = services.world, services.policy
    group = GroupId(world.fresh_id())
    code = write_code(world.secret(CODE_BYTES))
    await services.store.meetings.create(
        group,
        MemberId(world.fresh_id()),
        call.account,
        draft,
        make_meeting(mode, hours, policy.meetings, now_ms=call.now_ms),
        MeetingCode(code, _digest(call, code)),
        profile,
        policy,
    )
    return group


async def enter_meeting(
    call: Call, typed: str, group: GroupId | None, profile: MemberProfile
) -> Membership:
    """Enter by a code; one that cannot be a code counts as a wrong one too."""
    services = call.edge.services
    entered = await services.store.meetings.enter(
        _digest(call, read_code(typed) or ""),
        group,
        MemberId(services.world.fresh_id()),
        call.account,
        profile,
        services.policy,
        now_ms=call.now_ms,
    )
    services.nudge()
    return entered


def link_of(call: Call, code: str) -> str:
    """Write what the QR of a meeting says: where this client is, and the code."""
    return f"{call.scheme}://{call.host}/#/meet/{code}"


def own_code(code: str | None) -> str:
    """Return the code that the organiser sees; to others it is not there."""
    if code is None:
        raise NotFound("only who made the meeting has its code")
    return code


def _digest(call: Call, code: str) -> bytes:
    return hmac.digest(call.edge.auth.meeting_key, code.encode(), sha256)
