"""What an operator does, as the command line does it."""

from __future__ import annotations

import argparse

from api.admin import add_admin, do
from api.observe.metrics import Metrics
from api.serve import Process
from tests.api.edge import make_keys, make_settings
from tests.api.people import Town


async def ask(town: Town, *words: str) -> str:
    """Do as `glimpse admin` does."""
    parser = argparse.ArgumentParser()
    add_admin(parser)
    services = town.edge.services
    process = Process(
        make_settings(), services.policy, make_keys(), town.store, services.world, Metrics()
    )
    return await do(process, parser.parse_args(words))
