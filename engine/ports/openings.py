"""Port: that matching opens or closes in a group, told to each member as they see it."""

from __future__ import annotations

from typing import Protocol

from engine.model.policy import GroupPolicy


class Openings(Protocol):
    """What was told last is kept for each member: who hides from one does not count for one."""

    async def announce(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """Look at some groups whose numbers have changed; return how many those were.

        To each member for whom the state is another one goes an outbox row of kind
        `group.matching`. At an instant meeting nothing is told of numbers. Raises Unavailable.
        """
