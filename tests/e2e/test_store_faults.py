"""PostgreSQL restarts, hangs, is busy or only reads: refused in time, and over by itself."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pytest

from engine.limits import COMMIT_ROOMS_MAX, FENCE_LOOK_S, OUTBOX_POLL_S, ROOM_MAILBOX_MAX
from tests.e2e.phone import calling
from tests.e2e.probe import numbers, ready, until
from tests.e2e.rest import Json, seeded
from tests.e2e.server import Server, serving
from tests.e2e.victim import Victim, victim_server
from tests.e2e.writer import IN_FLIGHT, Writer, acked, check, history, load

WRITERS = 4
_RECOVERED_S_MAX = 10.0  # faults.md 9 and 10
_REFUSED_S_MAX = 2.0  # faults.md 9
_DOWN_S = FENCE_LOOK_S + OUTBOX_POLL_S  # whoever polls meets it
_UNREADY_S_MAX = 5.0  # faults.md 10
_CALLS = 48
_COMMITS = 10
_ANSWERED_S_MAX = 30.0


@pytest.fixture(scope="module")
def victim() -> Iterator[Victim]:
    """The database of this module's server."""
    with victim_server() as victim:
        yield victim


@pytest.fixture(scope="module")
def hurt(victim: Victim, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over it; whatever happens to its database, it has to live through all of this."""
    data = tmp_path_factory.mktemp("hurt") / "data"
    with serving(Server(data, environment="bench", database=victim.dsn)) as server:
        yield server


@pytest.fixture
def people(hurt: Server) -> list[Json]:
    """Pairs who will talk."""
    return seeded(hurt, users=WRITERS, groups=1, pairs=True)


def _more(writers: list[Writer], than: int) -> None:
    """See that messages go on being stored."""
    until(lambda: acked(writers) > than + WRITERS, within_s=_RECOVERED_S_MAX)


def _proved(server: Server, pid: int, writers: list[Writer]) -> None:
    assert server.pid == pid
    assert server.process is not None
    assert server.process.poll() is None
    assert not [line for line in server.lines if "Traceback" in line]
    for writer in writers:
        check(server, writer)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_restart_of_postgresql_costs_a_retry_and_nothing_else(
    victim: Victim, hurt: Server, people: list[Json], number: signal.Signals
) -> None:
    """faults.md 9. Guards: no connection is an outage and no bug, for those too who are alone in
    their process and poll; a room that loads again does not let its mail wait for long.
    """
    pid = hurt.pid
    one, numbers = people[0], count(1)
    with load(hurt, people) as writers, calling(hurt.ws_url, one["access"]) as fox:
        _more(writers, 0)
        with victim.down(number):
            over_s = time.monotonic() + _DOWN_S
            while (asked_s := time.monotonic()) < over_s:
                cid = f"c{next(numbers)}"
                assert fox.say(str(one["room"]), cid, cid)["code"] in {"busy", "unavailable"}
                assert time.monotonic() - asked_s <= _REFUSED_S_MAX
        until(lambda: ready(hurt), within_s=_RECOVERED_S_MAX)
        _more(writers, acked(writers))
    assert all(one.refused for one in writers), "somebody did not notice"
    _proved(hurt, pid, writers)


def test_a_postgresql_that_hangs_holds_nobody_for_long(
    victim: Victim, hurt: Server, people: list[Json]
) -> None:
    """faults.md 10. Guards: the bridge ends calls whose time is up; mailboxes are bounded."""
    pid = hurt.pid
    with load(hurt, people) as writers:
        _more(writers, 0)
        refused = [sum(one.refused.values()) for one in writers]
        with victim.hung():
            until(lambda: not ready(hurt), within_s=_UNREADY_S_MAX)
            # Each hears that its message is not stored for sure, since calls end by themselves:
            # the commit, and where it waited behind that, the loading of its room.
            until(
                lambda: all(
                    sum(one.refused.values()) > before
                    for one, before in zip(writers, refused, strict=True)
                ),
                within_s=_ANSWERED_S_MAX,
            )
            shown = numbers(hurt)
            assert shown["glimpse_mailbox_depth_max{room}"] <= ROOM_MAILBOX_MAX
            assert shown["glimpse_commit_queue"] <= COMMIT_ROOMS_MAX
        until(lambda: ready(hurt), within_s=_RECOVERED_S_MAX)
        _more(writers, acked(writers))
    _proved(hurt, pid, writers)


def test_calls_that_are_stuck_take_no_connection_from_the_chat(
    victim: Victim, hurt: Server, people: list[Json]
) -> None:
    """faults.md 11. Guards: the room log has connections of its own; a call ends within bounds."""
    answers: list[tuple[int, str]] = []
    over = threading.Event()

    def ask(person: Json) -> None:
        while not over.is_set():
            answers.append(_groups(hurt, person))

    with ThreadPoolExecutor(_CALLS) as pool, load(hurt, people) as writers:
        with victim.locked("groups"):
            calls = [pool.submit(ask, people[n % WRITERS]) for n in range(_CALLS)]
            try:
                until(lambda: not ready(hurt), within_s=_RECOVERED_S_MAX)
                # Some commits one after the other: behind the calls each would wait for seconds.
                goal = acked(writers) + _COMMITS * WRITERS * IN_FLIGHT
                until(lambda: acked(writers) > goal, within_s=_RECOVERED_S_MAX)
            finally:
                over.set()
            for call in calls:
                call.result()
        assert {status for status, _ in answers} == {503}
        assert {code for _, code in answers} <= {"busy", "unavailable"}
        until(lambda: _groups(hurt, people[0])[0] == 200, within_s=_RECOVERED_S_MAX)
    assert sum(sum(one.refused.values()) for one in writers) == 0, "the chat was hurt"
    for writer in writers:
        check(hurt, writer)


def _groups(server: Server, person: Json, made: Json | None = None) -> tuple[int, str]:
    """Look at the groups, or make one: a call that needs a connection of its own."""
    answer = httpx.request(
        "GET" if made is None else "POST",
        f"{server.url}/v1/groups",
        json=made,
        headers={"Authorization": f"Bearer {person['access']}"},
        timeout=_ANSWERED_S_MAX,
    )
    return answer.status_code, answer.json().get("code", "")


def test_a_database_that_only_reads_is_refused_cleanly_and_over_without_a_restart(
    victim: Victim, hurt: Server, people: list[Json]
) -> None:
    """faults.md 13. Guard: 25006 is an outage and no bug, for the chat and for REST."""
    pid = hurt.pid
    one = people[0]
    room, stored, numbers = str(one["room"]), [], count(1)
    with calling(hurt.ws_url, one["access"]) as fox:

        def say() -> Json:
            cid = f"c{next(numbers)}"
            answer = fox.say(room, cid, cid)
            if answer["ok"] is True:
                stored.append(cid)
            return answer

        assert say()["ok"] is True
        with victim.read_only():
            until(lambda: say()["ok"] is False, within_s=_RECOVERED_S_MAX)
            assert say()["code"] == "unavailable"
            assert _groups(hurt, one, {"type": "created", "name": "새로"}) == (503, "unavailable")
            assert [event["body"] for event in history(hurt, str(one["access"]), room)] == stored
        until(lambda: say()["ok"] is True, within_s=_RECOVERED_S_MAX)
    assert [event["body"] for event in history(hurt, str(one["access"]), room)] == stored
    assert hurt.pid == pid
