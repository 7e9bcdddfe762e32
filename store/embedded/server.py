"""Start, take over, keep and stop the embedded PostgreSQL of one data folder."""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import trio

from store.embedded import cluster as clusters
from store.embedded.owner import Owner, find_owner
from store.embedded.processes import (
    command_of,
    end,
    is_of,
    postmaster_of,
    processes_of,
    wait_until_gone,
)
from store.embedded.programs import Programs, find_programs
from store.errors import StartRefused

# A crashed server replays at most max_wal_size before it is ready.
READY_S_MAX = 120.0

# How long processes of a killed server may take to notice that it is gone.
LEFTOVERS_S_MAX = 15.0

# How often the keeper looks whether the server lives; a restart takes another half second.
KEEP_S = 0.5

LOG_BYTES_MAX = 10_000_000

# The kernel's limit for the path of a socket is 108 bytes with the final zero.
SOCKET_BYTES_MAX = 107
SOCKET = ".s.PGSQL.5432"

_POLL_S = 0.005


class EmbeddedPostgres:
    """One PostgreSQL server, owned by whoever holds the lock of its data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.cluster = self.data_dir / "postgres"
        self._lock: int | None = None
        self._folder: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._owner: Owner | None = None
        self._programs: Programs | None = None

    @property
    def dsn(self) -> str:
        """How our processes connect: as the role that owns the database."""
        return self.dsn_of(clusters.DATABASE, clusters.ROLE)

    @property
    def admin_dsn(self) -> str:
        """How tests and tools connect: as the superuser."""
        return self.dsn_of(clusters.ADMIN_DATABASE, clusters.ADMIN_ROLE)

    def dsn_of(self, database: str, role: str) -> str:
        """Return the address of one database."""
        return f"postgresql://{role}@/{database}?host={quote(self.socket_dir, safe='/')}&port=5432"

    @property
    def socket_dir(self) -> str:
        """Return the folder of the socket, by a name short enough for the kernel."""
        if len(os.fsencode(self.cluster / SOCKET)) <= SOCKET_BYTES_MAX:
            return str(self.cluster)
        if self._folder is None:
            self._folder = os.open(self.cluster, os.O_PATH | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._folder}"

    @property
    def pid(self) -> int | None:
        """The server's process, if there is one."""
        found = postmaster_of(self.cluster)
        if found is None or self._owner is None:
            return None
        return found[0] if is_of(found[0], self._tag, self._uid) else None

    def processes(self) -> set[int]:
        """List the processes of the server."""
        if self._owner is None or not self.cluster.exists():
            return set()
        return processes_of(self._tag, self._uid)

    @property
    def programs(self) -> Programs:
        """The installation this server runs from."""
        assert self._programs is not None, "not started"
        return self._programs

    def start(self) -> None:
        """Take the data folder and bring its server up; after StartRefused nothing is held."""
        self._take_folder()
        try:
            self._owner = find_owner(self.cluster)
            self._programs = find_programs(self._owner)
            self._check_cluster()
            self._bring_up()
        except BaseException:
            self._release()
            raise

    def stop(self) -> None:
        """Stop the server and give the data folder back."""
        try:
            if (pid := self.pid) is not None:
                self._end(pid)
        finally:
            self._release()

    def keep(self) -> bool:
        """Bring a server that died up again; say whether that was needed."""
        if self.pid is not None:
            return False
        self._bury()
        self._bring_up()
        return True

    def _take_folder(self) -> None:
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            reason = exc.strerror
            raise StartRefused(f"the data folder {self.data_dir}: {reason}") from None
        try:
            # Held by this process alone: children do not inherit it, and a kill gives it back.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise StartRefused(
                f"the data folder {self.data_dir} is in use by another Glimpse (process {holder})"
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def _check_cluster(self) -> None:
        assert self._owner is not None
        try:
            major = clusters.version_of(self.cluster)
            if major is None:
                if self.cluster.exists():
                    raise StartRefused(f"{self.cluster} is not a database")
                clusters.make_cluster(self.cluster, self._owner, self.programs)
            elif major != self.programs.major:
                ours = self.programs.major
                raise StartRefused(
                    f"{self.cluster} is a database of PostgreSQL {major}, this Glimpse has {ours}"
                )
            clusters.let_in(self.cluster, self._owner)
        except OSError as exc:
            raise StartRefused(f"the data folder {self.data_dir}: {exc.strerror}") from None

    def _bring_up(self) -> None:
        found = postmaster_of(self.cluster)
        wanted = clusters.command(self.programs, self.cluster)
        left = self.processes()
        if found is not None and found[0] in left:
            if command_of(found[0]) == wanted and found[1]:
                return  # An earlier run was killed; its server lives and is as we would start it.
            self._end(found[0])
        elif left and not wait_until_gone(self._tag, self._uid, within_s=LEFTOVERS_S_MAX):
            raise StartRefused(f"processes of a killed server still use {self.cluster}")
        # Nobody is left, so these can only mislead: the number in them may be somebody else's by
        # now, or that of a zombie which nobody has asked for.
        for name in ("postmaster.pid", SOCKET, f"{SOCKET}.lock"):
            (self.cluster / name).unlink(missing_ok=True)
        self._spawn(wanted)

    def _spawn(self, line: list[str]) -> None:
        assert self._owner is not None
        log = self._open_log()
        try:
            # A session of its own: Ctrl-C in the terminal is for us, and we stop it when drained.
            self._child = subprocess.Popen(  # noqa: S603  # our own PostgreSQL, no shell
                line, cwd=self.cluster, env=clusters.environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, umask=0o077, **self._owner.lent,
            )  # fmt: skip
        except OSError as exc:
            raise StartRefused(f"PostgreSQL does not start: {exc.strerror}") from None
        finally:
            os.close(log)
        deadline = time.monotonic() + READY_S_MAX
        while True:
            found = postmaster_of(self.cluster)
            if found == (self._child.pid, True):
                return
            if self._child.poll() is not None:
                raise StartRefused(f"PostgreSQL does not start: {self._last_words()}")
            if time.monotonic() > deadline:
                self._end(self._child.pid)
                raise StartRefused(f"PostgreSQL was not ready within {READY_S_MAX:.0f} s")
            time.sleep(_POLL_S)

    def _open_log(self) -> int:
        path = self.data_dir / "postgres.log"
        with suppress(FileNotFoundError):
            if path.stat().st_size > LOG_BYTES_MAX:
                path.replace(path.with_suffix(".log.1"))
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _last_words(self) -> str:
        held = (self.data_dir / "postgres.log").read_bytes()[-4096:]
        lines = [line for line in held.decode(errors="replace").splitlines() if "FATAL" in line]
        return lines[-1].partition("FATAL:")[2].strip() if lines else "see postgres.log"

    def _end(self, pid: int) -> None:
        end(pid, self._tag, self._uid)
        self._bury()

    def _bury(self) -> None:
        """Ask for a finished child: until then it keeps its number."""
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=1)
            self._child = None

    @property
    def _tag(self) -> str:
        return clusters.tag_of(self.cluster)

    @property
    def _uid(self) -> int:
        assert self._owner is not None
        return self._owner.uid

    def _release(self) -> None:
        for held in (self._lock, self._folder):
            if held is not None:
                os.close(held)
        self._lock = self._folder = None


@asynccontextmanager
async def open_embedded(data_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    """Run the server of a data folder while the block runs; one that dies is brought up again."""
    server = EmbeddedPostgres(data_dir)
    await trio.to_thread.run_sync(server.start)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_keep, server)
            yield server
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(server.stop)


async def _keep(server: EmbeddedPostgres) -> None:
    while True:
        await trio.sleep(KEEP_S)
        # Where it cannot be brought up now (the disk is full), it may be later; meanwhile the
        # store says that it does not answer, and so does the health check.
        with suppress(StartRefused):
            await trio.to_thread.run_sync(server.keep)
