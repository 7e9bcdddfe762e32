"""Making a match in memory: the same for two likes and for two who described each other."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import GroupId, MatchId, RoomId
from engine.ports.outbox import NoticeKind
from engine.rooms.events import RoomKind
from store.memory.like_rows import MatchRow
from store.memory.state import Memory, RoomMemberRow, RoomRow


def open_match(
    memory: Memory,
    group: GroupId,
    match: MatchId,
    room: RoomId,
    sides: Sequence[RoomMemberRow],
    *,
    at: int,
    pool: bool = False,
) -> None:
    """Make a match of two, its room and both notices; nobody sees any of it before `at`."""
    members = {side.alias: side for side in sides}
    memory.rooms[room] = RoomRow(room, RoomKind.MATCH, group, at, at, members)
    pair = frozenset(side.account for side in sides)
    memory.matches[match] = MatchRow(match, group, room, pair, at)
    for me, peer in (sides, sides[::-1]):
        content: dict[str, object] = {
            "match": match,
            "room": room,
            "group": group,
            "peer": {"alias": peer.alias, "nickname": peer.nickname},
            "at": at,
        }
        if pool:
            content["pool"] = group
        memory.tell(NoticeKind.MATCH, content, due_ms=at, account=me.account)
