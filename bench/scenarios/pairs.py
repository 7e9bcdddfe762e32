"""What does a private conversation cost, when many of them go on at once?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bench.errors import UnusableError
from bench.load.crowd import Client, Crowd
from bench.scenarios.scenario import Scenario, add_chat, run_chat

CLIENTS = 400
PAIR = 2
# About one second of work for a server of 25 µs a delivery.
MESSAGES = 20_000


def add_arguments(parser: ArgumentParser) -> None:
    add_chat(parser, clients=CLIENTS, in_flight=1)


def run(arguments: Namespace) -> int:
    if arguments.clients % PAIR:
        raise UnusableError("--clients must be even: they talk two by two")
    return run_chat("pairs", arguments, room_size=PAIR, messages=MESSAGES, speakers=everybody)


def everybody(crowd: Crowd) -> list[Client]:
    """Both of every room talk."""
    return crowd.clients


PAIRS = Scenario(
    "pairs",
    "rooms of two, both talk: what does a private message cost?",
    add_arguments,
    run,
)
