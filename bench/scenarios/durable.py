"""How many messages a second are acknowledged, that is, committed?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bench.errors import UnusableError
from bench.load.crowd import Client, Crowd
from bench.scenarios.scenario import Scenario, add_chat, run_chat

# Two hundred rooms, and one of two people talks: as few deliveries as a message can have.
CLIENTS = 400
PAIR = 2
IN_FLIGHT = 16
# Some ten seconds at the pace that is promised.
MESSAGES = 50_000


def add_arguments(parser: ArgumentParser) -> None:
    add_chat(parser, clients=CLIENTS, in_flight=IN_FLIGHT)


def run(arguments: Namespace) -> int:
    if arguments.clients % PAIR:
        raise UnusableError("--clients must be even: they sit in rooms of two")
    return run_chat("durable", arguments, room_size=PAIR, messages=MESSAGES, speakers=_one_of_two)


def _one_of_two(crowd: Crowd) -> list[Client]:
    return crowd.clients[::PAIR]


DURABLE = Scenario(
    "durable",
    "many rooms, many messages under way: how many are acknowledged a second?",
    add_arguments,
    run,
)
