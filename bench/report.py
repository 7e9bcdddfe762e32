"""From the figures of the runs to one line of JSON, and to a few lines for a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from statistics import median

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK
from bench.limits import GENERATOR_SHARE_MAX
from bench.rounds import Load, Round

Value = str | int | float | list[float] | Mapping[str, object] | None
Figures = dict[str, Value]


def chat_figures(scenario: str, load: Load, ours: list[Round], peers: list[Round]) -> Figures:
    """Return the medians over the runs; what was lost or doubled is summed, never averaged away."""
    figures: Figures = {
        "scenario": scenario,
        "clients": load.clients,
        "messages": load.messages,
        "in_flight": load.in_flight,
        "body_chars": load.body_chars,
        "codec": load.codec,
        "runs": load.runs,
        **_side(ours, load),
        "cpu_us_per_delivery_runs": [round(one.cpu_us_per_delivery, 3) for one in ours],
    }
    if peers and load.peer:
        theirs = _side(peers, load)
        figures["peer"] = load.peer
        figures |= {f"peer_{name}": value for name, value in theirs.items()}
        own_cpu = _median(one.cpu_us_per_delivery for one in ours)
        all_cpu = _median(one.cpu_us_per_delivery + one.store_cpu_us_per_delivery for one in ours)
        peer_cpu = _median(one.cpu_us_per_delivery for one in peers)
        figures["ratio"] = round(own_cpu / peer_cpu, 3)
        figures["ratio_with_store"] = round(all_cpu / peer_cpu, 3)
    return figures


def publish(figures: Mapping[str, Value], *, as_json: bool) -> None:
    """Print for the reader: one line of JSON on stdout, everything else on stderr."""
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"  {name:{width}}  {value}", file=sys.stderr)
    if as_json:
        print(json.dumps(figures))


def verdict(rounds: Iterable[Round]) -> int:
    """Return the exit code: a message lost, doubled, unordered or unacknowledged is a failure."""
    code = EXIT_OK
    for one in rounds:
        warn_of_generator(one.generator_share)
        if one.lost or one.doubled or one.faults:
            print(
                f"BROKEN: {one.lost} lost, {one.doubled} doubled, {one.faults} other faults",
                *one.told,
                sep="\n  ",
                file=sys.stderr,
            )
            code = EXIT_BROKEN_PROMISE
    return code


def warn_of_generator(share: float) -> None:
    """Say so where the generator may be what was measured."""
    if share > GENERATOR_SHARE_MAX:
        print(
            f"warning: the generator used {share:.0%} of a core:"
            " throughput and latency are partly its own",
            file=sys.stderr,
        )


def _side(rounds: list[Round], load: Load) -> Figures:
    return {
        "deliveries": rounds[0].deliveries,
        "seconds": round(_median(one.seconds for one in rounds), 4),
        "deliveries_per_second": round(_median(one.deliveries / one.seconds for one in rounds)),
        "messages_per_second": round(load.messages / _median(one.seconds for one in rounds), 1),
        "cpu_us_per_delivery": round(_median(one.cpu_us_per_delivery for one in rounds), 3),
        "store_cpu_us_per_delivery": round(
            _median(one.store_cpu_us_per_delivery for one in rounds), 3
        ),
        "p50_ms": round(_median(one.p50_ms for one in rounds), 3),
        "p95_ms": round(_median(one.p95_ms for one in rounds), 3),
        "p99_ms": round(_median(one.p99_ms for one in rounds), 3),
        "rss_mb": round(_median(one.rss_mb for one in rounds), 1),
        "store_rss_mb": round(_median(one.store_rss_mb for one in rounds), 1),
        "generator_share": round(_median(one.generator_share for one in rounds), 3),
        "lost": sum(one.lost for one in rounds),
        "doubled": sum(one.doubled for one in rounds),
        "faults": sum(one.faults for one in rounds),
    }


def _median(values: Iterable[float]) -> float:
    return median(values)
