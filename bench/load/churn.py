"""A paced conversation of people who come and go: an open loop that does not wait for the server.

Messages leave by the clock. Some clients are cut off, stay away a moment, come back, ask for what
they missed, and send again what was never acknowledged. Everything is checked as in `talk`; only
what reached a client that was there all the time counts for the latency.
"""

from __future__ import annotations

import gc
import random
import select
from collections import deque
from dataclasses import dataclass
from time import perf_counter, perf_counter_ns, process_time

from bench.errors import UnusableError
from bench.limits import AWAY_S, EVENTS_PER_POLL_MAX, LINGER_S, READ_BYTES, STALL_S
from bench.load.crowd import Client, Crowd, Draft
from bench.load.dialect import Ack, Script
from bench.load.glimpse import GlimpseDialect
from bench.load.talk import Talk
from bench.load.tally import Latencies, Message


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of what a second; `cuts_per_s` clients lose their connection."""

    messages_per_s: float
    cuts_per_s: float
    seconds: float
    in_flight_max: int


@dataclass(frozen=True, slots=True)
class Passage:
    """What one paced run came to."""

    seconds: float
    messages: int
    reconnects: int
    resent: int
    late_ms_max: float
    generator_share: float


class Churn(Talk):
    """Talk by the clock, over connections that end."""

    def __init__(self, crowd: Crowd, dialect: GlimpseDialect, *, body_chars: int, tag: str) -> None:
        super().__init__(crowd, body_chars=body_chars, tag=tag)
        self._glimpse = dialect
        self.resumed = Latencies()
        self._waiting: dict[int, deque[Draft]] = {}  # Not acknowledged yet, by client.
        self._away: deque[tuple[float, Client]] = deque()
        self._returning = 0
        self._reconnects = self._resent = 0
        crowd.between = self._hear_behind

    def pass_by(self, pace: Pace, chance: random.Random) -> Passage:
        """Talk and be cut off for `pace.seconds`, then wait until everybody has everything."""
        gc.collect()
        gc.disable()
        try:
            started, cpu = perf_counter(), process_time()
            late_s, messages = self._by_the_clock(pace, chance, started)
            seconds = perf_counter() - started
            share = (process_time() - cpu) / seconds
            self._finish()
        finally:
            gc.enable()
        return Passage(seconds, messages, self._reconnects, self._resent, late_s * 1e3, share)

    # ---------------------------------------------------------------------------------- the clock
    def _by_the_clock(self, pace: Pace, chance: random.Random, started: float) -> tuple[float, int]:
        clients = self._crowd.clients
        messages = cuts = 0
        late_s = 0.0
        while (now := perf_counter() - started) < pace.seconds:
            while messages < now * pace.messages_per_s:
                late_s = max(late_s, now - messages / pace.messages_per_s)
                self._post_one(chance.choice(clients), chance, pace.in_flight_max)
                messages += 1
            while cuts < int(now * pace.cuts_per_s):
                self._cut(chance.choice(clients))
                cuts += 1
            self._return_those_due()
            due_s = messages / pace.messages_per_s - (perf_counter() - started)
            self._listen(max(due_s, 0.0))
        return late_s, messages

    def _post_one(self, client: Client, chance: random.Random, in_flight_max: int) -> None:
        while not client.present:
            client = chance.choice(self._crowd.clients)
        draft = self._post.draft(client)
        waiting = self._waiting.setdefault(client.index, deque())
        waiting.append(draft)
        if len(waiting) > in_flight_max:
            raise UnusableError(f"client {client.index} got no ack for {in_flight_max} messages")
        self._due += 2
        draft[0].sent_ns = perf_counter_ns()
        self._crowd.send(client, draft[1])

    def _cut(self, client: Client) -> None:
        if client.present:
            self._crowd.leave(client)
            self._away.append((perf_counter() + AWAY_S, client))

    def _return_those_due(self) -> None:
        while self._away and self._away[0][0] <= perf_counter():
            _, client = self._away.popleft()
            self._returning += 1
            self._reconnects += 1
            self._crowd.come_back(client, self._resume(client))

    def _finish(self) -> None:
        quiet_s = 0.0
        while quiet_s < STALL_S and (self._due > 0 or self._away or self._returning):
            began = perf_counter()
            heard = self._listen(LINGER_S)
            self._return_those_due()
            quiet_s = 0.0 if heard else quiet_s + perf_counter() - began
        if self._due or self._returning:
            self.tally.trouble(f"nothing came for {STALL_S:g} s")
        self._linger()

    # ---------------------------------------------------------------------------------- listening
    def _listen(self, wait_s: float) -> bool:
        events = self._crowd.epoll.poll(wait_s, EVENTS_PER_POLL_MAX)
        self._turn(events)
        return bool(events)

    def _turn(self, events: list[tuple[int, int]]) -> None:
        for fd, mask in events:
            client = self._crowd.by_fd[fd]
            if mask & select.EPOLLOUT:
                self._crowd.writable(client)
            if not mask & ~select.EPOLLOUT:
                continue
            if client.script is not None:
                self._crowd.readable(client)
            else:
                self._understand(client, client.recv(READ_BYTES), perf_counter_ns())

    def _arrived(self, message: Message) -> None:
        self._due -= 1  # Whoever sent it sends the next one by the clock.

    def _acked(self, client: Client, ack: Ack) -> None:
        super()._acked(client, ack)
        waiting = self._waiting.get(client.index)
        if waiting and waiting[0][0].number == ack.ref:
            waiting.popleft()

    def _hear_behind(self, client: Client, payload: bytes) -> None:
        """What came in one read with the answer of `room.open`, but behind it."""
        self._judge(client, self._dialect.hear(payload), perf_counter_ns())

    def _resume(self, client: Client) -> Script:
        """Come back, take exactly what was missed, and send again what has no ack."""
        opened = yield from self._glimpse.resume(client.seat, client.expected - 1)
        self._returning -= 1
        if not opened.recovered or opened.more:
            self.tally.trouble(f"client {client.index} could not resume")
        live, self.latencies = self.latencies, self.resumed
        now = perf_counter_ns()
        for part in opened.events:
            self._judge(client, part.heard(), now)
        self.latencies = live
        if client.expected != opened.seq + 1:
            self.tally.trouble(f"client {client.index} came back, but not to the end of its room")
        # Acks belong to a connection: what was told on the old one is not told again.
        for _, frame in self._waiting.get(client.index, ()):
            self._resent += 1
            self._crowd.send(client, frame)
        return client.expected - 1
