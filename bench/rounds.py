"""One measured conversation, and several of them by turns on both sides."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench.load.crowd import Client, Crowd
from bench.load.talk import Talk
from bench.measure import usage
from bench.sides import Side, our_side, peer_side

US_PER_S = 1e6
BYTES_PER_MB = 1e6
# Node compiles what ran often: with less than this, a peer's first run costs twice its later ones.
WARM_UP_SHARE = 0.2
WARM_UP_DELIVERIES_MIN = 20_000


@dataclass(frozen=True, slots=True)
class Load:
    """What is put on a server; the same for both sides."""

    clients: int
    room_size: int
    messages: int
    in_flight: int
    body_chars: int
    runs: int
    codec: str = "json"
    peer: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """The figures of one run on one side."""

    deliveries: int
    seconds: float
    cpu_us_per_delivery: float
    store_cpu_us_per_delivery: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    rss_mb: float
    store_rss_mb: float
    generator_share: float
    lost: int
    doubled: int
    faults: int
    told: tuple[str, ...]


# Who of a crowd talks.
Speakers = Callable[[Crowd], list[Client]]


def compare(load: Load, speakers: Speakers) -> tuple[list[Round], list[Round]]:
    """Run `load` on Glimpse and, if there is one, on the peer, by turns; ours come first."""
    with ExitStack() as stack:
        sides = [
            stack.enter_context(
                our_side(load.clients, load.room_size, codec=load.codec, url=load.url)
            )
        ]
        if load.peer:
            sides.append(stack.enter_context(peer_side(load.peer, load.clients, load.room_size)))
        rounds = take_turns(sides, load, speakers)
    return rounds[0], rounds[1] if load.peer else []


def take_turns(sides: Sequence[Side], load: Load, speakers: Speakers) -> list[list[Round]]:
    """Run `load` on every side, one after the other, `load.runs` times over."""
    rounds: list[list[Round]] = [[] for _ in sides]
    for number in range(load.runs):
        for side, done in zip(sides, rounds, strict=True):
            done.append(one_round(side, load, speakers))
            _progress(number + 1, load.runs, side.name, done[-1])
    return rounds


def one_round(side: Side, load: Load, speakers: Speakers) -> Round:
    """Bring a crowd in, let it talk, and read what that cost."""
    with Crowd(side.dialect, side.host, side.port) as crowd:
        crowd.join(side.seats)
        crowd.settle()
        talk = Talk(crowd, body_chars=load.body_chars, tag=f"{secrets.token_hex(4)}-")
        talkers = speakers(crowd)
        least = -(-WARM_UP_DELIVERIES_MIN // load.room_size)
        warm_up = max(least, int(load.messages * WARM_UP_SHARE))
        talk.run(talkers, messages=warm_up, in_flight=load.in_flight)
        before = usage(side.pid)
        span = talk.run(talkers, messages=load.messages, in_flight=load.in_flight)
        after = usage(side.pid)
    deliveries = load.messages * load.room_size
    server_s = after.server_cpu_s - before.server_cpu_s
    store_s = after.store_cpu_s - before.store_cpu_s
    tally, latencies = talk.tally, talk.latencies
    return Round(
        deliveries=deliveries,
        seconds=span.seconds,
        cpu_us_per_delivery=server_s * US_PER_S / deliveries,
        store_cpu_us_per_delivery=store_s * US_PER_S / deliveries,
        p50_ms=latencies.percentile_ms(0.50),
        p95_ms=latencies.percentile_ms(0.95),
        p99_ms=latencies.percentile_ms(0.99),
        rss_mb=after.rss_bytes / BYTES_PER_MB,
        store_rss_mb=after.store_rss_bytes / BYTES_PER_MB,
        generator_share=span.generator_cpu_s / span.seconds,
        lost=talk.lost,
        doubled=tally.doubled,
        faults=tally.reordered + tally.troubles + talk.unacked,
        told=tuple(tally.told),
    )


def _progress(number: int, runs: int, name: str, done: Round) -> None:
    print(
        f"  run {number}/{runs} {name:10} {done.cpu_us_per_delivery:7.2f} µs/delivery"
        f"  p99 {done.p99_ms:8.2f} ms  {done.deliveries / done.seconds:10,.0f} deliveries/s"
        f"  generator {done.generator_share:4.0%}",
        file=sys.stderr,
    )
