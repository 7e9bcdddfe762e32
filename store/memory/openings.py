"""When matching opens and closes, in memory."""

from __future__ import annotations

import trio

from engine.model.group import GroupType, matching_of
from engine.model.policy import GroupPolicy
from engine.model.push import PushKind
from engine.ports.outbox import NoticeKind
from store.memory.state import Memory


class MemoryOpenings:
    """Tells when matching opens and closes; engine.ports.openings.Openings."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def announce(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """Look at the groups whose members know another state than there is; return how many."""
        await trio.lowlevel.checkpoint()
        changed = set()
        for group in self._memory.groups.values():
            if group.ended or group.type is GroupType.INSTANCE:
                continue
            for row, account in self._memory.people_of(group.group):
                sides = self._memory.sides_of(group.group, account.account)
                now = matching_of(sides, policy=policy)
                if now is row.told_open:
                    continue
                if now.value > row.told_open.value:
                    self._memory.pushes.note(PushKind.SYSTEM, [row.account], now_ms=now_ms)
                row.told_open = now
                changed.add(group.group)
                content: dict[str, object] = {"group": group.group, **now.said}
                self._memory.tell(
                    NoticeKind.MATCHING, content, due_ms=now_ms, account=account.account
                )
        return len(changed)
