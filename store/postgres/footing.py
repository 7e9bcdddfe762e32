"""Where somebody stands in a group, from the columns of a membership that may not be there."""

from __future__ import annotations

from engine.model.access import NOWHERE, Footing
from engine.model.group import MemberState, Role


def footing_from(state: str | None, role: str | None = None) -> Footing:
    """Read it; None is what a LEFT JOIN found of who was never in."""
    if state is None:
        return NOWHERE
    return Footing(MemberState(state), Role.MEMBER if role is None else Role(role))
