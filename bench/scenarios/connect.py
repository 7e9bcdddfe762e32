"""How fast do people come in, and what does an idle session weigh?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter, process_time, sleep

from bench.errors import EXIT_OK
from bench.limits import CLIENTS_MAX, GENERATOR_SHARE_MAX, MEMORY_SETTLE_S, RUNS_MAX
from bench.load.crowd import Crowd
from bench.measure import usage
from bench.report import Figures, publish
from bench.scenarios.scenario import Scenario, add_common, within
from bench.sides import Side, our_side, peer_side

CLIENTS = 10_000
# What the first clients make a server load is not what a session takes.
FIRST_CLIENTS = 20
BYTES_PER_KB = 1e3
BYTES_PER_MB = 1e6
MS_PER_S = 1e3
NS_PER_MS = 1e6
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Arrival:
    """The figures of one crowd that came in and stayed idle."""

    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms_per_session: float
    store_cpu_ms_per_session: float
    rss_kb_per_session: float
    rss_mb: float
    generator_share: float


def add_arguments(parser: ArgumentParser) -> None:
    add_common(parser, clients=CLIENTS)


def run(arguments: Namespace) -> int:
    clients = within("--clients", arguments.clients, 1, CLIENTS_MAX)
    runs = within("--runs", arguments.runs, 1, RUNS_MAX)
    peer: str | None = arguments.peer
    ours: list[Arrival] = []
    theirs: list[Arrival] = []
    # A server keeps the memory of those who left, so every run has servers of its own.
    for _ in range(runs):
        with our_side(clients, 0, codec=arguments.codec, url=arguments.url, restarted=True) as side:
            ours.append(_arrive(side))
        if peer:
            with peer_side(peer, clients, 0) as side:
                theirs.append(_arrive(side))
    figures: Figures = {
        "scenario": "connect",
        "clients": clients,
        "messages": 0,
        "deliveries": 0,
        "cpu_us_per_delivery": None,
        "lost": 0,
        "doubled": 0,
        "codec": arguments.codec,
        "runs": runs,
        **_figures(ours, clients),
    }
    if peer:
        figures["peer"] = peer
        figures |= {f"peer_{name}": value for name, value in _figures(theirs, clients).items()}
        ratio = _of(ours, "rss_kb_per_session") / _of(theirs, "rss_kb_per_session")
        figures["ratio_rss"] = round(ratio, 3)
        ratio = _of(ours, "cpu_ms_per_session") / _of(theirs, "cpu_ms_per_session")
        figures["ratio"] = round(ratio, 3)
    publish(figures, as_json=arguments.json)
    return EXIT_OK


def _arrive(side: Side) -> Arrival:
    with Crowd(side.dialect, side.host, side.port) as crowd:
        crowd.join(side.seats[:FIRST_CLIENTS])
    sleep(MEMORY_SETTLE_S)
    before = usage(side.pid)
    with Crowd(side.dialect, side.host, side.port) as crowd:
        started, cpu = perf_counter(), process_time()
        crowd.join(side.seats)
        seconds = perf_counter() - started
        share = (process_time() - cpu) / seconds
        joined = usage(side.pid)
        joining_ms = _percentiles([one.joined_ns - one.opened_ns for one in crowd.clients])
        crowd.settle()
        sleep(MEMORY_SETTLE_S)
        idle = usage(side.pid)
    sessions = len(side.seats)
    arrival = Arrival(
        seconds=seconds,
        p50_ms=joining_ms[49],
        p95_ms=joining_ms[94],
        p99_ms=joining_ms[98],
        cpu_ms_per_session=(joined.server_cpu_s - before.server_cpu_s) * MS_PER_S / sessions,
        store_cpu_ms_per_session=(joined.store_cpu_s - before.store_cpu_s) * MS_PER_S / sessions,
        rss_kb_per_session=(idle.rss_bytes - before.rss_bytes) / BYTES_PER_KB / sessions,
        rss_mb=idle.rss_bytes / BYTES_PER_MB,
        generator_share=share,
    )
    print(
        f"  {side.name:10} {sessions / seconds:8,.0f} sessions/s"
        f"  {arrival.rss_kb_per_session:7.1f} KB/session  generator {share:4.0%}",
        file=sys.stderr,
    )
    if share > GENERATOR_SHARE_MAX:
        print(
            f"warning: the generator used {share:.0%} of a core: the rate is partly its own",
            file=sys.stderr,
        )
    return arrival


def _percentiles(took_ns: list[int]) -> list[float]:
    """Return the 1st to 99th percentile in milliseconds."""
    # Doubled, so that one client alone has percentiles too; they stay the same.
    return [ns / NS_PER_MS for ns in quantiles(took_ns * 2, n=PERCENT, method="inclusive")]


def _of(arrivals: list[Arrival], name: str) -> float:
    return median(float(getattr(one, name)) for one in arrivals)


def _figures(arrivals: list[Arrival], clients: int) -> Figures:
    return {
        "seconds": round(_of(arrivals, "seconds"), 3),
        "connects_per_second": round(clients / _of(arrivals, "seconds"), 1),
        "p50_ms": round(_of(arrivals, "p50_ms"), 3),
        "p95_ms": round(_of(arrivals, "p95_ms"), 3),
        "p99_ms": round(_of(arrivals, "p99_ms"), 3),
        "cpu_ms_per_session": round(_of(arrivals, "cpu_ms_per_session"), 4),
        "store_cpu_ms_per_session": round(_of(arrivals, "store_cpu_ms_per_session"), 4),
        "rss_kb_per_session": round(_of(arrivals, "rss_kb_per_session"), 2),
        "rss_mb": round(_of(arrivals, "rss_mb"), 1),
        "generator_share": round(_of(arrivals, "generator_share"), 3),
    }


CONNECT = Scenario(
    "connect",
    "sessions per second, and the memory of an idle one",
    add_arguments,
    run,
)
