"""The moment of the commit: whatever ends there, a message is told to all and is there once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.pgwire import Fault, PgWire
from tests.e2e.phone import calling
from tests.e2e.rest import Json, seeded
from tests.e2e.server import Server, serving
from tests.e2e.writer import history
from tests.postgres import databases_of

_S_MAX = 10.0


@pytest.fixture(scope="module")
def wire(pytestconfig: pytest.Config) -> Iterator[PgWire]:
    """The way from the server to its database."""
    with tempfile.TemporaryDirectory(prefix="glimpse-wire-") as folder:
        wire = PgWire(Path(folder), databases_of(pytestconfig).empty())
        yield wire
        wire.close()


@pytest.fixture(scope="module")
def wired(wire: PgWire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server at the end of it."""
    data = tmp_path_factory.mktemp("wired") / "data"
    with serving(Server(data, environment="bench", database=wire.dsn)) as server:
        yield server


@pytest.fixture
def pair(wired: Server) -> tuple[Json, Json]:
    """Two people with a room."""
    one, other = seeded(wired, users=2, groups=1, pairs=True)
    assert one["room"] == other["room"]
    return one, other


def test_what_was_committed_but_not_told_reaches_everybody(
    wire: PgWire, wired: Server, pair: tuple[Json, Json]
) -> None:
    """faults.md 8. Guards: the log is claimed and read on the way up; a cid takes effect once."""
    one, other = pair
    room = one["room"]
    with ExitStack() as stack:
        fox, owl = (stack.enter_context(calling(wired.ws_url, who["access"])) for who in pair)
        for phone in (fox, owl):
            phone.open(room)
        assert fox.say(room, "a", "told")["seq"] == 1
        assert owl.event("msg.new")["seq"] == 1
        wire.arm(Fault.HOLD)
        ref = fox.write(room, "b", "committed")
        assert wire.committed.wait(_S_MAX)
        wired.kill()
        assert [frame for frame in fox.closed()[1] if frame.get("re") == ref] == []
        assert [frame for frame in owl.closed()[1] if frame.get("ev") == "msg.new"] == []
    wired.start()
    with ExitStack() as stack:
        fox, owl = (stack.enter_context(calling(wired.ws_url, who["access"])) for who in pair)
        opened = owl.open(room, after=1)
        assert (opened["recovered"], opened["seq"]) == (True, 2)
        assert _bodies(opened["events"]) == ["committed"]
        again = fox.say(room, "b", "committed")
        assert (again["ok"], again["seq"], again["dup"]) == (True, 2, True)
        assert owl.open(room, after=2)["events"] == []
    assert _bodies(history(wired, str(other["access"]), str(room))) == ["told", "committed"]


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER])
def test_a_commit_of_unknown_outcome_is_retried_into_exactly_one(
    wire: PgWire, wired: Server, pair: tuple[Json, Json], fault: Fault
) -> None:
    """faults.md 14. Guard: after an unknown outcome a room forgets its state and loads the log."""
    one, other = pair
    room = one["room"]
    with calling(wired.ws_url, one["access"]) as fox, calling(wired.ws_url, other["access"]) as owl:
        for phone in (fox, owl):
            phone.open(room)
        assert fox.say(room, "a", "before")["ok"] is True
        wire.arm(fault)
        refused = fox.say(room, "b", "in the air")
        assert (refused["ok"], refused["code"]) == (False, "unavailable")
        assert not wire.armed
        if fault is Fault.CUT_AFTER:
            assert wire.committed.wait(_S_MAX)
        again = fox.say(room, "b", "in the air")
        stored = fault is Fault.CUT_AFTER
        assert (again["ok"], again["seq"], again["dup"]) == (True, 2, stored)
        assert fox.say(room, "c", "after")["seq"] == 3
        heard = [owl.event("msg.new") for _ in range(3)]
    assert [event["seq"] for event in heard] == [1, 2, 3]
    assert _bodies(heard) == ["before", "in the air", "after"]
    log = history(wired, str(one["access"]), str(room))
    assert _bodies(log) == ["before", "in the air", "after"]


def _bodies(events: object) -> list[object]:
    assert isinstance(events, list)
    return [event["body"] for event in events]
