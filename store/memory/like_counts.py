"""Counts of likers in memory."""

from __future__ import annotations

from engine.ids import AccountId, GroupId
from engine.model.group import MemberState
from engine.model.like_count import CountBand, Release, count_band, release_of
from engine.model.like_undo import LikeState
from engine.model.policy import LikePolicy
from engine.ports.outbox import NoticeKind
from store.memory.like_rows import LikeRow
from store.memory.state import Memory

_RANKS: dict[CountBand | None, int] = {band: rank for rank, band in enumerate((None, *CountBand))}


def release(memory: Memory, policy: LikePolicy, *, now_ms: int) -> int:
    """Release the counts if it is time; return how many people are told."""
    newest = release_of(now_ms, policy)
    if memory.likes_released_at >= newest.at_ms:
        return 0
    memory.likes_released_at = newest.at_ms
    held, memory.like_counts = memory.like_counts, _bands(memory, newest, policy)
    risen = [
        (who, band)
        for who, band in sorted(memory.like_counts.items())
        if _RANKS[band] > _RANKS[held.get(who)]
    ]
    for (group, account), band in risen:
        content: dict[str, object] = {"group": group, "count_band": band.value}
        memory.tell(NoticeKind.LIKES, content, due_ms=newest.at_ms, account=account)
    return len(risen)


def _bands(
    memory: Memory, newest: Release, policy: LikePolicy
) -> dict[tuple[GroupId, AccountId], CountBand]:
    likers: dict[tuple[GroupId, AccountId], set[AccountId]] = {}
    for row in memory.likes.values():
        if _counts(row, newest):
            likers.setdefault((row.request.group, row.target), set()).add(row.request.sender)
    bands = {}
    for (group, account), people in likers.items():
        me = memory.members.get((group, account))
        band = count_band(len(people), len(memory.people_of(group)), policy)
        here = me is not None and me.state is MemberState.ACTIVE and not memory.groups[group].ended
        if band is not None and here:
            bands[group, account] = band
    return bands


def _counts(row: LikeRow, newest: Release) -> bool:
    """Say whether a like is in a release: by its own time, not by who is still there."""
    if row.state in {LikeState.UNDONE, LikeState.CANCELLED}:
        return False
    if row.told_at is not None and row.told_at < newest.at_ms:
        return False
    return newest.from_ms <= row.at < newest.until_ms
