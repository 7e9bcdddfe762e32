"""The processes of the Procfile, each by itself over one PostgreSQL: REST here, sockets there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
import pytest
from websockets.sync.client import connect

from engine.limits import NICENESS_BEHIND_CHAT
from tests.e2e.rest import Person, sign_in
from tests.e2e.server import ROOT, Server
from tests.e2e.talk import ask, end_of, event
from tests.postgres import databases_of

_S_MAX = 60.0


@contextmanager
def _process(environ: dict[str, str], *words: str) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "api", *words],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
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
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(_S_MAX)
        reader.join(_S_MAX)
        process.stdout.close()
    assert code == 0, "".join(lines)


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[tuple[Server, dict[str, int]]]:
    """`release`, then `web`, `realtime` and `worker`, each a process of its own."""
    database = databases_of(pytestconfig).empty()
    server = Server(tmp_path_factory.mktemp("split") / "data", database=database)
    environ = server.environ()
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
        commands = (("serve", "--role", "web"), ("serve", "--role", "realtime"), ("worker",))
        pids = {words[-1]: stack.enter_context(_process(environ, *words)) for words in commands}
        yield server, pids


@pytest.fixture(scope="module")
def split(started: tuple[Server, dict[str, int]]) -> Server:
    """Where both answer."""
    return started[0]


def test_rest_and_the_worker_let_those_who_chat_go_first(
    started: tuple[Server, dict[str, int]],
) -> None:
    """Each of them leads a session of its own here, and the kernel weighs those first."""
    for role, pid in started[1].items():
        polite = 0 if role == "realtime" else NICENESS_BEHIND_CHAT
        assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + polite
        session = Path(f"/proc/{pid}/autogroup")
        if session.exists():
            assert session.read_text().endswith(f"nice {polite}\n")


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
            assert ask(ws, op="hello", id=1, token=person.access)["ok"] is True
        for person, nickname in ((first, "사람1"), (second, "사람0")):
            like = {"member": _member(person, group, nickname), "intent": "romantic"}
            person.call("POST", f"/v1/groups/{group}/likes", like, status=202)
        told, told_other = event(one, "match.new"), event(other, "match.new")
        assert (told["match"], told["room"]) == (told_other["match"], told_other["room"])
        for ws in (one, other):
            assert ask(ws, op="room.open", id=2, room=told["room"])["ok"] is True
        said = {"op": "msg.send", "room": told["room"], "cid": "a", "kind": "text", "body": "여기"}
        assert ask(one, id=3, **said)["ok"] is True
        assert event(other, "msg.new")["body"] == "여기"
        second.call("DELETE", f"/v1/matches/{told['match']}", status=204)
        assert event(one, "room.closed")["room"] == told["room"]
        first.call("POST", "/v1/auth/logout", status=204)
        assert end_of(one) == 4501
    for person in people:
        person.http.close()


# The news of a sign-out is lost on its way: what is left is the look of each process for itself.
_DEAF = (
    "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    """CREATE TRIGGER lose BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.kind = 'signed_out')
    EXECUTE FUNCTION lose()""",
)
_HEARING = ("DROP TRIGGER lose ON outbox", "DROP FUNCTION lose")


@pytest.mark.parametrize("told", [True, False])
def test_who_is_signed_out_here_is_put_out_there(split: Server, *, told: bool) -> None:
    """faults.md 70. Guards: the notice, and where it is lost a look of its own at every device."""
    number = f"010-3010-000{int(told)}"
    kept, *lost = [sign_in(split, number, f"기기들{int(told)}") for _ in range(4)]
    left, found, stolen = lost
    with ExitStack() as stack:
        if not told:
            _run(split, *_DEAF)
            stack.callback(_run, split, *_HEARING)
        calm, *ending = [stack.enter_context(connect(split.ws_url)) for _ in range(4)]
        for ws, person in zip((calm, *ending), (kept, *lost), strict=True):
            assert ask(ws, op="hello", id=1, token=person.access)["ok"] is True
        left.call("POST", "/v1/auth/logout", status=204)
        (theirs,) = [one["device"] for one in found.items("/v1/devices") if one["here"]]
        kept.call("DELETE", f"/v1/devices/{theirs}", status=204)
        for status in (200, 401):
            stolen.call("POST", "/v1/auth/refresh", {"refresh": stolen.refresh}, status=status)
        assert [end_of(ws) for ws in ending] == [4501] * 3
        assert ask(calm, op="room.open", id=2, room="r" * 16)["code"] == "not_found"
        for person in lost:
            again = stack.enter_context(connect(split.ws_url))
            assert ask(again, op="hello", id=1, token=person.access)["code"] == "unauthenticated"
            assert end_of(again) == 4501
    for person in (kept, *lost):
        person.http.close()


def _run(server: Server, *statements: str) -> None:
    async def work() -> None:
        assert server.database is not None
        database = await asyncpg.connect(server.database)
        try:
            for statement in statements:
                await database.execute(statement)
        finally:
            await database.close()

    asyncio.run(work())
