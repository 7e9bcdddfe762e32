"""Clients that nobody here wrote, on the echo path of a real server in the test environment."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode as ForeignCode
from websockets.sync.client import connect

from api.gateway.echo import ECHO_PATH
from api.gateway.handshake import WEBSOCKET_PATH
from api.serve import websocket_paths
from api.settings import Environment, load_settings
from bench.peers.start import FOLDER, find_node, install
from tests.e2e.server import Server

SCRIPT = Path(__file__).with_name("echo.js")
_S_MAX = 60.0


@pytest.fixture(scope="module")
def echo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server in the test environment."""
    running = Server(tmp_path_factory.mktemp("echo") / "data", environment="test")
    running.start()
    yield f"ws://127.0.0.1:{running.ws_port}{ECHO_PATH}"
    assert running.stop() == 0


def test_websockets_hears_its_own_words(echo_url: str) -> None:
    with connect(echo_url, compression=None) as ws:
        for body in ("", "안녕 👋", "x" * 65_536, b"", b"\xff\0", b"x" * 65_535):
            ws.send(body)
            assert ws.recv(timeout=_S_MAX) == body
        ws.send(["one ", "two ", "three"])  # In fragments.
        assert ws.recv(timeout=_S_MAX) == "one two three"
        assert ws.ping(b"x" * 125).wait(_S_MAX)
        ws.close(4321, "그럼 이만")
    assert ws.close_code == 4321


def test_websockets_is_told_what_was_too_large(echo_url: str) -> None:
    with connect(echo_url, compression=None) as ws:
        ws.send(b"x" * 65_537)
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=_S_MAX)
    assert ws.close_code == ForeignCode.MESSAGE_TOO_BIG


def test_an_extension_that_is_offered_is_not_granted(echo_url: str) -> None:
    with connect(echo_url) as ws:
        assert ws.protocol.extensions == []
        ws.send("plain")
        assert ws.recv(timeout=_S_MAX) == "plain"


def test_npm_ws_hears_its_own_words(echo_url: str) -> None:
    node = find_node()
    install(node)
    done = subprocess.run(
        [node[0], "--input-type=module", "-", echo_url],
        cwd=FOLDER,
        input=SCRIPT.read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        timeout=_S_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_echo_is_not_the_way_in(echo_url: str) -> None:
    with (
        pytest.raises(InvalidStatus, match="404"),
        connect(echo_url.replace(ECHO_PATH, "/v1/echo/")),
    ):
        pass


@pytest.mark.parametrize("environment", ["dev", "bench", "production"])
def test_no_other_environment_serves_the_echo(environment: str) -> None:
    given = {"GLIMPSE_ENV": environment, "DATABASE_URL": "postgresql://x"}
    if environment == Environment.PRODUCTION:
        names = ("GLIMPSE_MASTER_KEY", "GLIMPSE_TOKEN_KEYS", "GLIMPSE_PHONE_KEY")
        given |= dict.fromkeys(names, "A" * 43 + "=")
        given |= {"GLIMPSE_SMS_URL": "https://texts.example", "GLIMPSE_SMS_TOKEN": "t"}
        given |= {"GLIMPSE_SMTP_URL": "smtp://m.example", "GLIMPSE_SMTP_FROM": "a@m.example"}
        given |= {"GLIMPSE_S3_BUCKET": "f", "GLIMPSE_S3_KEY_ID": "k", "GLIMPSE_S3_SECRET": "s"}
    assert websocket_paths(load_settings(given, Path("x"))) == {WEBSOCKET_PATH}
