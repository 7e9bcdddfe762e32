"""What a comparison came to, kept in the repository: a table, the same as data, and a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.machine import Machine
from bench.plot import Bar, bars
from bench.rounds import Load, Round

FOLDER = Path(__file__).resolve().parent / "results"
TABLE, DATA = "compare.md", "compare.json"
OURS = "glimpse"
CALLED = {
    OURS: "Glimpse",
    "socketio": "Socket.IO",
    "ws": "ws",
    "pysocketio": "python-socketio",
    "rawsend": "bare send loop",
}
ABOUT = (
    "Made by `python -m bench compare`; servers took turns, every figure is the median of the runs."
    " Glimpse keeps every message (committed before it is acknowledged, encrypted, signed in, with"
    " metrics); the peers keep nothing. What is measured: [../README.md](../README.md)."
)
HEAD = (
    "| | CPU µs per delivery | of the runs | + PostgreSQL | Glimpse ÷ it | p50 ms | p99 ms"
    " | deliveries/s | MB | generator |"
)
RULE = "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One scenario on all servers, ours first."""

    name: str
    question: str
    setting: str
    load: Load
    rounds: Mapping[str, Sequence[Round]]

    def cpu_us(self, server: str) -> float:
        """Return the median cost of a delivery, PostgreSQL's apart."""
        return median(one.cpu_us_per_delivery for one in self.rounds[server])

    def store_us(self, server: str) -> float:
        """Return the median cost of a delivery in PostgreSQL."""
        return median(one.store_cpu_us_per_delivery for one in self.rounds[server])

    def picture(self) -> str:
        """Return the name of the plot."""
        return f"{self.name}.svg"


def write(
    folder: Path, machine: Machine, comparisons: Sequence[Comparison], versions: Mapping[str, str]
) -> list[Path]:
    """Write the table, the data and the pictures over the older ones; git keeps those."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        TABLE: table(machine, comparisons, versions),
        DATA: json.dumps(data(machine, comparisons, versions), indent=1) + "\n",
        **{one.picture(): picture(machine, one) for one in comparisons},
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def table(machine: Machine, comparisons: Sequence[Comparison], versions: Mapping[str, str]) -> str:
    """Write the results for people."""
    lines = [
        "# Glimpse beside its peers",
        "",
        f"{machine.line()}. Load of the machine before the run: {machine.load_before:g}.",
        "",
        ABOUT,
        "",
        "Versions: "
        + ", ".join(f"{CALLED.get(name, name)} {one}" for name, one in versions.items())
        + ".",
    ]
    for one in comparisons:
        lines += ["", f"## `{one.name}`: {one.question}", "", f"{one.setting}", ""]
        lines += [f"![{one.question}]({one.picture()})", "", HEAD, RULE]
        lines += [_row(one, server) for server in one.rounds]
    return "\n".join(lines) + "\n"


def data(
    machine: Machine, comparisons: Sequence[Comparison], versions: Mapping[str, str]
) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "machine": machine.fields(),
        "versions": dict(versions),
        "scenarios": {
            one.name: {
                "clients": one.load.clients,
                "messages": one.load.messages,
                "in_flight": one.load.in_flight,
                "body_chars": one.load.body_chars,
                "runs": one.load.runs,
                "servers": {server: _figures(one, server) for server in one.rounds},
            }
            for one in comparisons
        },
    }


def picture(machine: Machine, one: Comparison) -> str:
    """Draw what a delivery costs on each server."""
    rows = [
        Bar(
            CALLED.get(server, server),
            one.cpu_us(server),
            on_top=one.store_us(server),
            ours=server == OURS,
            note="" if server == OURS else "(keeps nothing)",
        )
        for server in one.rounds
    ]
    return bars(one.question, "µs of server CPU per delivery", rows, under=machine.line())


def _figures(one: Comparison, server: str) -> dict[str, float | int | list[float]]:
    rounds = one.rounds[server]
    return {
        "cpu_us_per_delivery": round(one.cpu_us(server), 3),
        "store_cpu_us_per_delivery": round(one.store_us(server), 3),
        "cpu_us_per_delivery_runs": [round(run.cpu_us_per_delivery, 3) for run in rounds],
        "ratio": round(one.cpu_us(OURS) / one.cpu_us(server), 3),
        "p50_ms": round(median(run.p50_ms for run in rounds), 3),
        "p99_ms": round(median(run.p99_ms for run in rounds), 3),
        "deliveries_per_second": round(median(run.deliveries / run.seconds for run in rounds)),
        "rss_mb": round(median(run.rss_mb for run in rounds), 1),
        "generator_share": round(median(run.generator_share for run in rounds), 3),
        "lost": sum(run.lost for run in rounds),
        "doubled": sum(run.doubled for run in rounds),
        "faults": sum(run.faults for run in rounds),
    }


def _row(one: Comparison, server: str) -> str:
    rounds = one.rounds[server]
    costs = [run.cpu_us_per_delivery for run in rounds]
    name = CALLED.get(server, server)
    store, ratio = one.store_us(server), one.cpu_us(OURS) / one.cpu_us(server)
    cells = [
        f"**{name}**" if server == OURS else name,
        f"{one.cpu_us(server):.2f}",
        f"{min(costs):.2f} to {max(costs):.2f}",
        f"{store:.2f}" if store else "",
        "" if server == OURS else f"{ratio:.2f}",
        f"{median(run.p50_ms for run in rounds):.2f}",
        f"{median(run.p99_ms for run in rounds):.2f}",
        f"{median(run.deliveries / run.seconds for run in rounds):,.0f}",
        f"{median(run.rss_mb for run in rounds):.0f}",
        f"{median(run.generator_share for run in rounds):.0%}",
    ]
    return f"| {' | '.join(cells)} |"
