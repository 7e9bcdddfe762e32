"""The processes of the Procfile, each by itself over one PostgreSQL: REST here, sockets there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.rest import Person, sign_in
from tests.e2e.server import ROOT, Server
from tests.postgres import databases_of

_S_MAX = 60.0


@contextmanager
def _process(environ: dict[str, str], *words: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "api", *words],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    up = threading.Event()

    def read(stream: Iterator[str]) -> None:
        for line in stream:
            lines.append(line)
            if line.startswith("ready "):
                up.set()

    reader = threading.Thread(target=read, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        assert up.wait(_S_MAX), "".join(lines)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(_S_MAX)
        reader.join(_S_MAX)
        process.stdout.close()
    assert code == 0, "".join(lines)


@pytest.fixture
def split(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Server]:
    """`release`, then `web`, `realtime` and `worker`, each a process of its own."""
    server = Server(tmp_path / "data")
    environ = server.environ() | {"DATABASE_URL": databases_of(pytestconfig).empty()}
    for words in (["migrate"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "api", *words],
            cwd=ROOT,
            env=environ,
            timeout=_S_MAX,
            check=False,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
    with ExitStack() as stack:
        stack.enter_context(_process(environ, "serve", "--role", "web"))
        stack.enter_context(_process(environ, "serve", "--role", "realtime"))
        stack.enter_context(_process(environ, "worker"))
        yield server


def _ask(ws: ClientConnection, **op: object) -> dict[str, object]:
    ws.send(json.dumps(op))
    while True:
        frame: dict[str, object] = json.loads(ws.recv(timeout=10))
        if frame.get("re") == op["id"]:
            return frame


def _event(ws: ClientConnection, name: str) -> dict[str, object]:
    while True:
        frame: dict[str, object] = json.loads(ws.recv(timeout=10))
        if frame.get("ev") == name:
            return frame


def _member(person: Person, group: object, nickname: str) -> object:
    people = person.items(f"/v1/groups/{group}/members")
    return next(one["member"] for one in people if one["nickname"] == nickname)


def test_a_match_made_by_rest_is_told_by_the_other_process(split: Server) -> None:
    people = [
        sign_in(split, f"010-3000-000{number}", f"사람{number}", gender)
        for number, gender in enumerate(("female", "male", "female", "male"))
    ]
    first, second = people[:2]
    group = first.call("POST", "/v1/groups", {"type": "created", "name": "둘로"}, status=201)[
        "group"
    ]
    for person in people[1:]:
        person.call("POST", f"/v1/groups/{group}/join", {})
    with connect(split.ws_url) as one, connect(split.ws_url) as other:
        for ws, person in ((one, first), (other, second)):
            assert _ask(ws, op="hello", id=1, token=person.access)["ok"] is True
        for person, nickname in ((first, "사람1"), (second, "사람0")):
            like = {"member": _member(person, group, nickname), "intent": "romantic"}
            person.call("POST", f"/v1/groups/{group}/likes", like, status=202)
        told, told_other = _event(one, "match.new"), _event(other, "match.new")
        assert (told["match"], told["room"]) == (told_other["match"], told_other["room"])
        for ws in (one, other):
            assert _ask(ws, op="room.open", id=2, room=told["room"])["ok"] is True
        said = {"op": "msg.send", "room": told["room"], "cid": "a", "kind": "text", "body": "여기"}
        assert _ask(one, id=3, **said)["ok"] is True
        assert _event(other, "msg.new")["body"] == "여기"
        second.call("DELETE", f"/v1/matches/{told['match']}", status=204)
        assert _event(one, "room.closed")["room"] == told["room"]
        first.call("POST", "/v1/auth/logout", status=204)
        with suppress(ConnectionClosed):
            while one.recv(timeout=10):
                pass
        assert one.close_code == 4501
    for person in people:
        person.http.close()
