"""What a scenario is, and the options that scenarios share."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from bench.errors import UnusableError
from bench.limits import (
    BODY_CHARS_MAX,
    BODY_CHARS_MIN,
    CLIENTS_MAX,
    DELIVERIES_MAX,
    IN_FLIGHT_MAX,
    MESSAGES_MAX,
    RUNS_MAX,
)
from bench.peers.start import PEERS
from bench.report import chat_figures, publish, verdict
from bench.rounds import Load, Speakers, compare

BODY_CHARS = 64
RUNS = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """One question put to a server, by one verb of the command line."""

    name: str
    question: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


def add_common(parser: ArgumentParser, *, clients: int) -> None:
    """Declare what every scenario takes."""
    parser.add_argument("--clients", type=int, default=clients, help=f"default {clients}")
    parser.add_argument("--codec", choices=("json", "msgpack"), default="json")
    parser.add_argument("--peer", choices=PEERS, help="measure this one too, by turns")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"median of these (default {RUNS})")
    parser.add_argument("--url", help="a server started by GLIMPSE_ENV=bench, not one of our own")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def add_chat(parser: ArgumentParser, *, clients: int, in_flight: int) -> None:
    """Declare what every scenario of talking takes."""
    add_common(parser, clients=clients)
    parser.add_argument("--messages", type=int, help="in all, per run (default: by clients)")
    parser.add_argument(
        "--in-flight", type=int, default=in_flight, help=f"per speaker (default {in_flight})"
    )
    parser.add_argument("--body-chars", type=int, default=BODY_CHARS, help=f"default {BODY_CHARS}")


def run_chat(
    name: str, arguments: Namespace, *, room_size: int, messages: int, speakers: Speakers
) -> int:
    """Measure talking and publish the figures; `messages` is the number if none was given."""
    given: int | None = arguments.messages
    load = Load(
        clients=within("--clients", arguments.clients, room_size, CLIENTS_MAX),
        room_size=room_size,
        messages=within("--messages", given if given is not None else messages, 1, MESSAGES_MAX),
        in_flight=within("--in-flight", arguments.in_flight, 1, IN_FLIGHT_MAX),
        body_chars=within("--body-chars", arguments.body_chars, BODY_CHARS_MIN, BODY_CHARS_MAX),
        runs=within("--runs", arguments.runs, 1, RUNS_MAX),
        codec=arguments.codec,
        peer=arguments.peer,
        url=arguments.url,
    )
    within("deliveries (messages × readers)", load.messages * room_size, 1, DELIVERIES_MAX)
    ours, theirs = compare(load, speakers)
    publish(chat_figures(name, load, ours, theirs), as_json=arguments.json)
    return verdict([*ours, *theirs])


def within(what: str, value: int, least: int, most: int) -> int:
    """Return `value`, or refuse it by name."""
    if not least <= value <= most:
        raise UnusableError(f"{what} must be {least} to {most}, not {value}")
    return value
