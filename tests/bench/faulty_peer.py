"""A peer that breaks its promises in one way, named on the command line: the bench must notice."""

from __future__ import annotations

import socket
import sys

from bench.load.frames import Opcode, server_frame
from bench.peers.rawsend import Peer, RawSend, Request, send_all_or_end

# Which message of a room goes wrong.
VICTIM_SEQ = 5


class Faulty(RawSend):
    """Sends well, but for one message."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self._fault = fault
        self._late: list[tuple[socket.socket, bytes]] = []

    def _deliver(self, members: list[socket.socket], seq: int, frame: bytes) -> None:
        late, self._late = self._late, []
        if seq != VICTIM_SEQ:
            super()._deliver(members, seq, frame)
        else:
            match self._fault:
                case "lose":
                    super()._deliver(members[1:], seq, frame)
                case "double":
                    super()._deliver([*members, members[0]], seq, frame)
                case "reorder":
                    self._late = [(members[0], frame)]
                    super()._deliver(members[1:], seq, frame)
                case "garble":
                    super()._deliver(members, seq, frame.replace(b" fox ", b" cat "))
                case _:
                    super()._deliver(members, seq, frame)
        for member, held in late:
            send_all_or_end(member, held)

    def _handle(self, peer: Peer, request: Request) -> None:
        if self._fault == "unacked" and request.id == VICTIM_SEQ:
            room = self._rooms[request.room]
            room.seq += 1
            self._deliver(room.members, room.seq, self._event_frame(peer, request, room.seq))
        elif self._fault == "close" and request.id == VICTIM_SEQ:
            peer.sock.send(server_frame(Opcode.CLOSE, (4001).to_bytes(2, "big") + b"slow"))
        else:
            super()._handle(peer, request)


if __name__ == "__main__":
    Faulty(sys.argv[1]).serve()
