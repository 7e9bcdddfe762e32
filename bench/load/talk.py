"""The hot loop: clients talk, every reader's copy of every message is checked and timed.

Why a table of pieces: a room's readers get the same bytes, so what one read returned for one client
is looked up for the next (one hash, one comparison) instead of parsed again. Equal bytes mean equal
content; the seq is still compared for every client. The sender's own copy carries more and is
parsed for itself, and so is everything else that is not the plain case.
"""

from __future__ import annotations

import gc
import select
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter_ns, process_time_ns

from bench.errors import UnusableError
from bench.limits import (
    EVENTS_PER_POLL_MAX,
    LATENCY_SLOT_SHIFT,
    LINGER_S,
    PIECE_KEPT_BYTES_MAX,
    PIECES_KEPT_MAX,
    READ_BYTES,
    RUN_S_MAX,
    STALL_S,
)
from bench.load.crowd import Client, Crowd
from bench.load.dialect import Ack, Answer, Delivery, Heard, Step, Trouble
from bench.load.frames import FrameError, client_frame, split_frames
from bench.load.tally import Latencies, Message, Tally

NS_PER_S = 1e9
# Letters only, so that no content filter sees a phone number in the number of a message.
LETTERS = str.maketrans("0123456789", "bcdfghjklm")
NUMBER_CHARS = 10
PADDING = " the quick brown fox jumps over the lazy dog and runs back home" * 17


@dataclass(frozen=True, slots=True)
class Piece:
    """What one read meant: whole frames in order, and the beginning of the next one."""

    plain: bool
    room: int
    first: int
    messages: tuple[Message, ...]
    heard: tuple[Heard, ...]
    rest: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """How long the talking took, and how busy it kept the generator."""

    seconds: float
    generator_cpu_s: float


class Talk:
    """One conversation of a crowd: `run` it, perhaps first a little to warm up."""

    def __init__(self, crowd: Crowd, *, body_chars: int, tag: str) -> None:
        self.tally = Tally()
        self.latencies = Latencies()
        self._crowd = crowd
        self._dialect = crowd.dialect
        self._body_chars = body_chars
        self._tag = tag
        self._messages: list[Message] = []
        self._by_body: dict[str, Message] = {}
        self._readers = self._number_rooms()
        self._shared = max(self._readers) > 2  # noqa: PLR2004 (two: the sender and one reader)
        self._pieces: dict[bytes, Piece] = {}
        self._speaking: list[Client] = []
        self._budget = 0
        self._due = 0

    @property
    def lost(self) -> int:
        """Deliveries that are still due, of all messages ever sent."""
        return sum(message.left for message in self._messages)

    @property
    def unacked(self) -> int:
        """Messages the server never acknowledged."""
        return sum(not message.acked for message in self._messages)

    def run(self, speakers: Sequence[Client], *, messages: int, in_flight: int) -> Span:
        """Send `messages` in all, each speaker keeping `in_flight` under way, until all arrived."""
        self.latencies = Latencies()
        self._budget = messages
        gc.collect()
        gc.disable()
        try:
            started_ns, cpu_ns = perf_counter_ns(), process_time_ns()
            for _ in range(in_flight):
                for speaker in speakers:
                    self._say(speaker)
            self._flush()
            self._until_all_arrived()
            span = Span(
                (perf_counter_ns() - started_ns) / NS_PER_S,
                (process_time_ns() - cpu_ns) / NS_PER_S,
            )
            self._linger()
        finally:
            gc.enable()
        return span

    def _number_rooms(self) -> list[int]:
        rooms: dict[str, int] = {}
        readers: list[int] = []
        for client in self._crowd.clients:
            client.room = rooms.setdefault(client.seat.room, len(rooms))
            if client.room == len(readers):
                readers.append(0)
            readers[client.room] += 1
        return readers

    # ----------------------------------------------------------------------------------- sending
    def _say(self, client: Client) -> None:
        if not self._budget:
            return
        self._budget -= 1
        self._due += 2  # To reach everybody, and to be acknowledged.
        number = len(self._messages)
        word = f"{number:0{NUMBER_CHARS}}".translate(LETTERS)
        body = (word + PADDING)[: self._body_chars]
        readers = self._readers[client.room]
        message = Message(number, room=client.room, sender=client.index, readers=readers)
        self._messages.append(message)
        self._by_body[body] = message
        payload = self._dialect.say(
            client.seat, number=number, cid=f"{self._tag}{number}", body=body
        )
        if not client.drafts:
            self._speaking.append(client)
        client.drafts.append((message, client_frame(self._dialect.opcode, payload)))

    def _flush(self) -> None:
        speaking, self._speaking = self._speaking, []
        for client in speaking:
            drafts, client.drafts = client.drafts, []
            now = perf_counter_ns()
            for message, _ in drafts:
                message.sent_ns = now
            self._crowd.send(client, b"".join([frame for _, frame in drafts]))

    # --------------------------------------------------------------------------------- receiving
    def _until_all_arrived(self) -> None:
        deadline = monotonic() + RUN_S_MAX
        while self._due:
            events = self._crowd.epoll.poll(STALL_S, EVENTS_PER_POLL_MAX)
            if not events:
                self.tally.trouble(f"nothing came for {STALL_S:g} s")
                return
            self._turn(events)
            self._flush()
            if monotonic() > deadline:
                self.tally.trouble(f"the run was not over after {RUN_S_MAX:g} s")
                return

    def _linger(self) -> None:
        """Listen for what must not come: a double of a message everybody had."""
        deadline = monotonic() + LINGER_S
        while (left_s := deadline - monotonic()) > 0:
            self._turn(self._crowd.epoll.poll(left_s, EVENTS_PER_POLL_MAX))

    def _turn(self, events: list[tuple[int, int]]) -> None:
        by_fd, pieces, slots = self._crowd.by_fd, self._pieces, self.latencies.slots
        for fd, mask in events:
            client = by_fd[fd]
            if mask != select.EPOLLIN and not self._unusual(client, mask):
                continue
            data = client.recv(READ_BYTES)
            now = perf_counter_ns()
            if client.rest:
                data = client.rest + data
            piece = pieces.get(data) or self._understand(client, data)
            client.rest = piece.rest
            if not piece.plain or piece.first != client.expected or piece.room != client.room:
                self._consider(client, piece, now)
                continue
            client.expected += len(piece.messages)
            for message in piece.messages:
                try:
                    slots[(now - message.sent_ns) >> LATENCY_SLOT_SHIFT] += 1
                except IndexError:
                    slots[-1] += 1
                message.left -= 1
                if not message.left:
                    self._arrived(message)

    def _unusual(self, client: Client, mask: int) -> bool:
        """Handle writability and a hang-up; True if there is something to read."""
        if mask & select.EPOLLOUT:
            self._crowd.writable(client)
        if mask & (select.EPOLLHUP | select.EPOLLERR):
            raise UnusableError(f"the server hung up on client {client.index}")
        return bool(mask & select.EPOLLIN)

    def _arrived(self, message: Message) -> None:
        self._due -= 1
        self._say(self._crowd.clients[message.sender])

    # ----------------------------------------------------------------------------- understanding
    def _understand(self, client: Client, data: bytes) -> Piece:
        if len(data) == len(client.rest):
            raise UnusableError(f"the server hung up on client {client.index}")
        try:
            frames, rest = split_frames(data)
        except FrameError as exc:
            raise UnusableError(f"client {client.index}: {exc}") from exc
        heard: list[Heard] = []
        for opcode, payload in frames:
            if opcode == self._dialect.opcode:
                heard.append(self._dialect.hear(payload))
            else:
                self._crowd.control(client, opcode, payload)
        piece = self._piece(heard, rest)
        if self._shared and piece.plain and not rest and len(data) <= PIECE_KEPT_BYTES_MAX:
            if len(self._pieces) >= PIECES_KEPT_MAX:
                self._pieces.clear()
            self._pieces[data] = piece
        return piece

    def _piece(self, heard: list[Heard], rest: bytes) -> Piece:
        """Plain are only known messages of one room with consecutive seqs."""
        messages: list[Message] = []
        room = first = -1
        for one in heard:
            message = self._known(one) if isinstance(one, Delivery) else None
            if not isinstance(one, Delivery) or message is None:
                return Piece(False, -1, -1, (), tuple(heard), rest)
            if not messages:
                room, first = message.room, one.seq
            elif message.room != room or one.seq != first + len(messages):
                return Piece(False, -1, -1, (), tuple(heard), rest)
            messages.append(message)
        return Piece(bool(messages), room, first, tuple(messages), tuple(heard), rest)

    def _known(self, delivery: Delivery) -> Message | None:
        """Return the message with this body, if everybody was told the same seq for it."""
        message = self._by_body.get(delivery.body)
        if message is None or not self._agrees(message, delivery.seq):
            return None
        return message

    def _agrees(self, message: Message, seq: int) -> bool:
        if message.seq < 0:
            message.seq = seq
        return message.seq == seq

    def _consider(self, client: Client, piece: Piece, now: int) -> None:
        for heard in piece.heard:
            match heard:
                case Delivery():
                    self._delivered(client, heard, now)
                case Ack():
                    self._acked(client, heard)
                case Step(seq=seq):
                    self._in_order(client, seq)
                case Answer(payload=payload):
                    self._crowd.send(client, client_frame(self._dialect.opcode, payload))
                case Trouble(text=text):
                    self.tally.trouble(f"client {client.index}: {text}")
                case None:
                    pass

    def _delivered(self, client: Client, delivery: Delivery, now: int) -> None:
        message = self._by_body.get(delivery.body)
        if message is None:
            self.tally.trouble(f"client {client.index} got a body nobody sent")
        elif message.room != client.room:
            self.tally.trouble(f"client {client.index} got a message of another room")
        elif not self._agrees(message, delivery.seq):
            self.tally.trouble(f"message {message.number} has seq {message.seq} and {delivery.seq}")
        elif self._in_order(client, delivery.seq):
            slots = self.latencies.slots
            slots[min((now - message.sent_ns) >> LATENCY_SLOT_SHIFT, len(slots) - 1)] += 1
            message.left -= 1
            if not message.left:
                self._arrived(message)

    def _in_order(self, client: Client, seq: int) -> bool:
        expected = client.expected
        if seq == expected:
            client.expected = seq + 1
            return True
        client.expected = max(expected, seq + 1)
        return self.tally.off_sequence(client.index, seq, expected=expected)

    def _acked(self, client: Client, ack: Ack) -> None:
        message = self._messages[ack.ref] if 0 <= ack.ref < len(self._messages) else None
        if message is None or message.sender != client.index or message.acked:
            self.tally.trouble(f"client {client.index} got an ack for {ack.ref}, not due")
            return
        if not self._agrees(message, ack.seq):
            self.tally.trouble(f"message {ack.ref} acknowledged as seq {ack.seq}, not its own")
        if ack.ref < client.acked:
            self.tally.trouble(f"client {client.index} got its acks out of order")
        client.acked = ack.ref
        message.acked = True
        self._due -= 1
