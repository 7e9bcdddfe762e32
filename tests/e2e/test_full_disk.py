"""A disk that is full: new rows are refused with a code, what is there is read, and it heals."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.e2e.pgwire import PgWire
from tests.e2e.phone import calling
from tests.e2e.probe import numbers
from tests.e2e.rest import Json, seeded
from tests.e2e.server import Server, serving
from tests.e2e.writer import history
from tests.postgres import databases_of

_S_MAX = 10.0


@pytest.fixture(scope="module")
def wire(pytestconfig: pytest.Config) -> Iterator[PgWire]:
    """The way from the server to its database."""
    with tempfile.TemporaryDirectory(prefix="glimpse-full-") as folder:
        wire = PgWire(Path(folder), databases_of(pytestconfig).empty())
        yield wire
        wire.close()


@pytest.fixture(scope="module")
def wired(wire: PgWire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server at the end of it."""
    data = tmp_path_factory.mktemp("full") / "data"
    with serving(Server(data, environment="bench", database=wire.dsn)) as server:
        yield server


def _made(server: Server, person: Json) -> tuple[int, str]:
    answer = httpx.post(
        f"{server.url}/v1/groups",
        json={"type": "created", "name": "자리 없음"},
        headers={"Authorization": f"Bearer {person['access']}"},
        timeout=_S_MAX,
    )
    return answer.status_code, answer.json().get("code", "")


def test_a_full_disk_is_refused_cleanly_and_over_without_a_restart(
    wire: PgWire, wired: Server
) -> None:
    """faults.md 13. Guard: 53100 is an outage and no bug, for the chat and for REST."""
    one, other = people = seeded(wired, users=2, groups=1, pairs=True)
    room, pid = one["room"], wired.pid
    cids = [f"full-{n}" for n in range(5)]
    with ExitStack() as stack:
        fox, owl = (stack.enter_context(calling(wired.ws_url, who["access"])) for who in people)
        for phone in (fox, owl):
            phone.open(room)
        assert fox.say(room, "before", "before")["seq"] == 1
        with wire.full():
            refused = [fox.reply(ref) for ref in [fox.write(room, cid, cid) for cid in cids]]
            assert {one["code"] for one in refused} == {"unavailable"}
            assert _made(wired, one) == (503, "unavailable")
            assert wire.refused >= 2
            # Reading goes on, and nobody was shown what is not stored.
            for who in people:
                seen = history(wired, str(who["access"]), str(room))
                assert [event["body"] for event in seen] == ["before"]
        again = [fox.say(room, cid, cid) for cid in cids]
        assert [(one["ok"], one["seq"], one["dup"]) for one in again] == [
            (True, seq, False) for seq in range(2, 7)
        ]
        assert _made(wired, one)[0] == 201
        heard = [owl.event("msg.new") for _ in range(6)]
    assert [(event["seq"], event["body"]) for event in heard] == list(
        enumerate(["before", *cids], start=1)
    )
    log = history(wired, str(other["access"]), str(room))
    assert [event["body"] for event in log] == ["before", *cids]
    assert wired.pid == pid
    assert numbers(wired)["glimpse_quarantined{room}"] == 0
    assert not [line for line in wired.lines if "Traceback" in line]
