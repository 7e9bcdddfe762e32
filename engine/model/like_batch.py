"""Likes that are decided together: each sees what those before it in the batch have changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.errors import CidConflict, Refused
from engine.ids import AccountId, GroupId, LikeId, MatchId
from engine.model.like import (
    LikeDecision,
    LikeFacts,
    LikeReceipt,
    LikeRequest,
    decide_like,
)
from engine.model.policy import Policy

_Pair = tuple[GroupId, AccountId, AccountId]


@dataclass(slots=True)
class Placed:
    """A like of the batch that is to be written."""

    like: LikeId
    request: LikeRequest
    decision: LikeDecision
    match: MatchId | None  # also set where a later like of the batch made the match


class LikeBatch:
    """Facts were gathered once, before the first decision; this keeps them true for the later."""

    def __init__(
        self,
        known: Mapping[tuple[AccountId, str], tuple[LikeRequest, LikeReceipt]],
        policy: Policy,
        *,
        now_ms: int,
    ) -> None:
        """`known`: likes that are stored under the cids of this batch, with their receipts."""
        self.placed: list[Placed] = []
        self._known = dict(known)
        self._policy = policy
        self._now_ms = now_ms
        self._likes: Counter[AccountId] = Counter()
        self._supers: Counter[AccountId] = Counter()
        self._spent: Counter[AccountId] = Counter()
        self._liked: set[_Pair] = set()
        self._open: dict[_Pair, Placed] = {}
        self._matched: set[_Pair] = set()

    def place(
        self, request: LikeRequest, like: LikeId, match: MatchId, facts: LikeFacts
    ) -> LikeReceipt | Refused:
        """Decide one like; a repeated `cid` gets the first receipt."""
        name = request.sender, request.cid
        if name in self._known:
            first, receipt = self._known[name]
            return receipt if first == request else CidConflict()
        try:
            decision = decide_like(
                self._now(facts, request), request, self._policy, now_ms=self._now_ms
            )
        except Refused as refusal:
            return refusal
        placed = Placed(like, request, decision, match if decision.match else None)
        self._remember(placed)
        receipt = LikeReceipt(like, decision.left_today, decision.credits)
        self._known[name] = request, receipt
        return receipt

    def _now(self, facts: LikeFacts, request: LikeRequest) -> LikeFacts:
        sender, target = request.sender, facts.target
        if target is None:
            return facts
        here, back = (request.group, sender, target), (request.group, target, sender)
        mutual, matched = facts.mutual, facts.matched
        answered = self._open.get(back)
        if answered is not None:
            mutual = answered.match is None and answered.request.intent is request.intent
        if here in self._matched:
            mutual, matched = False, True
        return replace(
            facts,
            liked_at_ms=self._now_ms if here in self._liked else facts.liked_at_ms,
            matched=matched,
            likes_today=facts.likes_today + self._likes[sender],
            supers_today=facts.supers_today + self._supers[sender],
            credits=facts.credits - self._spent[sender],
            mutual=mutual,
        )

    def _remember(self, placed: Placed) -> None:
        request, target = placed.request, placed.decision.target
        sender = request.sender
        self.placed.append(placed)
        self._likes[sender] += 1
        self._supers[sender] += request.super
        self._spent[sender] += placed.decision.cost
        here, back = (request.group, sender, target), (request.group, target, sender)
        self._liked.add(here)
        if placed.match is not None:
            if back in self._open:
                self._open[back].match = placed.match
            self._matched |= {here, back}
        self._open[here] = placed
