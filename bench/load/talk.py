"""The hot loop: clients talk, every reader's copy of every message is checked and timed.

Why a table of pieces: a room's readers get the same bytes, so what one read returned for one client
is looked up for the next (one hash, one comparison) instead of parsed again. Equal bytes mean equal
content; room and seq are still compared for every client. The sender's own copy carries more and
is parsed for itself, and so is everything that is not the plain case.
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
from bench.load.post import Post
from bench.load.tally import Latencies, Message, Tally

NS_PER_S = 1e9
PAIR = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """One read that held nothing but whole messages of one room with consecutive seqs."""

    room: int
    first: int
    messages: tuple[Message, ...]


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
        self._post = Post(crowd.dialect, crowd.clients, chars=body_chars, tag=tag)
        self._shared = max(self._post.readers) > PAIR
        self._pieces: dict[bytes, Piece] = {}
        self._speaking: list[Client] = []
        self._due = 0

    @property
    def lost(self) -> int:
        """Deliveries that are still due, of all messages ever sent."""
        return sum(message.left for message in self._post.messages)

    @property
    def unacked(self) -> int:
        """Messages the server never acknowledged."""
        return sum(not message.acked for message in self._post.messages)

    def run(self, speakers: Sequence[Client], *, messages: int, in_flight: int) -> Span:
        """Send `messages` in all, each speaker keeping `in_flight` under way, until all arrived."""
        self._post.write(speakers, messages=messages)
        self._due = 2 * messages  # Each has to reach everybody, and to be acknowledged.
        self.latencies = Latencies()
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

    # ----------------------------------------------------------------------------------- sending
    def _say(self, client: Client) -> None:
        if client.drafts:
            if not client.leaving:
                self._speaking.append(client)
            client.leaving.append(client.drafts.pop())

    def _flush(self) -> None:
        """Send what each client has to say, several messages of one client in one write."""
        speaking, self._speaking = self._speaking, []
        for client in speaking:
            leaving, client.leaving = client.leaving, []
            now = perf_counter_ns()
            for message, _ in leaving:
                message.sent_ns = now
            self._crowd.send(client, b"".join([frame for _, frame in leaving]))

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
            piece = None if client.rest else pieces.get(data)
            if piece is None or piece.first != client.expected or piece.room != client.room:
                self._understand(client, data, now)
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
    def _understand(self, client: Client, data: bytes, now: int) -> None:
        """Parse what one client read and judge each part of it."""
        if not data:
            raise UnusableError(f"the server hung up on client {client.index}")
        try:
            frames, rest = split_frames(client.rest + data)
        except FrameError as exc:
            raise UnusableError(f"client {client.index}: {exc}") from exc
        whole = not client.rest and not rest
        client.rest = rest
        heard: list[Heard] = []
        for opcode, payload in frames:
            if opcode != self._dialect.opcode:
                self._crowd.control(client, opcode, payload)
                whole = False
                continue
            one = self._dialect.hear(payload)
            heard.append(one)
            self._judge(client, one, now)
        if whole and self._shared and len(data) <= PIECE_KEPT_BYTES_MAX:
            self._keep(client, data, heard)

    def _keep(self, client: Client, data: bytes, heard: Sequence[Heard]) -> None:
        """Keep a plain piece for the other readers of the room."""
        messages: list[Message] = []
        for one in heard:
            message = self._post.by_body.get(one.body) if isinstance(one, Delivery) else None
            if message is None or message.room != client.room:
                return
            if messages and message.seq != messages[-1].seq + 1:
                return
            messages.append(message)
        if messages:
            if len(self._pieces) >= PIECES_KEPT_MAX:
                self._pieces.clear()
            self._pieces[data] = Piece(client.room, messages[0].seq, tuple(messages))

    def _judge(self, client: Client, heard: Heard, now: int) -> None:
        if isinstance(heard, Delivery):
            self._delivered(client, heard, now)
        elif isinstance(heard, Ack):
            self._acked(client, heard)
        elif isinstance(heard, Step):
            self._in_order(client, heard.seq)
        elif isinstance(heard, Answer):
            self._crowd.send(client, client_frame(self._dialect.opcode, heard.payload))
        elif isinstance(heard, Trouble):
            self.tally.trouble(f"client {client.index}: {heard.text}")

    def _delivered(self, client: Client, delivery: Delivery, now: int) -> None:
        message = self._post.by_body.get(delivery.body)
        if message is None:
            self.tally.trouble(f"client {client.index} got a body nobody sent")
        elif message.room != client.room:
            self.tally.trouble(f"client {client.index} got a message of another room")
        elif not self._post.agrees(message, delivery.seq):
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
        messages = self._post.messages
        message = messages[ack.ref] if 0 <= ack.ref < len(messages) else None
        if message is None or message.sender != client.index or message.acked:
            self.tally.trouble(f"client {client.index} got an ack for {ack.ref}, not due")
            return
        if not self._post.agrees(message, ack.seq):
            self.tally.trouble(f"message {ack.ref} acknowledged as seq {ack.seq}, not its own")
        if ack.ref < client.acked:
            self.tally.trouble(f"client {client.index} got its acks out of order")
        client.acked = ack.ref
        message.acked = True
        self._due -= 1
