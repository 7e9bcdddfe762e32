"""Clients that follow protocol.md: resume by (epoch, seq), resend by cid, back off."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

from engine.ids import DeviceId, RoomId
from tests.sim.hearts import RETRY, Heart
from tests.sim.line import Line, Place
from tests.sim.people import LATELY, Person, Said, View

_UNCHANGED = RETRY | {"not_found", "conflict", "room_closed"}
_TWISTED = RETRY | {"cid_conflict", "room_closed"}


class Client(Line):
    """One device of a person."""

    def __init__(
        self, place: Place, person: Person, device: DeviceId, name: str, rng: random.Random
    ) -> None:
        super().__init__(place, person, device, name, rng)
        self.views = {room: View() for room in person.rooms}
        self.waiting: dict[str, Said] = {}  # mine, without an answer yet
        self.heart = Heart(self, place.bonds)
        self.opens = 0
        self._asked: deque[tuple[int, str, Any]] = deque()
        self._ref = 0

    def _greet(self, token: str) -> None:
        self.heart.heard.clear()
        self.ask("hello", None, {"token": token})

    def _lost(self) -> None:
        self._asked.clear()
        for view in self.views.values():
            view.live, view.opening = False, 0
        for said in self.waiting.values():
            said.flying = False

    def complain(self, what: str) -> None:
        """Note a broken promise."""
        self.place.fail(f"{self.name}: {what}")

    # --- what comes ----------------------------------------------------------------------

    def _said(self, said: dict[str, Any]) -> None:
        if "re" in said:
            self._reply(said)
        elif "epoch" in said:
            self._event(said)
        elif said["ev"] in {"typing", "read"}:
            self._passing(said)
        else:
            self.heart.told(said)

    def _passing(self, event: dict[str, Any]) -> None:
        view, hidden = self.views.get(RoomId(event["room"])), self.place.truth.hidden
        held = view.last or 0 if view is not None and view.live else 0
        if view and hidden.quiet(event["room"], view.me, event["from"], held=held):
            self.complain(f"a block: {event} of somebody who is hidden")

    def _event(self, event: dict[str, Any]) -> None:
        view = self.views.get(RoomId(event["room"]))
        if view is None:
            return
        self.place.truth.event(self.name, view.me, event, held=view.last or 0)
        if view.opening or not view.live:
            return  # the page that was or will be asked for has it, or comes before it
        if event["seq"] != (view.last or 0) + 1:
            self.place.fail(
                f"I5: {self.name} holds {event['room']} up to {view.last}, then {event['seq']}"
            )
        view.last = event["seq"]
        view.closed = view.closed or event["ev"] == "room.closed"

    def _reply(self, reply: dict[str, Any]) -> None:
        if not self._asked or self._asked[0][0] != reply["re"]:
            self.complain(f"the answer to {reply['re']} is out of its order")
            return
        _, op, about = self._asked.popleft()
        if op == "hello":
            self._hello(reply)
        elif op == "room.open":
            self._opened(about, reply)
        elif op == "msg.send":
            self._sent(about, reply)
        elif op == "repeat" and reply["ok"]:
            self._acknowledged(about, reply["seq"])
        elif op == "twist":
            self._twisted(about, reply)
        elif op == "msg.delete":
            self._deleted(about, reply)
        elif op == "msg.react" and reply.get("code", "conflict") not in _UNCHANGED:
            self.complain(f"a reaction was refused: {reply}")
        elif op.startswith(("like.", "reveal.")):
            self.heart.answered(op, about, reply)

    def _hello(self, reply: dict[str, Any]) -> None:
        if not reply["ok"]:
            if reply["code"] == "unauthenticated":
                self._token = None
            return
        self.greeted, self._failures = True, 0
        listed = [RoomId(one["room"]) for one in reply["rooms"]]
        self.heart.heard.update(listed)
        for room in list(self.views):
            if room in listed:
                self.open(room)
            elif not self._forget(room):
                self.complain(f"hello does not list {room}")
        for room in listed:
            self.learn(room)

    def learn(self, room: RoomId) -> None:
        """Know of a room, and open it if it is new."""
        if room not in self.views:
            if self.person.account not in self.place.bonds.between(room):
                self.complain(f"{room} is none of theirs")
            self.views[room] = View()
            self.open(room)

    def _may_go(self, room: RoomId) -> bool:
        bonds = self.place.bonds
        return room in bonds.gone or (room not in self.person.rooms and bonds.clock_stepped)

    def _is_gone(self, room: RoomId, reply: dict[str, Any]) -> bool:
        return reply.get("code") == "not_found" and self._may_go(room)

    def _forget(self, room: RoomId) -> bool:
        """Forget a room whose match is not there, by a clock that was set back."""
        if not self._may_go(room):
            return False
        del self.views[room]
        self.waiting = {cid: said for cid, said in self.waiting.items() if said.room != room}
        return True

    def _opened(self, about: tuple[RoomId, int | None], reply: dict[str, Any]) -> None:
        room, after = about
        view, truth = self.views.get(room), self.place.truth
        if view is None:
            return
        view.opening -= 1
        if not reply["ok"]:
            gone = reply["code"] == "not_found" and self._forget(room)
            if reply["code"] not in RETRY and not gone:
                self.complain(f"{room} cannot be opened: {reply['code']}")
            return
        view.me, view.epoch = reply["me"], reply["epoch"]
        for one in reply["members"]:
            if truth.hidden.quiet(room, view.me, one["alias"], held=reply["seq"]):
                self.complain(f"a block: {one} is listed in {room}")
        self._page(room, view, after, reply)
        if reply.get("more"):
            self.open(room)
        elif view.last != reply["seq"]:
            self.complain(f"I5: {room} ends at {reply['seq']}, not {view.last}")
        elif not view.opening:
            view.live = True
            self.resend(room)

    def _page(self, room: RoomId, view: View, after: int | None, reply: dict[str, Any]) -> None:
        truth, events = self.place.truth, reply["events"]
        held = max(view.last or 0, events[-1]["seq"] if events else 0)
        for event in events:
            truth.event(self.name, view.me, event, held=held)
            view.closed = view.closed or event["ev"] == "room.closed"
        seqs = [event["seq"] for event in events]
        first = seqs[0] if seqs else (after or 0) + 1
        if seqs != list(range(first, first + len(seqs))):
            self.complain(f"I5: a page of {room} has a gap")
        if not reply["recovered"]:
            self.complain(f"I5: {room} was not recovered and is all there")
            after = None
        elif after is not None and first != after + 1:
            self.complain(f"I5: {room} resumes at {first} after {after}")
        view.last = seqs[-1] if seqs else after or 0

    def _sent(self, said: Said, reply: dict[str, Any]) -> None:
        said.flying = False
        if reply["ok"]:
            self._acknowledged(said, reply["seq"])
            self.waiting.pop(said.cid, None)
        elif reply["code"] in RETRY or (reply["code"] == "cid_conflict" and said.twisted):
            # A conflict with what is pending itself, and turns out to be the one in conflict.
            said.again_s = self.place.agenda.now_s + self.rng.uniform(0.1, 1.0)
            said.again_s += reply.get("retry_after_ms", 0) / 1000
        elif reply["code"] == "room_closed" or self._is_gone(said.room, reply):
            self.waiting.pop(said.cid, None)
        else:
            self.complain(f"{said.cid} was refused: {reply['code']}")

    def _acknowledged(self, said: Said, seq: int) -> None:
        view = self.views.get(said.room)
        if view is None or view.me is None:
            return  # of a room that is gone
        said.seq = seq
        self.place.truth.ack(self.name, view.me, said.room, (said.cid, said.body), seq)

    def _twisted(self, said: Said, reply: dict[str, Any]) -> None:
        gone = reply["ok"] and self.place.truth.is_deleted(said.room, reply["seq"])
        gone = gone or self._is_gone(said.room, reply)
        if not gone and reply.get("code") not in _TWISTED:
            self.place.fail(f"I3: {self.name}: another body under a cid: {reply}")

    def _deleted(self, said: Said, reply: dict[str, Any]) -> None:
        assert said.seq is not None
        if reply["ok"] and not self.place.truth.is_deleted(said.room, said.seq):
            self.place.fail(f"I1: {self.name} was told that {said.cid} is gone, and it is there")
        unmoved = RETRY | {"window_over", "room_closed"}
        if reply["ok"] or self._is_gone(said.room, reply):
            return
        if reply["code"] not in unmoved:
            self.complain(f"an own message cannot be taken back: {reply}")

    # --- what goes -----------------------------------------------------------------------

    def ask(self, op: str, about: object, fields: dict[str, object], *, sort: str = "") -> None:
        """Send an op and remember what its answer is about."""
        self._ref += 1
        self._asked.append((self._ref, sort or op, about))
        self.put({"op": op, "id": self._ref, **fields})

    def open(self, room: RoomId) -> None:
        """Open a room where one left off."""
        view = self.views[room]
        view.opening, view.live = view.opening + 1, False
        self.opens += 1
        after = None if view.last is None else {"epoch": view.epoch, "seq": view.last}
        fields: dict[str, object] = {"room": room}
        if after is not None:
            fields["after"] = after
        if self.rng.random() < 0.3:
            fields["limit"] = self.rng.randint(1, 20)
        self.ask("room.open", (room, view.last), fields)

    def say(self, room: RoomId, body: str) -> None:
        """Say something new."""
        cid = f"{self.name}.{len(self.person.said)}"
        said = self.person.said[cid] = self.waiting[cid] = Said(room, cid, body)
        self.place.truth.hidden.born_s[cid] = self.place.agenda.now_s
        self.person.lately.setdefault(room, deque(maxlen=LATELY)).append(said)
        self.send(said)

    def send(self, said: Said) -> None:
        """Send a message, for the first time or again."""
        said.flying = True
        self.ask("msg.send", said, _fields_of(said))

    def repeat(self, said: Said) -> None:
        """Send a message that is under way, or was acknowledged, once more."""
        self.ask("msg.send", said, _fields_of(said), sort="repeat")

    def twist(self, said: Said) -> None:
        """Send something else under a cid that was acknowledged."""
        said.twisted = True
        self.ask("msg.send", said, {**_fields_of(said), "body": "another"}, sort="twist")

    def delete(self, said: Said) -> None:
        """Take a message back that was acknowledged."""
        self.ask("msg.delete", said, {"room": said.room, "seq": said.seq})

    def react(self, room: RoomId, seq: int, emoji: str, *, on: bool) -> None:
        """Put a reaction on whatever stands there, or take it off."""
        self.ask("msg.react", None, {"room": room, "seq": seq, "emoji": emoji, "on": on})

    def resend(self, room: RoomId | None = None) -> None:
        """Send again what has no answer and is not under way."""
        now = self.place.agenda.now_s
        for said in list(self.waiting.values()):
            if room in {None, said.room} and not said.flying and said.again_s <= now:
                self.send(said)

    def retry(self) -> None:
        """Open again what could not be opened, and send what could not be sent."""
        if self.place.must_look:
            for room in self.place.rooms_of(self.person.account):
                self.learn(room)
        for room, view in self.views.items():
            if not view.live and not view.opening:
                self.open(room)
        if all(view.live for view in self.views.values()):
            self.resend()

    def close(self, room: RoomId) -> None:
        """Close a room, and open it again at once: what falls between comes with the page."""
        self.ask("room.close", None, {"room": room})
        self.open(room)

    def describe(self) -> str:
        """Say what it waits for."""
        truth = self.place.truth
        behind = [
            (room, view.live, view.opening, view.last, truth.length(room))
            for room, view in self.views.items()
            if not view.live or view.opening or view.last != truth.length(room)
        ]
        unknown = set(self.place.rooms_of(self.person.account)) - self.views.keys()
        said = f"greeted {self.greeted}, waits for {list(self.waiting)[:3]}, behind in {behind}"
        return f"{said}, does not know {sorted(unknown)}"

    @property
    def settled(self) -> bool:
        """Whether it holds all there is and waits for nothing."""
        truth, gone = self.place.truth, self.place.bonds.gone
        return (
            self.greeted
            and not self.waiting
            and self.views.keys() - gone == set(self.place.rooms_of(self.person.account))
            and all(
                view.live and not view.opening and view.last == truth.length(room)
                for room, view in self.views.items()
                if room not in gone
            )
        )


def _fields_of(said: Said) -> dict[str, object]:
    return {"room": said.room, "cid": said.cid, "kind": "text", "body": said.body}
