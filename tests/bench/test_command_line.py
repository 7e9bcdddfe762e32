"""`python -m bench`: what it lists, what it refuses, with which code and on which stream."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from bench.__main__ import main
from bench.errors import UnusableError
from bench.peers.start import FOLDER
from bench.scenarios import SCENARIOS
from bench.targets import free_port, loopback


class SeedHandler(http.server.BaseHTTPRequestHandler):
    """Answers a seed request with as many lines as it is told to."""

    asked: ClassVar[list[object]] = []
    status = 200
    lines = 3

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()
        if self.status != 200:
            self.wfile.write(b'{"code": "forbidden", "detail": "not in production"}')
            return
        for user in range(self.lines):
            line = {"user": user, "access": "t", "group": "g", "member": "m"}
            self.wfile.write(json.dumps(line).encode() + b"\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        pass


@pytest.fixture
def seed_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(SeedHandler, "asked", [])
    with http.server.HTTPServer(("127.0.0.1", 0), SeedHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_without_a_name_it_lists_the_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = capsys.readouterr().out
    for scenario in SCENARIOS:
        assert scenario.name in listed


def test_seed_passes_the_lines_on(
    seed_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "accounts.jsonl"
    order = ["seed", "--users", "3", "--groups", "1", "--url", seed_url]
    assert main([*order, "--pairs", "--room-size", "3", "--out", str(out)]) == 0
    assert [json.loads(line)["user"] for line in out.read_text().splitlines()] == [0, 1, 2]
    assert SeedHandler.asked == [{"users": 3, "groups": 1, "pairs": True, "room_size": 3}]
    assert capsys.readouterr().out == ""


def test_a_refused_seed_is_one_line_and_leaves_the_file_alone(
    seed_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SeedHandler, "status", 403)
    out = tmp_path / "accounts.jsonl"
    out.write_text("kept")
    order = ["seed", "--users", "3", "--groups", "1", "--url", seed_url, "--out", str(out)]
    assert main(order) == 2
    said = capsys.readouterr().err.splitlines()
    assert said == ["bench: the server refuses to seed: 403 forbidden not in production"]
    assert out.read_text() == "kept"


def test_a_seed_that_stops_halfway_is_an_error(
    seed_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SeedHandler, "lines", 2)
    out = str(Path("/dev/null"))
    order = ["seed", "--users", "3", "--groups", "1", "--url", seed_url, "--out", out]
    assert main(order) == 2
    assert "seeded 2 of 3 users" in capsys.readouterr().err


def test_no_server_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert main(["seed", "--users", "1", "--groups", "1", "--url", url]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"bench: no server answers at {url}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("fanout --clients 1", "--clients must be 2 to"),
        ("fanout --clients 10 --messages 0", "--messages must be 1 to"),
        ("fanout --clients 10 --in-flight 0", "--in-flight must be 1 to"),
        ("fanout --clients 10 --body-chars 1001", "--body-chars must be 16 to 1000"),
        ("fanout --clients 10 --runs 0", "--runs must be 1 to"),
        ("fanout --clients 20000 --messages 1000000", "deliveries"),
        ("pairs --clients 7", "must be even"),
        ("connect --clients 0", "--clients must be 1 to"),
        ("durable --clients 7", "must be even"),
        ("churn --clients 7", "must be even"),
        ("churn --rate 0", "--rate must be 1 to"),
        ("churn --seconds 3600 --rate 50000", "messages (--rate × --seconds)"),
        ("churn --url http://192.0.2.1:8080", "on this machine only"),
        ("rest --users 1", "--users must be 2 to"),
        ("rest --users 10 --groups 6", "--groups must be 1 to 5"),
        ("rest --rate 0", "--rate must be 1 to"),
        ("rest --rate 10000 --seconds 3600", "calls (--rate × --seconds)"),
        ("rest --url http://192.0.2.1:8080", "on this machine only"),
        ("mixed --clients 7", "must be even"),
        ("mixed --sign-in-rate 0", "--sign-in-rate must be 1 to"),
        ("rooms --rooms 0", "--rooms must be 1 to"),
        ("rooms --rooms 10 --touch 11", "--touch must be 1 to 10"),
        ("compare --runs 0", "--runs must be 1 to"),
        ("compare --room 1", "--room must be 2 to"),
        ("fanout --url http://192.0.2.1:8080", "on this machine only"),
        ("seed --users 0 --groups 1", "--users must be 1 to"),
        ("seed --users 5 --groups 6", "--groups must be 1 to"),
        ("seed --users 5 --groups 1 --room-size 6", "--room-size must be 2 to"),
        ("seed --users 5 --groups 1 --url https://127.0.0.1", "not an http or ws address"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_name(
    arguments: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 2
    said = capsys.readouterr()
    assert complaint in said.err
    assert said.out == ""


@pytest.mark.parametrize("arguments", ["nothing", "fanout --peer nobody", "fanout --clients x"])
def test_wrong_words_are_refused_by_argparse(arguments: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments.split())
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("http://127.0.0.1:8080", ("127.0.0.1", 8080, "/")),
        ("ws://localhost:81/v1/ws", ("127.0.0.1", 81, "/v1/ws")),
        ("http://[::1]:82", ("::1", 82, "/")),
    ],
)
def test_loopback_is_allowed(url: str, where: tuple[str, int, str]) -> None:
    assert loopback(url) == where


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://10.0.0.1", "http://0.0.0.0", "http://x:y", "127.0.0.1"]
)
def test_every_other_target_is_refused(url: str) -> None:
    with pytest.raises(UnusableError):
        loopback(url)


def test_the_peers_lock_names_no_host() -> None:
    lock = (FOLDER / "package-lock.json").read_text()
    assert "://" not in lock
    assert "resolved" not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert packages["node_modules/socket.io"]["version"].startswith("4.8.")
