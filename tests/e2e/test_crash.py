"""kill -9 at random moments under load: nothing acknowledged is lost or doubled (I1, I2, I3)."""

from __future__ import annotations

import random
import threading
import time

import httpx

from tests.e2e.rest import Json, seeded
from tests.e2e.server import Server
from tests.e2e.writer import Writer

WRITERS = 8
_LOAD_S = (0.3, 1.5)
_DONE_S_MAX = 60.0


def test_kill_at_any_moment_loses_nothing_acknowledged(
    fresh_server: Server, rng: random.Random, rounds: int
) -> None:
    server = fresh_server
    server.start()
    people = seeded(server, users=WRITERS, groups=1, pairs=True)
    writers = [
        Writer(number, str(one["access"]), str(one["room"]), server.ws_url)
        for number, one in enumerate(people)
    ]
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in writers]
    for thread in threads:
        thread.start()
    try:
        for _ in range(rounds):
            time.sleep(rng.uniform(*_LOAD_S))
            server.kill()
            server.start()
        time.sleep(1)
    finally:
        stop.set()
        for thread in threads:
            thread.join(_DONE_S_MAX)
    assert not any(thread.is_alive() for thread in threads)
    assert sum(len(one.acked) for one in writers) > WRITERS * rounds, "there was no load"
    for writer in writers:
        _check(server, writer)


def _check(server: Server, writer: Writer) -> None:
    assert writer.faults == []
    log = _history(server, writer)
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    bodies = [event["body"] for event in log]
    assert len(set(bodies)) == len(bodies), "a message is there twice"
    for cid, seq in writer.acked.items():
        assert log[seq - 1]["body"] == f"body of {cid}"
    assert writer.seen == {seq: log[seq - 1]["body"] for seq in writer.seen}


def _history(server: Server, writer: Writer) -> list[Json]:
    events: list[Json] = []
    before = ""
    with httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {writer.access}"}, timeout=10
    ) as http:
        while True:
            page = http.get(f"/v1/rooms/{writer.room}/messages?limit=200{before}").json()
            events = page["items"] + events
            if not page["more"]:
                return events
            before = f"&before={events[0]['seq']}"
