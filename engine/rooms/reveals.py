"""The reveal of a match in its room: the log is the only place where its state is kept."""

from __future__ import annotations

from collections.abc import Mapping

from engine.ids import Alias
from engine.model.reveal import (
    Outcome,
    Reveal,
    Revealable,
    RevealAct,
    RevealStep,
    after,
)
from engine.rooms.events import Event, EventName

NAMES: Mapping[Outcome, EventName] = {
    Outcome.OFFERED: EventName.REVEAL_OFFERED,
    Outcome.WITHDRAWN: EventName.REVEAL_WITHDRAWN,
    Outcome.REVEALED: EventName.REVEAL_DONE,
}
_OUTCOMES = {name: outcome for outcome, name in NAMES.items()}

Sides = Mapping[Alias, Revealable]


def reveal_from(event: Event | None) -> Reveal:
    """Read the state from the newest event of a reveal: each of them says all of it."""
    if event is None:
        return Reveal()
    assert event.sender is not None
    return after(RevealStep(str(event.content["step"])), _OUTCOMES[event.name], event.sender)


def reveal_content(
    me: Alias, match: str, step: RevealStep, act: RevealAct, outcome: Outcome, sides: Sides
) -> dict[str, object]:
    """Return what the log keeps; raises Conflict where somebody has nothing to show.

    Until both have agreed it holds nothing of anybody. Then `mine` is of the one who agreed last,
    who sends the event, and `theirs` of the other; each side is shown only the other's.
    """
    content: dict[str, object] = {"match": match, "step": step.value}
    if act is not RevealAct.WITHDRAW:
        mine = sides[me].shown(step)
        if outcome is Outcome.REVEALED:
            (other,) = (alias for alias in sides if alias != me)
            content |= {"mine": mine, "theirs": sides[other].shown(step)}
    return content
