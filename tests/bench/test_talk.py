"""The generator against real sockets: an honest server passes, each kind of fault is noticed."""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from bench.errors import UnusableError
from bench.load import talk
from bench.load.crowd import Crowd
from bench.load.dialect import Seat
from bench.load.glimpse import PlainDialect
from bench.load.talk import Talk
from bench.measure import tree
from bench.targets import loopback, started

FAULTY = Path(__file__).with_name("faulty_peer.py")
MESSAGES = 40


def conversation(fault: str, *, room_size: int = 4, in_flight: int = 1) -> Talk:
    """Let four clients talk over a server with `fault`, and return what was heard."""
    environment = {"PYTHONPATH": str(FAULTY.parents[2])}
    with started("faulty", [sys.executable, str(FAULTY), fault], environment) as target:
        host, port, _ = loopback(target.url)
        with Crowd(PlainDialect(), host, port) as crowd:
            crowd.join([Seat("", f"r{index // room_size}") for index in range(4)])
            talking = Talk(crowd, body_chars=64, tag="t")
            speakers = crowd.clients[::room_size]
            talking.run(speakers, messages=MESSAGES, in_flight=in_flight)
    return talking


@pytest.fixture(autouse=True)
def soon_stalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "STALL_S", 0.3)


@pytest.mark.parametrize(("room_size", "in_flight"), [(4, 1), (4, 16), (2, 1), (1, 3)])
def test_an_honest_server_has_no_faults(room_size: int, in_flight: int) -> None:
    talking = conversation("none", room_size=room_size, in_flight=in_flight)
    tally = talking.tally
    assert tally.told == []
    assert (talking.lost, talking.unacked, tally.doubled, tally.reordered) == (0, 0, 0, 0)
    assert sum(talking.latencies.slots) == MESSAGES * room_size


def test_a_lost_message_is_counted() -> None:
    talking = conversation("lose", in_flight=3)
    assert talking.lost == 1
    assert talking.tally.doubled == 0


def test_a_doubled_message_is_counted() -> None:
    talking = conversation("double")
    assert (talking.lost, talking.tally.doubled) == (0, 1)


def test_a_late_message_is_counted() -> None:
    talking = conversation("reorder", in_flight=3)
    assert (talking.lost, talking.tally.doubled, talking.tally.reordered) == (0, 0, 1)


def test_a_changed_body_is_noticed() -> None:
    talking = conversation("garble", in_flight=3)
    assert talking.lost == 4
    assert "a body nobody sent" in talking.tally.told[0]


def test_a_missing_ack_is_noticed() -> None:
    talking = conversation("unacked")
    assert (talking.lost, talking.unacked) == (0, 1)


def test_a_close_ends_the_run_with_its_code() -> None:
    with pytest.raises(UnusableError, match="4001 slow"):
        conversation("close")


def test_a_started_server_is_ended_even_if_it_will_not_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.targets.STOP_S", 0.2)
    code = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "print('ready http://127.0.0.1:1', flush=True)\n"
        "time.sleep(60)\n"
    )
    with started("stubborn", [sys.executable, "-c", code], {}) as target:
        members = tree(target.pid)
        assert len(members) == 2
    # Whoever inherits an orphan collects it in its own time.
    deadline = monotonic() + 10
    while any(tree(member.pid) for member in members) and monotonic() < deadline:
        sleep(0.01)
    assert [tree(member.pid) for member in members] == [[], []]


def test_a_server_that_ends_at_once_says_what_it_said() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such setting')"]
    with (
        pytest.raises(UnusableError, match=r"ended \(1\); it said: no such setting"),
        started("broken", command, {}),
    ):
        pass
