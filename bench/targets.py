"""Starting what is measured, on loopback and in its own process group, and always ending it."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

from api import native
from bench.errors import UnusableError
from bench.limits import KILL_S, READY_S, STOP_S
from bench.measure import Process, read_process, tree
from store.embedded import EmbeddedPostgres

REPOSITORY = Path(__file__).resolve().parent.parent
POLL_S = 0.02
LOG_LINES_SHOWN = 5
READY = "ready "
# One for each core of the machine that the figures are for.
WEBS = 2


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is up: whose CPU counts, and where it listens."""

    name: str
    pid: int
    url: str
    beside: tuple[int, ...] = ()  # processes that are not children of the first
    more_urls: tuple[str, ...] = ()  # where others of them answer the same calls

    @property
    def urls(self) -> tuple[str, ...]:
        """All addresses that a balancer would know."""
        return (self.url, *self.more_urls)

    @property
    def pids(self) -> tuple[int, ...]:
        """All processes that were started for it."""
        return (self.pid, *self.beside)


def loopback(url: str) -> tuple[str, int, str]:
    """Return host, port and path of `url`; refuse every host but this machine's loopback."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError as exc:
        raise UnusableError(f"not an address: {url}") from exc
    if parts.scheme not in {"http", "ws"}:
        raise UnusableError(f"not an http or ws address: {url}")
    if host == "localhost":
        host = "127.0.0.1"
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise UnusableError(f"the bench puts load on this machine only, not on {host or url}")
    return host, port, parts.path or "/"


@contextmanager
def glimpse_settings() -> Iterator[dict[str, str]]:
    """Return the environment of an engine with an empty store, which goes at the end."""
    folder = Path(tempfile.mkdtemp(prefix="glimpse-bench-"))
    # PostgreSQL refuses to be root: its own user must be able to walk through.
    folder.chmod(0o711)
    try:
        yield {
            "GLIMPSE_ENV": "bench",
            "GLIMPSE_HTTP_PORT": str(free_port()),
            "GLIMPSE_WS_PORT": str(free_port()),
            "GLIMPSE_BIND": "127.0.0.1",
            "GLIMPSE_DATA_DIR": str(folder / "data"),
            "GLIMPSE_DEMO": "off",
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def glimpse_server(settings: Mapping[str, str]) -> Iterator[Target]:
    """Start the engine as it ships; a second time with the same settings it finds its store."""
    if not native.built():
        sys.stderr.write("bench: the sources run as they are; `make native` compiles them first\n")
    with started("glimpse", [sys.executable, "-m", "api", "dev"], settings) as target:
        yield target


@contextmanager
def measured(url: str | None) -> Iterator[Target]:
    """Take the server that listens at `url`, or start the engine on an empty store."""
    if url is not None:
        yield Target("glimpse", listener_pid(url), url)
        return
    with glimpse_settings() as settings, glimpse_server(settings) as target:
        yield target


@contextmanager
def deployed(url: str | None, *, together: bool) -> Iterator[Target]:
    """Start what the Procfile names, and `WEBS` of the web role; else as `measured` does."""
    if together or url is not None:
        with measured(url) as target:
            yield target
        return
    api = [sys.executable, "-m", "api"]
    with ExitStack() as stack:
        settings = stack.enter_context(glimpse_settings())

        def start(*role: str) -> Target:
            return stack.enter_context(started(role[-1], [*api, *role], settings))

        realtime = start("serve", "--role", "realtime")  # and with it the embedded PostgreSQL
        store = EmbeddedPostgres(Path(settings["GLIMPSE_DATA_DIR"]))
        settings["DATABASE_URL"] = store.dsn
        worker = start("worker")
        webs = []
        for _ in range(WEBS):
            settings["GLIMPSE_HTTP_PORT"] = str(free_port())
            webs.append(start("serve", "--role", "web"))
        web, *others = webs
        pids = (realtime.pid, worker.pid, *(other.pid for other in others))
        yield Target("glimpse", web.pid, web.url, pids, tuple(other.url for other in others))


@contextmanager
def started(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Target]:
    """Start `command`, wait for its line `ready URL`, and end it and all it started at the end."""
    with tempfile.TemporaryDirectory(prefix="glimpse-bench-log-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Target(name, process.pid, _wait_ready(name, process, log))
        finally:
            _end(process)


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listener_pid(url: str) -> int:
    """Return the process that listens where `url` points; it must be visible to this user."""
    _, port, _ = loopback(url)
    inodes = _listening_inodes(port)
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and inodes & _socket_inodes(path):
            return int(path.name)
    raise UnusableError(f"no server of this user listens on port {port}")


def _listening_inodes(port: int) -> set[str]:
    listening = "0A"
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == listening and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _socket_inodes(path: Path) -> set[str]:
    links = set()
    with contextlib.suppress(OSError):
        for link in (path / "fd").iterdir():
            with contextlib.suppress(OSError):
                links.add(str(link.readlink()))
    return links


def _wait_ready(name: str, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = monotonic() + READY_S
    while monotonic() < deadline:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        for line in lines:
            if line.startswith(READY) and line.endswith("\n"):
                return line.removeprefix(READY).split()[0]
        if process.poll() is not None:
            break
        sleep(POLL_S)
    said = " | ".join(line.strip() for line in lines[-LOG_LINES_SHOWN:]) or "nothing"
    how = "was not ready in time" if process.poll() is None else f"ended ({process.returncode})"
    raise UnusableError(f"{name} {how}; it said: {said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to stop; then end what is left of its group and of its children."""
    members = tree(process.pid)
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    if process.poll() is None:
        # Not collected yet, so the number of its group is still its own.
        os.killpg(process.pid, signal.SIGKILL)
    # PostgreSQL makes a group of its own; after a clean stop nothing of it is left.
    for member in members:
        if _is_alive(member):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(KILL_S)


def _is_alive(process: Process) -> bool:
    now = read_process(process.pid)
    return now is not None and now.started == process.started
