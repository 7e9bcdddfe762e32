"""Reveal: two people show each other more of themselves, step by step, both or neither.

The nickname is known from the match on; the three further steps come in their order. A step is
offered by one side and revealed when the other agrees, in one commit. The table below is all there
is: how a step stands for the one who acts, what they do, and what comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import Conflict
from engine.ids import Alias


class RevealStep(StrEnum):
    """What can be revealed, in its order."""

    PROFILE = "profile"
    PHOTO = "photo"
    CONTACT = "contact"


class RevealAct(StrEnum):
    """What one side can do."""

    OFFER = "offer"
    ACCEPT = "accept"
    WITHDRAW = "withdraw"


class Standing(StrEnum):
    """How a step stands for one side."""

    REVEALED = "revealed"
    FREE = "free"  # it is the next, and nobody has offered it
    MINE = "mine"  # offered by me
    THEIRS = "theirs"  # offered by the other
    LATER = "later"  # another step comes first


class Outcome(StrEnum):
    """What an act leads to."""

    NOTHING = "nothing"  # it is so already
    OFFERED = "offered"
    WITHDRAWN = "withdrawn"
    REVEALED = "revealed"
    REFUSED = "refused"


OUTCOMES: Mapping[Standing, Mapping[RevealAct, Outcome]] = {
    Standing.REVEALED: {
        RevealAct.OFFER: Outcome.NOTHING,
        RevealAct.ACCEPT: Outcome.NOTHING,
        RevealAct.WITHDRAW: Outcome.REFUSED,  # what was seen cannot be unseen
    },
    Standing.FREE: {
        RevealAct.OFFER: Outcome.OFFERED,
        RevealAct.ACCEPT: Outcome.REFUSED,
        RevealAct.WITHDRAW: Outcome.NOTHING,
    },
    Standing.MINE: {
        RevealAct.OFFER: Outcome.NOTHING,
        RevealAct.ACCEPT: Outcome.REFUSED,
        RevealAct.WITHDRAW: Outcome.WITHDRAWN,
    },
    Standing.THEIRS: {
        RevealAct.OFFER: Outcome.REVEALED,  # both have offered, so both agree
        RevealAct.ACCEPT: Outcome.REVEALED,
        RevealAct.WITHDRAW: Outcome.NOTHING,
    },
    Standing.LATER: {
        RevealAct.OFFER: Outcome.REFUSED,
        RevealAct.ACCEPT: Outcome.REFUSED,
        RevealAct.WITHDRAW: Outcome.NOTHING,
    },
}

_STEPS = tuple(RevealStep)


@dataclass(frozen=True, slots=True)
class Reveal:
    """How far two people have come, and who has offered the next step."""

    done: int = 0
    offered_by: Alias | None = None

    @property
    def complete(self) -> bool:
        """Whether all has been revealed, the contact last."""
        return self.done == len(_STEPS)

    @property
    def steps(self) -> tuple[RevealStep, ...]:
        """Return the steps that both have taken, in their order."""
        return _STEPS[: self.done]

    def standing(self, me: Alias, step: RevealStep) -> Standing:
        """Say how a step stands for one side."""
        place = _STEPS.index(step)
        if place < self.done:
            return Standing.REVEALED
        if place > self.done:
            return Standing.LATER
        if self.offered_by is None:
            return Standing.FREE
        return Standing.MINE if self.offered_by == me else Standing.THEIRS

    def outcome(self, me: Alias, step: RevealStep, act: RevealAct) -> Outcome:
        """Say what an act leads to; raises Conflict where it is not its time."""
        found = OUTCOMES[self.standing(me, step)][act]
        if found is Outcome.REFUSED:
            raise Conflict("this step cannot be taken now")
        return found


def after(step: RevealStep, outcome: Outcome, me: Alias) -> Reveal:
    """Return the state that an outcome leaves, which is all that the next act has to know."""
    place = _STEPS.index(step)
    match outcome:
        case Outcome.OFFERED:
            return Reveal(place, me)
        case Outcome.WITHDRAWN:
            return Reveal(place)
        case Outcome.REVEALED:
            return Reveal(place + 1)
        case _:
            raise AssertionError("nothing has happened")


@dataclass(frozen=True, slots=True)
class Revealable:
    """What one side would show, read from the store when it is needed."""

    bio: str
    interests: tuple[str, ...]
    age_band: str
    contact: str | None
    photo: str | None = None  # its name; the picture itself is read over REST

    def shown(self, step: RevealStep) -> dict[str, object]:
        """Return what a step shows of a person; raises Conflict where there is nothing to show."""
        match step:
            case RevealStep.PROFILE:
                interests = list(self.interests)
                return {"bio": self.bio, "interests": interests, "age_band": self.age_band}
            case RevealStep.PHOTO:
                return {"photo": self.photo}
            case RevealStep.CONTACT:
                if self.contact is None:
                    raise Conflict("set a contact first: it is what this step shows")
                return {"contact": self.contact}
