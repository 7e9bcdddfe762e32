"""Port: matches in whose rooms nobody speaks."""

from __future__ import annotations

from typing import Protocol

from engine.ids import AccountId, MatchId
from engine.model.policy import MatchPolicy


class Silence(Protocol):
    """Ends matches without messages when their time is over."""

    async def end_due(self, policy: MatchPolicy, *, now_ms: int) -> bool:
        """End some matches that nobody spoke in, each as by `Likes.end_match`; say if more wait.

        One transaction, a bounded number of matches; a match in which somebody has spoken is
        never looked at again. Several processes may do it at once.
        """

    async def put_off(
        self, match: MatchId, account: AccountId, policy: MatchPolicy, *, now_ms: int
    ) -> None:
        """Let an own match wait as long again, once. Repeatable.

        Raises NotFound, PremiumRequired, and Conflict for a match that has ended.
        """
