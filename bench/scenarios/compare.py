"""Where does the server stand beside others? `fanout` and `pairs` on all of them, by turns."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from bench.errors import EXIT_OK, UnusableError
from bench.limits import CLIENTS_MAX, RUNS_MAX
from bench.machine import describe, peer_versions
from bench.peers.start import FOLDER, PEERS
from bench.report import Figures, publish, verdict
from bench.results import FOLDER as RESULTS
from bench.results import Comparison, write
from bench.rounds import Load, Speakers, take_turns
from bench.scenarios import fanout, pairs
from bench.scenarios.scenario import BODY_CHARS, Scenario, within
from bench.sides import our_side, peer_side

RUNS = 5
PERCENT = 100


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=RUNS, help=f"median of these (default {RUNS})")
    parser.add_argument(
        "--room", type=int, default=fanout.CLIENTS, help="readers of the large room"
    )
    parser.add_argument("--pairs", type=int, default=pairs.CLIENTS // 2, help="rooms of two")
    parser.add_argument(
        "--size", type=int, default=PERCENT, help="messages, in percent of the usual number"
    )
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of table and plots")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    room = within("--room", arguments.room, fanout.READERS_MIN, CLIENTS_MAX)
    couples = within("--pairs", arguments.pairs, 1, CLIENTS_MAX // pairs.PAIR)
    runs = within("--runs", arguments.runs, 1, RUNS_MAX)
    size = within("--size", arguments.size, 1, PERCENT)
    machine = describe()
    comparisons = [
        _compare(
            "fanout",
            "What does one message to a full room cost?",
            f"One room of {room}, one of them talks, one message under way.",
            _load(room, room, fanout.DELIVERIES // room * size // PERCENT, runs),
            fanout.first,
            arguments.peers,
        ),
        _compare(
            "pairs",
            "What does a private message cost?",
            f"{couples} rooms of two, both talk, one message of each under way.",
            _load(couples * pairs.PAIR, pairs.PAIR, pairs.MESSAGES * size // PERCENT, runs),
            pairs.everybody,
            arguments.peers,
        ),
    ]
    code = verdict(
        one for comparison in comparisons for rounds in comparison.rounds.values() for one in rounds
    )
    if code == EXIT_OK:
        try:
            written = write(arguments.out, machine, comparisons, _versions(arguments.peers))
        except OSError as exc:
            raise UnusableError(f"cannot write the results: {exc.strerror}") from exc
        print(f"wrote {', '.join(path.name for path in written)}", file=sys.stderr)
    publish(_summary(comparisons), as_json=arguments.json)
    return code


def _load(clients: int, room_size: int, messages: int, runs: int) -> Load:
    return Load(
        clients=clients,
        room_size=room_size,
        messages=max(messages, 1),
        in_flight=1,
        body_chars=BODY_CHARS,
        runs=runs,
    )


def _compare(
    name: str, question: str, setting: str, load: Load, speakers: Speakers, peers: list[str]
) -> Comparison:
    print(f"{name}: {setting}", file=sys.stderr)
    with ExitStack() as stack:
        # All are up all the time; who is not asked anything costs nothing.
        ours = our_side(load.clients, load.room_size, codec=load.codec, url=None)
        sides = [stack.enter_context(ours)]
        sides += [
            stack.enter_context(peer_side(peer, load.clients, load.room_size)) for peer in peers
        ]
        rounds = take_turns(sides, load, speakers)
    by_name = {side.name: done for side, done in zip(sides, rounds, strict=True)}
    return Comparison(name, question, setting, load, by_name)


def _versions(peers: list[str]) -> dict[str, str]:
    known = peer_versions(FOLDER) | {"pysocketio": version("python-socketio")}
    return {name: known[name] for name in peers if name in known}


def _summary(comparisons: list[Comparison]) -> Figures:
    figures: Figures = {"scenario": "compare", "runs": comparisons[0].load.runs}
    for one in comparisons:
        for server in one.rounds:
            figures[f"{one.name}_{server}_cpu_us_per_delivery"] = round(one.cpu_us(server), 3)
    rounds = [done for one in comparisons for runs in one.rounds.values() for done in runs]
    figures["lost"] = sum(one.lost for one in rounds)
    figures["doubled"] = sum(one.doubled for one in rounds)
    figures["faults"] = sum(one.faults for one in rounds)
    return figures


COMPARE = Scenario(
    "compare",
    "fanout and pairs beside all peers, with a table and plots in bench/results",
    add_arguments,
    run,
)
