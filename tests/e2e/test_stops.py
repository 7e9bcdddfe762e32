"""A process is asked to stop under load: told to move, finished, gone; and what hurries it."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from engine.limits import DRAIN_SPREAD_MS
from tests.e2e.phone import calling
from tests.e2e.probe import until
from tests.e2e.rest import Json, seeded
from tests.e2e.server import Server, serving
from tests.e2e.writer import Writer, check, load

WRITERS = 8
_MOVE = 4000  # protocol.md 3.5
_S_MAX = 10.0
_HURRY_S = (0.0, 0.3)
# By then only calls of REST are under way: they have seconds yet.
_CHAT_IS_OVER_S = 0.5
# A signal that comes sooner is the same one, passed on by a parent (api/serve.py).
_OTHER_SIGNAL_S = 1.2


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of this module: each test stops it, and starts it again."""
    data = tmp_path_factory.mktemp("stopped") / "data"
    with serving(Server(data, environment="bench")) as server:
        yield server


@pytest.fixture
def people(stopped: Server) -> list[Json]:
    """Pairs who talk."""
    return seeded(stopped, users=WRITERS, groups=1, pairs=True)


def _knock(server: Server) -> bool:
    """Say whether somebody opens."""
    try:
        socket.create_connection(("127.0.0.1", server.ws_port), _S_MAX).close()
    except ConnectionRefusedError:
        return False
    return True


def _all_talk(writers: list[Writer]) -> None:
    """See that everybody is there and goes on."""
    before = [len(one.acked) for one in writers]

    def more() -> bool:
        return all(len(one.acked) > had for one, had in zip(writers, before, strict=True))

    until(more, within_s=_S_MAX)


def _half_a_call(server: Server, person: Json) -> tuple[socket.socket, bytes]:
    """Begin a call and stop in the middle of its body; return the other half."""
    body = '{"type":"created","name":"우리 모임"}'.encode()
    head = [
        "POST /v1/groups HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {person['access']}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
    ]
    sock = socket.create_connection(("127.0.0.1", server.http_port), _S_MAX)
    sock.sendall("\r\n".join([*head, "", ""]).encode())
    assert sock.recv(65_536).startswith(b"HTTP/1.1 100"), "nobody asks for the body"
    sock.sendall(body[:10])
    return sock, body[10:]


def _answer(sock: socket.socket) -> bytes:
    """Read what comes until the server hangs up."""
    said = b""
    with sock, suppress(ConnectionResetError):
        while data := sock.recv(65_536):
            said += data
    return said


def test_asked_to_stop_it_tells_all_finishes_and_loses_nothing(
    stopped: Server, people: list[Json], rounds: int
) -> None:
    """faults.md 27. Guards: the door shuts, all are told, what is under way is finished."""
    server = stopped
    with load(server, people) as writers:
        for round_ in range(rounds):
            _all_talk(writers)
            call, rest = _half_a_call(server, people[0])
            with calling(server.ws_url, people[0]["access"]) as phone:
                server.ask_to_stop()
                told = phone.event("session.draining")
                assert 0 <= int(str(told["retry_after_ms"])) <= DRAIN_SPREAD_MS
                until(lambda: not _knock(server), within_s=_S_MAX)
                assert phone.closed()[0] == _MOVE
            time.sleep(_CHAT_IS_OVER_S)
            call.sendall(rest)
            assert _answer(call).startswith(b"HTTP/1.1 201")
            assert server.ended() == 0
            assert not [line for line in server.lines if "Traceback" in line]
            server.start()
            _all_talk(writers)
            for writer in writers:
                assert (writer.draining, writer.closes) == (round_ + 1, {_MOVE: round_ + 1})
    for writer in writers:
        check(server, writer)


def test_a_second_signal_ends_what_waits_and_loses_nothing(
    stopped: Server, people: list[Json]
) -> None:
    """faults.md 29. Guard: a later signal cancels the drain instead of waiting for it."""
    server = stopped
    with load(server, people) as writers:
        _all_talk(writers)
        call, _ = _half_a_call(server, people[0])  # REST would wait for the other half
        with calling(server.ws_url, people[0]["access"]) as phone:
            server.ask_to_stop()
            phone.event("session.draining")
            time.sleep(_OTHER_SIGNAL_S)
            server.ask_to_stop()
            assert server.ended() == 0
        assert _answer(call) == b""
        server.start()
        _all_talk(writers)
    for writer in writers:
        check(server, writer)


def test_killed_while_it_drains_it_loses_nothing_acknowledged(
    stopped: Server, people: list[Json], rng: random.Random, rounds: int
) -> None:
    """faults.md 29: the grace is over before the drain is, at any moment of it."""
    server = stopped
    with load(server, people) as writers:
        for _ in range(rounds):
            _all_talk(writers)
            server.ask_to_stop()
            time.sleep(rng.uniform(*_HURRY_S))
            server.kill()
            server.start()
        _all_talk(writers)
    for writer in writers:
        check(server, writer)
