"""What people agree to now, in memory, and what ends when they do not any more."""

from __future__ import annotations

from engine.errors import ConsentRequired
from engine.ids import AccountId
from engine.model.consent import Purpose, require
from engine.model.like import Intent, is_sensitive
from engine.model.like_undo import LikeState
from engine.model.policy import Policy
from store.memory.state import Memory


def require_consent(memory: Memory, account: AccountId, purpose: Purpose) -> None:
    """Raise ConsentRequired unless the person agrees now."""
    said = [one for one in memory.consents.get(account, []) if one.purpose is purpose]
    require(said[-1:], purpose)


def agrees(memory: Memory, account: AccountId, purpose: Purpose) -> bool:
    """Say whether the person agrees now."""
    try:
        require_consent(memory, account, purpose)
    except ConsentRequired:
        return False
    return True


def require_sensitive(memory: Memory, account: AccountId, intent: Intent, policy: Policy) -> None:
    """Raise ConsentRequired where a wish needs a consent that was not given."""
    if is_sensitive(intent, policy):
        require_consent(memory, account, Purpose.SENSITIVE)


def end_romantic(memory: Memory, account: AccountId) -> None:
    """End the open romantic wishes of somebody; no match comes of them."""
    for like in memory.likes.values():
        mine = like.request.sender == account and like.request.intent is Intent.ROMANTIC
        if mine and like.state is LikeState.OPEN:
            like.state = LikeState.ENDED
    for ticket in memory.tickets.values():
        mine = ticket.draft.account == account and ticket.draft.want.intent is Intent.ROMANTIC
        if mine and ticket.state == "waiting":
            ticket.state = "left"
    for row in memory.meetings.descriptions.values():
        if row.account == account and row.description.intent is Intent.ROMANTIC:
            row.open = False
