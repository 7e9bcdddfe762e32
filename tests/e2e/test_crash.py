"""kill -9 at random moments under load: nothing acknowledged is lost or doubled (I1, I2, I3)."""

from __future__ import annotations

import random
import time

from tests.e2e.rest import seeded
from tests.e2e.server import Server
from tests.e2e.writer import acked, check, load

WRITERS = 8
_LOAD_S = (0.3, 1.5)


def test_kill_at_any_moment_loses_nothing_acknowledged(
    fresh_server: Server, rng: random.Random, rounds: int
) -> None:
    server = fresh_server
    server.start()
    people = seeded(server, users=WRITERS, groups=1, pairs=True)
    with load(server, people) as writers:
        for _ in range(rounds):
            time.sleep(rng.uniform(*_LOAD_S))
            server.kill()
            server.start()
        time.sleep(1)
    assert acked(writers) > WRITERS * rounds, "there was no load"
    for writer in writers:
        check(server, writer)
