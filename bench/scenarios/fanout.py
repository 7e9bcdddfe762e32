"""What does it cost to bring one message to everybody in a large room?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bench.limits import CLIENTS_MAX
from bench.load.crowd import Client, Crowd
from bench.scenarios.scenario import Scenario, add_chat, run_chat, within

CLIENTS = 500
BURST_IN_FLIGHT = 16
# About two seconds of work for a server of 10 µs a delivery.
DELIVERIES = 200_000
MESSAGES_MIN = 100
READERS_MIN = 2


def add_arguments(parser: ArgumentParser) -> None:
    add_chat(parser, clients=CLIENTS, in_flight=1)


def add_burst_arguments(parser: ArgumentParser) -> None:
    add_chat(parser, clients=CLIENTS, in_flight=BURST_IN_FLIGHT)


def run(arguments: Namespace) -> int:
    return _run("fanout", arguments)


def run_burst(arguments: Namespace) -> int:
    return _run("burst", arguments)


def _run(name: str, arguments: Namespace) -> int:
    clients = within("--clients", arguments.clients, READERS_MIN, CLIENTS_MAX)
    messages = max(MESSAGES_MIN, DELIVERIES // clients)
    return run_chat(name, arguments, room_size=clients, messages=messages, speakers=first)


def first(crowd: Crowd) -> list[Client]:
    """One talks, all listen."""
    return crowd.clients[:1]


FANOUT = Scenario(
    "fanout",
    "one room, one sender: what does a delivery cost, and how late is it?",
    add_arguments,
    run,
)
BURST = Scenario(
    "burst",
    "the same with 16 messages in flight: what does joining writes save?",
    add_burst_arguments,
    run_burst,
)
