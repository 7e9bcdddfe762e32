"""What a client does beside talking: likes, and the steps of a reveal."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.ids import LikeId, MatchId, MemberId, RoomId
from tests.sim.bonds import Bonds
from tests.sim.people import Liked, Person

RETRY = frozenset({"busy", "unavailable", "rate_limited"})
_NOT_NOW = {
    "like.send": RETRY | {"cooldown_active", "matching_closed", "not_found", "not_enough_credits"},
    "like.undo": RETRY | {"conflict", "premium_required", "window_over"},
    "like.cancel": RETRY | {"conflict"},
    "reveal.offer": RETRY | {"conflict", "room_closed", "not_found"},
    "reveal.accept": RETRY | {"conflict", "room_closed", "not_found"},
    "reveal.withdraw": RETRY | {"conflict", "room_closed", "not_found"},
}
_STEPS = ("profile", "profile", "profile", "photo", "photo", "contact")
_ACTS = ("offer", "offer", "accept", "withdraw")


class Mouth(Protocol):
    """The client, as its heart needs it."""

    person: Person
    name: str
    rng: random.Random

    def ask(self, op: str, about: object, fields: dict[str, object], *, sort: str = "") -> None:
        """Send an op and remember what its answer is about."""

    def learn(self, room: RoomId) -> None:
        """Know of a room, and open it if it is new."""

    def complain(self, what: str) -> None:
        """Note a broken promise."""


@dataclass
class Heart:
    """Whom a client likes, and what it heard of matches."""

    mouth: Mouth
    bonds: Bonds

    def __post_init__(self) -> None:
        self.heard: set[RoomId] = set()  # rooms of matches that it was told of on this line

    def act(self, action: str) -> None:
        """Do one thing."""
        if action == "like":
            self._like()
        elif action == "take back":
            self._take_back()
        else:
            self._reveal()

    def _like(self) -> None:
        mouth, person = self.mouth, self.mouth.person
        given = list(person.likes.values())[-10:]
        if given and mouth.rng.random() < 0.3:
            liked = mouth.rng.choice(given)  # for the answer was lost, or for no reason
        else:
            others = [one for one, whose in self.bonds.members.items() if whose != person.account]
            liked = self._liked(mouth.rng.choice(others))
        fields: dict[str, object] = {"member": liked.member, "intent": liked.intent}
        fields |= {"group": person.group, "cid": liked.cid}
        mouth.ask("like.send", liked, fields)

    def _liked(self, member: MemberId) -> Liked:
        likes = self.mouth.person.likes
        cid = f"{self.mouth.name}.like{self.mouth.rng.getrandbits(32)}"
        intent = self.mouth.rng.choice(("friend", "friend", "romantic"))
        liked = likes[cid] = Liked(cid, member, intent)
        return liked

    def _take_back(self) -> None:
        given = [one for one in self.mouth.person.likes.values() if one.like is not None]
        if given:
            liked = self.mouth.rng.choice(given[-10:])
            op = self.mouth.rng.choice(("like.undo", "like.cancel"))
            self.mouth.ask(op, liked, {"like": liked.like})

    def _reveal(self) -> None:
        rng, matches = self.mouth.rng, self.mouth.person.matches
        if matches:
            match = rng.choice(list(matches)[-4:])
            fields: dict[str, object] = {"match": match, "step": rng.choice(_STEPS)}
            self.mouth.ask(f"reveal.{rng.choice(_ACTS)}", None, fields)

    # --- what comes ----------------------------------------------------------------------

    def answered(self, op: str, liked: Any, reply: Mapping[str, Any]) -> None:
        """Take the answer to one of these ops."""
        if not reply["ok"]:
            if reply["code"] not in _NOT_NOW[op]:
                self.mouth.complain(f"{op} was refused: {reply['code']}")
        elif op == "like.send":
            self._given(liked, LikeId(reply["like"]))
        elif op in {"like.undo", "like.cancel"} and self.bonds.is_open(liked.like):
            self.mouth.complain(f"I13: {liked.cid} was taken back and is open")

    def _given(self, liked: Liked, like: LikeId) -> None:
        if not self.bonds.is_stored(like):
            self.mouth.complain(f"I1: {liked.cid} was acknowledged and is not there")
        if liked.like not in {None, like}:
            self.mouth.complain(f"I3: {liked.cid} took effect twice")
        liked.like = like

    def told(self, event: Mapping[str, Any]) -> None:
        """Take an event that is not of a room."""
        if event["ev"] not in {"match.new", "match.ended"}:
            return
        self.bonds.announced(self.mouth.name, self.mouth.person.account, event)
        if event["ev"] == "match.new":
            room = RoomId(event["room"])
            self.mouth.person.matches[MatchId(event["match"])] = room
            self.heard.add(room)
            self.mouth.learn(room)
