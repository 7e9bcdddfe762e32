"""The loop that makes HTTP calls by the clock: every call is answered, waited for, or an error."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
import pytest

from api.client import Call
from bench.errors import StuckError
from bench.load.calls import Asked, Calls

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n"


class Answer(msgspec.Struct):
    """What the small server says."""

    n: int


@contextmanager
def server(*answers: bytes) -> Iterator[int]:
    """Give each connection these answers, one for each call, and then close it."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=_serve, args=(door, answers))
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            door.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(door: socket.socket, answers: tuple[bytes, ...]) -> None:
    while True:
        try:
            line, _ = door.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(line, answers)).start()


def _answer(line: socket.socket, answers: tuple[bytes, ...]) -> None:
    # A caller may hang up in the middle of an answer that is none.
    with line, suppress(ConnectionError):
        for answer in answers:
            if not line.recv(65_536):
                break
            for part in (answer[:20], answer[20:]):
                line.sendall(part)


def one() -> Asked:
    return Asked("one", Call("GET", "/one", Answer), "token")


def told(answer: bytes, count: int = 4) -> list[str]:
    with server(*[answer] * count) as port, Calls(f"http://127.0.0.1:{port}") as calls:
        calls.run(one, rate=100, seconds=count / 100)
        assert sum(calls.all.latencies.slots) == calls.all.count
        return calls.tally.told


def test_a_call_is_answered_and_may_lead_to_one_that_is_not_counted() -> None:
    heard: list[int] = []

    def hear(answer: Answer) -> Asked:
        heard.append(answer.n)
        return Asked("more", Call("GET", "/more", Answer), None, lambda more: heard.append(more.n))

    with server(*[OK + b'{"n": 7}'] * 8) as port, Calls(f"http://127.0.0.1:{port}") as calls:
        passed = calls.run(
            lambda: Asked("one", Call("GET", "/one", Answer), None, hear), rate=50, seconds=0.08
        )
    assert heard == [7] * 8
    assert (calls.all.count, list(calls.figures), calls.tally.troubles) == (4, ["one"], 0)
    assert passed.seconds >= 0.06


def test_doors_take_turns_and_what_follows_a_call_goes_its_way() -> None:
    came: list[tuple[int, int]] = []

    def hear(first: Answer) -> Asked:
        def follow(more: Answer) -> None:
            came.append((first.n, more.n))

        return Asked("more", Call("GET", "/more", Answer), None, follow)

    with (
        server(*[OK + b'{"n": 1}'] * 20) as one_port,
        server(*[OK + b'{"n": 2}'] * 20) as other_port,
        Calls(f"http://127.0.0.1:{one_port}", f"http://127.0.0.1:{other_port}") as calls,
    ):
        calls.run(
            lambda: Asked("one", Call("GET", "/one", Answer), None, hear), rate=100, seconds=0.08
        )
    assert sorted(came) == [(1, 1)] * 4 + [(2, 2)] * 4


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (OK + b'{"n":"x"}'[:8], "one: GET /one"),
        (b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", "one: GET /one was answered with 500"),
        (b"HTTP/1.1 200 OK\r\n\r\nwithout a length", "the connection ended before the answer"),
    ],
)
def test_what_is_not_an_answer_is_an_error(answer: bytes, trouble: str) -> None:
    lines = told(answer)
    assert len(lines) == 4
    assert all(trouble in line for line in lines)


def test_a_connection_that_the_server_closes_is_opened_again() -> None:
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b'{"n": 7}'
    with server(closing) as port, Calls(f"http://127.0.0.1:{port}") as calls:
        calls.run(one, rate=100, seconds=0.05)
    assert (calls.all.count, calls.tally.told) == (5, [])


def test_a_call_waits_for_a_connection_and_its_wait_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.load.calls.LINES_MAX", 1)
    with server(*[OK + b'{"n": 7}'] * 20) as port, Calls(f"http://127.0.0.1:{port}") as calls:
        calls.run(one, rate=10_000, seconds=0.002)
    assert (calls.all.count, calls.tally.told) == (20, [])


def test_a_server_that_is_not_there_is_one_line() -> None:
    with server() as port:
        pass
    with (
        Calls(f"http://127.0.0.1:{port}") as calls,
        pytest.raises(StuckError, match="no connection"),
    ):
        calls.run(one, rate=10, seconds=0.1)


def test_a_server_that_does_not_answer_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.load.calls.STALL_S", 0.05)
    silence = [b""] * 2
    with (
        server(*silence) as port,
        Calls(f"http://127.0.0.1:{port}") as calls,
        pytest.raises(StuckError, match="1 calls were not answered"),
    ):
        calls.run(one, rate=100, seconds=0.01)
