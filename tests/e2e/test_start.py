"""Starts that are refused say why in one line; a server that is asked to stop stops cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.server import ROOT, Server, free_port

_REFUSED = 2
_S_MAX = 60.0


def _start(**environ: str) -> tuple[int, str]:
    """Try to start; return the exit code and what was said."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GLIMPSE_", "DATABASE_"))}
    ports = {"GLIMPSE_HTTP_PORT": str(free_port()), "GLIMPSE_WS_PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "-m", "api", "dev"],
        cwd=ROOT,
        env=kept | ports | environ,
        capture_output=True,
        text=True,
        timeout=_S_MAX,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def _one_line(said: str) -> str:
    assert len(said.splitlines()) == 1, said
    assert said.startswith("glimpse: ")
    return said


def test_a_second_server_on_the_same_folder_is_refused(server: Server) -> None:
    code, said = _start(GLIMPSE_DATA_DIR=str(server.data_dir))
    assert code == _REFUSED
    assert "in use" in _one_line(said)
    assert httpx.get(f"{server.url}/health/ready").status_code == 200


@pytest.mark.parametrize("name", ["GLIMPSE_HTTP_PORT", "GLIMPSE_WS_PORT"])
def test_a_taken_port_is_named(tmp_path: Path, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = _start(GLIMPSE_DATA_DIR=str(tmp_path / "data"), **{name: port})
    assert code == _REFUSED
    assert port in _one_line(said)
    assert name in said


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    code, said = _start(GLIMPSE_DATA_DIR=str(tmp_path / "file" / "data"))
    assert code == _REFUSED
    assert str(tmp_path / "file") in _one_line(said)


def test_a_database_of_another_version_is_named(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", environment="bench")
    server.start()
    assert server.stop() == 0
    versions = list((tmp_path / "data").rglob("PG_VERSION"))
    top = min(versions, key=lambda path: len(path.parts))
    top.write_text("9\n")
    code, said = _start(GLIMPSE_DATA_DIR=str(tmp_path / "data"), GLIMPSE_ENV="bench")
    assert code == _REFUSED
    assert "9" in _one_line(said)


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"GLIMPSE_ENV": "staging"}, "GLIMPSE_ENV"),
        ({"GLIMPSE_HTTP_PROT": "80"}, "GLIMPSE_HTTP_PROT"),
        ({"GLIMPSE_ENV": "production"}, "GLIMPSE_MASTER_KEY"),
        ({"GLIMPSE_MASTER_KEY": "short"}, "GLIMPSE_MASTER_KEY"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "database"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, environ: dict[str, str], word: str) -> None:
    code, said = _start(**({"GLIMPSE_DATA_DIR": str(tmp_path / "data")} | environ))
    assert code == _REFUSED
    assert word in _one_line(said)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_and_the_data_stays(tmp_path: Path, number: int) -> None:
    server = Server(tmp_path / "data", environment="bench")
    for _ in range(2):
        server.start()
        assert server.process is not None
        assert httpx.get(f"{server.url}/health/ready").json() == {"status": "ok"}
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
        assert not [line for line in server.lines if "Traceback" in line]
        server.stop()
