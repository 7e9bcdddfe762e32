"""Checker beside the world: who is connected when a match is told hears of it, then and there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.ids import RoomId
from engine.ports.outbox import Notice, NoticeKind
from tests.sim.clients import Client
from tests.sim.faults import Call
from tests.sim.sockets import SimSocket


@dataclass
class Notices:
    """What each process took from the outbox, and who was connected to it then."""

    clients: Sequence[Client]
    _due: dict[int, Notice] = field(default_factory=dict)
    _expected: list[tuple[Client, SimSocket, RoomId]] = field(default_factory=list)

    def tap(self, sockets: Sequence[SimSocket], call: Call) -> None:
        """See a call of a process to the outbox."""
        if call.name == "due":
            self._due |= {notice.number: notice for notice in call.value}
        elif call.name == "confirm":
            for number in call.args[0]:
                notice = self._due.pop(number, None)
                if notice is not None and notice.kind is NoticeKind.MATCH:
                    self._told(sockets, notice)

    def _told(self, sockets: Sequence[SimSocket], notice: Notice) -> None:
        room = RoomId(str(notice.content["room"]))
        for client in self.clients:
            sock = client.sock
            if client.greeted and client.person.account == notice.account and sock in sockets:
                assert sock is not None
                self._expected.append((client, sock, room))

    def missed(self) -> list[str]:
        """List who is still connected and has not heard it."""
        return [
            f"{client.name} was not told of the match of {room}"
            for client, sock, room in self._expected
            if client.sock is sock and client.greeted and room not in client.heart.heard
        ]
