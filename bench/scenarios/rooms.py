"""What does a room weigh that nobody looks at, and how long does it take to wake?"""

from __future__ import annotations

import http.client
import re
import secrets
import sys
from argparse import ArgumentParser, Namespace
from contextlib import closing
from dataclasses import dataclass
from statistics import quantiles
from time import monotonic, perf_counter, process_time, sleep

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK, StuckError, UnusableError
from bench.limits import (
    CLIENTS_MAX,
    GENERATOR_SHARE_MAX,
    MEMORY_SETTLE_S,
    PASSIVE_S,
    ROOMS_MAX,
    SEED_ANSWER_S,
    SEED_PART_USERS,
    WAKES_AT_ONCE,
)
from bench.load.crowd import Client, Crowd
from bench.load.dialect import Script, Seat
from bench.load.glimpse import GlimpseDialect
from bench.load.talk import Talk
from bench.measure import usage
from bench.report import Figures, publish
from bench.scenarios.scenario import BODY_CHARS, Scenario, within
from bench.seed import Order, seeded_accounts, ws_url
from bench.targets import Target, glimpse_server, glimpse_settings, loopback

ROOMS = 100_000
TOUCHED = 1_000
PAIR = 2
GROUP_MEMBERS = 500
# What the first clients make a server load is not what a room takes.
FIRST_ROOMS = 20
NS_PER_MS = 1e6
PERCENT = 100
POLL_S = 1.0
AWAKE = re.compile(r"^glimpse_rooms (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wakes:
    """How long rooms took to wake, and what the generator took for it."""

    took_ms: list[float]
    generator_share: float
    talk: Talk


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--rooms", type=int, default=ROOMS, help=f"default {ROOMS}")
    parser.add_argument("--touch", type=int, default=TOUCHED, help=f"default {TOUCHED}")
    parser.add_argument(
        "--at-once", type=int, default=WAKES_AT_ONCE, help=f"wakes, default {WAKES_AT_ONCE}"
    )
    parser.add_argument("--codec", choices=("json", "msgpack"), default="json")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    rooms = within("--rooms", arguments.rooms, 1, ROOMS_MAX)
    touched = within("--touch", arguments.touch, 1, min(rooms, CLIENTS_MAX))
    at_once = within("--at-once", arguments.at_once, 1, touched)
    with glimpse_settings() as settings:
        with glimpse_server(settings) as target:
            _wake(target, _seeded(target, FIRST_ROOMS), arguments.codec, at_once)
            sleep(MEMORY_SETTLE_S)
            empty = usage(target.pid)
            seats = _seeded(target, rooms)
        # A new process has nothing of the seeding in its memory.
        with glimpse_server(settings) as target:
            step = rooms // touched
            wakes = _wake(target, seats[::step][:touched], arguments.codec, at_once)
            passive_s = _wait_until_passive(target)
            sleep(MEMORY_SETTLE_S)
            full = usage(target.pid)
    grown = max(0, full.rss_bytes - empty.rss_bytes)
    percentiles = quantiles(wakes.took_ms * 2, n=PERCENT, method="inclusive")
    talk, tally = wakes.talk, wakes.talk.tally
    faults = tally.reordered + tally.troubles + talk.unacked
    figures: Figures = {
        "scenario": "rooms",
        "rooms": rooms,
        "touched": touched,
        "at_once": at_once,
        "bytes_per_room": round(grown / rooms, 1),
        "bytes_per_touched_room": round(grown / touched, 1),
        "rss_mb_empty": round(empty.rss_bytes / 1e6, 1),
        "rss_mb": round(full.rss_bytes / 1e6, 1),
        "store_rss_mb": round(full.store_rss_bytes / 1e6, 1),
        "wake_p50_ms": round(percentiles[49], 3),
        "wake_p95_ms": round(percentiles[94], 3),
        "wake_p99_ms": round(percentiles[98], 3),
        "passive_after_s": round(passive_s, 1),
        "codec": arguments.codec,
        "generator_share": round(wakes.generator_share, 3),
        "lost": talk.lost,
        "doubled": tally.doubled,
        "faults": faults,
    }
    publish(figures, as_json=arguments.json)
    if wakes.generator_share > GENERATOR_SHARE_MAX:
        print("warning: the generator was the bottleneck", file=sys.stderr)
    if talk.lost or tally.doubled or faults:
        print("BROKEN:", *tally.told, sep="\n  ", file=sys.stderr)
        return EXIT_BROKEN_PROMISE
    return EXIT_OK


def _seeded(target: Target, rooms: int) -> list[Seat]:
    """Make rooms of two, and return a seat in each of them."""
    seats: list[Seat] = []
    while (left := (rooms - len(seats)) * PAIR) > 0:
        users = min(left, SEED_PART_USERS)
        order = Order(users=users, groups=-(-users // GROUP_MEMBERS), pairs=True)
        accounts = seeded_accounts(target.url, order)
        seats += [Seat(one.access, one.room) for one in accounts[::PAIR]]
    if not all(seat.room for seat in seats):
        raise UnusableError("the server seeded people without a room")
    return seats


def _wake(target: Target, seats: list[Seat], codec: str, at_once: int) -> Wakes:
    """Have everybody say hello, open their rooms, say one thing there, and leave."""
    host, port, path = loopback(ws_url(target.url))
    dialect = GlimpseDialect(codec, path=path)

    def enter(client: Client) -> Script:
        return dialect.enter(client.seat)

    with Crowd(dialect, host, port) as crowd:
        # Without a room the script of joining ends with hello.
        crowd.join([Seat(seat.token, "") for seat in seats])
        for client, seat in zip(crowd.clients, seats, strict=True):
            client.seat = seat
        started, cpu = perf_counter(), process_time()
        crowd.walk(enter, at_once=at_once)
        share = (process_time() - cpu) / (perf_counter() - started)
        took = [(one.joined_ns - one.opened_ns) / NS_PER_MS for one in crowd.clients]
        talk = Talk(crowd, body_chars=BODY_CHARS, tag=f"{secrets.token_hex(4)}-")
        talk.run(crowd.clients, messages=len(seats), in_flight=1)
    print(f"  {len(seats)} rooms woken, generator {share:.0%}", file=sys.stderr)
    return Wakes(took, share, talk)


def _wait_until_passive(target: Target) -> float:
    """Wait until no room is awake any more, and return how long that took."""
    started = monotonic()
    while _awake(target) > 0:
        if monotonic() - started > PASSIVE_S:
            raise StuckError(f"rooms are still awake {PASSIVE_S:g} s after everybody left")
        sleep(POLL_S)
    return monotonic() - started


def _awake(target: Target) -> float:
    host, port, _ = loopback(target.url)
    with closing(http.client.HTTPConnection(host, port, timeout=SEED_ANSWER_S)) as connection:
        try:
            connection.request("GET", "/metrics")
            found = AWAKE.search(connection.getresponse().read().decode())
        except (OSError, http.client.HTTPException) as exc:
            raise UnusableError(f"no metrics at {target.url}: {exc}") from exc
    if found is None:
        raise UnusableError("the server does not say how many rooms are awake")
    return float(found[1])


ROOMS_SCENARIO = Scenario(
    "rooms",
    "rooms nobody looks at: what do they weigh, and how long do they take to wake?",
    add_arguments,
    run,
)
