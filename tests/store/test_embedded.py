"""The embedded server: found again after a crash, kept to one owner, and no folder loosened."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from store.asyncio_bridge import open_bridge
from store.connection import connect
from store.embedded import EmbeddedPostgres, open_embedded
from store.embedded import programs as programs_module
from store.embedded.owner import Owner
from store.embedded.programs import find_programs
from store.errors import StartRefused

ROOT = Path(__file__).resolve().parents[2]

OWNER = """
import sys, time
from pathlib import Path
from store.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


def ask(dsn: str, sql: str) -> object:
    """Run one statement and return its first value."""

    async def work() -> object:
        connection = await connect(dsn)
        try:
            found: object = await connection.fetchval(sql)
            return found
        finally:
            await connection.close(timeout=5)

    async def main() -> object:
        async with open_bridge() as bridge:
            return await bridge.call(work)

    return trio.run(main)


def start_elsewhere(data_dir: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a server from another process; return that process and the server's number."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    return owner, int(owner.stdout.readline())


def kill(owner: subprocess.Popen[str]) -> None:
    """Kill a process as a crash would."""
    owner.kill()
    owner.communicate()


def refusal(data_dir: Path) -> str:
    """Try to start there and return the line that refuses it."""
    with pytest.raises(StartRefused) as refused:
        EmbeddedPostgres(data_dir).start()
    line = str(refused.value)
    assert "\n" not in line
    return line


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a stopped database, to copy."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("made") / "data")
    server.start()
    ask(server.dsn, "CREATE TABLE kept AS SELECT 7 AS word")
    server.stop()
    return server.data_dir


@pytest.fixture
def data_dir(made: Path, tmp_path: Path) -> Path:
    """A copy of a data folder, with its owners."""
    target = tmp_path / "data"
    subprocess.run(["cp", "-a", made, target], check=True)
    return target


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A running server with something in it."""
    running = EmbeddedPostgres(data_dir)
    running.start()
    yield running
    running.stop()
    assert running.processes() == set()


def test_durability_is_on_and_only_the_socket_listens(server: EmbeddedPostgres) -> None:
    settings = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
    found = [ask(server.dsn, f"SELECT current_setting('{name}')") for name in settings]
    assert found == ["on", "on", "on", ""]
    assert ask(server.dsn, "SELECT current_user || ' ' || current_database()") == "glimpse glimpse"
    assert ask(server.dsn, "SELECT rolsuper FROM pg_roles WHERE rolname = 'glimpse'") is False
    sockets = [path for path in server.cluster.iterdir() if path.is_socket()]
    assert len(sockets) == 1
    assert stat.S_IMODE(server.cluster.stat().st_mode) == 0o700


def test_only_its_owner_and_root_may_connect(server: EmbeddedPostgres) -> None:
    rules = (server.cluster / "pg_hba.conf").read_text().splitlines()
    assert rules == ["local all all peer map=glimpse"]


def test_a_stopped_database_is_there_at_the_next_start(data_dir: Path) -> None:
    for _ in range(2):
        server = EmbeddedPostgres(data_dir)
        server.start()
        assert ask(server.dsn, "SELECT word FROM kept") == 7
        server.stop()
        assert server.pid is None


def test_a_killed_postgres_is_brought_up_again_with_its_data(server: EmbeddedPostgres) -> None:
    ask(server.dsn, "UPDATE kept SET word = 8")
    pid = server.pid
    assert pid is not None
    assert not server.keep()
    os.kill(pid, signal.SIGKILL)
    while server.pid is not None:
        time.sleep(0.01)
    assert server.keep()
    assert server.pid not in (None, pid)
    assert ask(server.dsn, "SELECT word FROM kept") == 8


async def test_the_keeper_brings_a_killed_server_up_by_itself(data_dir: Path) -> None:
    async with open_embedded(data_dir) as server:
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with trio.fail_after(10):
            while server.pid in (None, pid):  # noqa: ASYNC110  # nothing tells us when
                await trio.sleep(0.02)
    assert server.pid is None


def test_the_server_of_a_killed_owner_is_taken_over(data_dir: Path) -> None:
    owner, pid = start_elsewhere(data_dir)
    kill(owner)
    server = EmbeddedPostgres(data_dir)
    server.start()
    try:
        assert server.pid == pid
        assert ask(server.dsn, "SELECT word FROM kept") == 7
    finally:
        server.stop()
    assert server.pid is None


def test_a_server_left_with_other_settings_is_restarted(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, pid = start_elsewhere(data_dir)
    kill(owner)
    monkeypatch.setitem(sys.modules["store.embedded.cluster"].SETTINGS, "max_connections", "50")
    server = EmbeddedPostgres(data_dir)
    server.start()
    try:
        assert server.pid != pid
        assert ask(server.dsn, "SELECT current_setting('max_connections')") == "50"
    finally:
        server.stop()


def test_a_killed_owner_and_a_killed_server_leave_a_database(data_dir: Path) -> None:
    owner, pid = start_elsewhere(data_dir)
    kill(owner)
    os.kill(pid, signal.SIGKILL)
    server = EmbeddedPostgres(data_dir)
    server.start()
    try:
        assert ask(server.dsn, "SELECT word FROM kept") == 7
    finally:
        server.stop()


def test_a_number_of_somebody_else_in_postmaster_pid_misleads_nobody(data_dir: Path) -> None:
    stale = data_dir / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n/proc/self/cwd\n1\n5432\n.\n\n\nready\n")
    server = EmbeddedPostgres(data_dir)
    server.start()
    try:
        assert server.pid not in (None, os.getpid())
    finally:
        server.stop()


def test_a_second_owner_is_refused_and_changes_nothing(server: EmbeddedPostgres) -> None:
    pid = server.pid
    assert f"in use by another Glimpse (process {os.getpid()})" in refusal(server.data_dir)
    assert server.pid == pid
    assert ask(server.dsn, "SELECT word FROM kept") == 7


def test_a_database_of_another_version_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("12\n")
    assert "is a database of PostgreSQL 12, this Glimpse has 18" in refusal(data_dir)
    (data_dir / "postgres" / "PG_VERSION").write_text("what\n")
    assert "not a database that can be read" in refusal(data_dir)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert "Not a directory" in refusal(file / "data")
    assert refusal(Path("/proc/no/such")).startswith("the data folder /proc/no/such: ")


def test_a_half_made_database_is_made_anew(tmp_path: Path) -> None:
    staging = tmp_path / "data" / "postgres.new"
    staging.mkdir(parents=True)
    (staging / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(tmp_path / "data")
    server.start()
    server.stop()
    assert not staging.exists()


def test_no_folder_above_is_loosened_and_long_paths_work(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    deep = closed / ("long" * 30)
    deep.mkdir(parents=True)
    closed.chmod(0o700)
    before = {path: path.stat() for path in (deep, *deep.parents)}
    server = EmbeddedPostgres(deep / "data")
    server.start()
    try:
        assert ask(server.dsn, "SELECT 1") == 1
    finally:
        server.stop()
    for path, was in before.items():
        now = path.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
    assert stat.S_IMODE((deep / "data").stat().st_mode) == 0o700


def test_programs_in_a_closed_folder_are_copied_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs_module, "COPIES", tmp_path / "copies")
    us = Owner(os.geteuid(), os.getegid())
    runs = Owner.can_run

    def only_copies(owner: Owner, program: Path) -> bool:
        return tmp_path in program.parents and runs(owner, program)

    monkeypatch.setattr(Owner, "can_run", only_copies)
    found = find_programs(us)
    assert tmp_path in found.folder.parents
    said = subprocess.run(
        [found.path("initdb"), "--version"], capture_output=True, text=True, check=True
    )
    assert f"(PostgreSQL) {found.major}" in said.stdout
    monkeypatch.setattr(shutil, "copytree", pytest.fail)
    assert find_programs(us) == found
