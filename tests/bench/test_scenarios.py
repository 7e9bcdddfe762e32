"""Every scenario in small against the real engine: its keys, its exit code, its eye for faults."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Generator, Iterator

import pytest

from bench.__main__ import main
from bench.load import churn as churn_module
from bench.load.churn import Churn, Pace
from bench.load.crowd import Crowd
from bench.load.dialect import Seat
from bench.load.glimpse import GlimpseDialect, Opened
from bench.load.stopped import RECEIVE_BYTES, count_cut
from bench.scenarios import rooms
from bench.sides import our_side
from bench.targets import Target, glimpse_server, glimpse_settings

CHAT = {"scenario", "clients", "messages", "deliveries", "cpu_us_per_delivery", "lost", "doubled"}
CHAT |= {"p50_ms", "p95_ms", "p99_ms", "generator_share", "messages_per_second"}


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """An engine in the bench environment."""
    with glimpse_settings() as settings, glimpse_server(settings) as running:
        yield running


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        ("fanout --clients 10 --messages 50 --runs 1", CHAT),
        ("burst --clients 10 --messages 50 --runs 1 --peer rawsend", {*CHAT, "peer", "ratio"}),
        ("durable --clients 10 --messages 200 --runs 1", CHAT),
        ("connect --clients 50 --runs 1", {"rss_kb_per_session", "connects_per_second", "p99_ms"}),
        (
            "rest --users 60 --groups 6 --rate 100 --seconds 1",
            {"requests_per_second", "p50_ms", "p95_ms", "p99_ms", "errors", "by_call"},
        ),
        (
            "mixed --clients 10 --rate 100 --sign-in-rate 40 --seconds 1 --runs 1",
            {"p99_ms", "p99_ms_without", "ratio_p99", "sign_in_calls", "errors"},
        ),
        (
            "churn --clients 20 --rate 200 --seconds 2 --reconnect-percent 3000",
            {*CHAT, "reconnects", "resumed"},
        ),
    ],
)
def test_a_small_run_prints_its_keys_on_one_line(
    arguments: str,
    keys: set[str],
    target: Target,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.rounds.WARM_UP_DELIVERIES_MIN", 100)
    monkeypatch.setattr("bench.scenarios.connect.FIRST_CLIENTS", 5)
    monkeypatch.setattr("bench.scenarios.rest.PHONES", 20)
    monkeypatch.setattr("bench.scenarios.rest.WARM_UP_S", 0.2)
    monkeypatch.setattr("bench.scenarios.mixed.PHONES", 40)
    assert main([*arguments.split(), "--url", target.url, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    figures = json.loads(line)
    assert keys - set(figures) == set()
    assert [figures.get(name, 0) for name in ("lost", "doubled", "faults", "errors")] == [0] * 4


def test_a_small_ledger_comes_out_even(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["ledger", "--spends", "1000", "--orders", "60", "--open-orders", "120", "--json"])
        == 0
    )
    figures = json.loads(capsys.readouterr().out)
    wanted = {"spends_per_second", "webhooks_per_second", "reconciled_per_second", "rss_growth_mb"}
    assert wanted <= set(figures)
    assert figures["open_orders"] == 120
    assert (figures["sum"], figures["negative_accounts"]) == (0, 0)
    assert (figures["lost"], figures["doubled"], figures["refused"]) == (0, 0, 2_000)


def test_who_stops_reading_is_cut_off_and_costs_the_others_no_message(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = "slow --clients 3 --slow 2 --rate 1500 --seconds 4 --runs 1 --json"
    assert main([*arguments.split(), "--url", target.url]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["cut"], figures["messages"]) == (2, 6_000)
    assert (figures["lost"], figures["doubled"], figures["faults"]) == (0, 0, 0)
    assert {"p99_ms", "p99_ms_without", "ratio_p99", "rss_growth_mb"} <= set(figures)


def test_who_is_read_to_the_end_is_not_counted_as_cut(target: Target) -> None:
    with (
        our_side(2, 2, codec="json", url=target.url) as side,
        Crowd(side.dialect, side.host, side.port, receive_bytes=RECEIVE_BYTES) as crowd,
    ):
        crowd.join(side.seats)
        for client in crowd.clients:
            client.sock.shutdown(socket.SHUT_WR)
        assert count_cut(crowd) == 0


def test_rooms_are_woken_checked_and_put_away_again(target: Target) -> None:
    seats = rooms._seeded(target, 12)
    assert len({seat.room for seat in seats}) == 12
    wakes = rooms._wake(target, seats, "json", 4)
    assert len(wakes.took_ms) == 12
    assert all(took > 0 for took in wakes.took_ms)
    assert (wakes.talk.lost, wakes.talk.unacked, wakes.talk.tally.told) == (0, 0, [])
    # They are put away after a minute; until then the server counts them.
    assert rooms._awake(target) >= 12


class Lying(GlimpseDialect):
    """Spoils what a client that comes back is told it missed."""

    def __init__(self, lie: str) -> None:
        super().__init__("json")
        self._lie = lie

    def resume(self, seat: Seat, seq: int) -> Generator[bytes, bytes, Opened]:
        opened = yield from super().resume(seat, seq)
        if self._lie == "unrecovered":
            opened.recovered = False
        elif opened.events:
            opened.events = opened.events[1:] if self._lie == "lose" else opened.events * 2
        return opened


def passage(target: Target, dialect: GlimpseDialect) -> Churn:
    """Let ten pairs talk while everybody is cut off again and again."""
    with (
        our_side(20, 2, codec="json", url=target.url) as side,
        Crowd(dialect, side.host, side.port) as crowd,
    ):
        crowd.join(side.seats)
        crowd.settle()
        churn = Churn(crowd, dialect, body_chars=64, tag="t")
        pace = Pace(messages_per_s=300, cuts_per_s=20, seconds=1.5, in_flight_max=1_000)
        assert churn.pass_by(pace, random.Random(7)).reconnects > 5
    return churn


@pytest.fixture(autouse=True)
def soon_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn_module, "AWAY_S", 0.2)
    monkeypatch.setattr(churn_module, "STALL_S", 1.0)


def test_who_comes_back_is_told_exactly_what_was_missed(target: Target) -> None:
    churn = passage(target, GlimpseDialect("json"))
    assert (churn.lost, churn.unacked, churn.tally.doubled, churn.tally.told) == (0, 0, 0, [])
    assert sum(churn.resumed.slots) > 0


def test_a_gap_after_coming_back_is_noticed(target: Target) -> None:
    assert passage(target, Lying("lose")).lost > 0


def test_a_double_after_coming_back_is_noticed(target: Target) -> None:
    churn = passage(target, Lying("double"))
    assert churn.tally.doubled > 0
    assert churn.lost == 0


def test_a_room_that_cannot_be_resumed_is_noticed(target: Target) -> None:
    assert "could not resume" in passage(target, Lying("unrecovered")).tally.told[0]
