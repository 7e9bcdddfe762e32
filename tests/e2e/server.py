"""A real Glimpse in a process of its own: started, killed, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_S_MAX = 60.0
STOP_S_MAX = 30.0


def free_port() -> int:
    """Return a port of loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`python -m api dev` on ports and a data folder of its own, or with other words."""

    data_dir: Path
    environment: str = "dev"
    demo: bool = False
    words: tuple[str, ...] = ("dev",)
    database: str | None = None  # embedded, unless its address is given
    policy: Path | None = None
    settings: dict[str, str] = field(default_factory=dict)  # more of them
    http_port: int = field(default_factory=free_port)
    ws_port: int = field(default_factory=free_port)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=500))
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where REST and the client are."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def ws_url(self) -> str:
        """Where the WebSocket is."""
        return f"ws://127.0.0.1:{self.ws_port}/v1/ws"

    def start(self) -> None:
        """Start and wait for the `ready` line."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api", *self.words],
            cwd=ROOT,
            env=self.environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self.process, ready), daemon=True).start()
        if not ready.wait(START_S_MAX) or self.process.poll() is not None:
            self.kill()
            raise AssertionError("the server did not start:\n" + "\n".join(self.lines))

    def environ(self) -> dict[str, str]:
        """Return the environment that names its ports and folder."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GLIMPSE_", "DATABASE_"))}
        store = {} if self.database is None else {"DATABASE_URL": self.database}
        policy = {} if self.policy is None else {"GLIMPSE_POLICY": str(self.policy)}
        return (
            kept
            | store
            | policy
            | {
                "GLIMPSE_ENV": self.environment,
                "GLIMPSE_HTTP_PORT": str(self.http_port),
                "GLIMPSE_WS_PORT": str(self.ws_port),
                "GLIMPSE_BIND": "127.0.0.1",
                "GLIMPSE_DATA_DIR": str(self.data_dir),
                "GLIMPSE_DEMO": "on" if self.demo else "off",
                "PYTHONUNBUFFERED": "1",
            }
            | self.settings
        )

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process is not None, "not started"
        return self.process.pid

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith("ready "):
                ready.set()
        ready.set()

    def grant(self, *words: str) -> None:
        """Give somebody a plan or credits."""
        self.admin("grant", *words)

    def admin(self, *words: str) -> str:
        """Do something by an operator's command beside the server; return what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "api", "admin", *words],
            cwd=ROOT,
            env=self.environ(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    def kill(self) -> None:
        """End it as a power cut would: no goodbye, its PostgreSQL is left behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        self._reap()

    def ask_to_stop(self) -> None:
        """Send SIGTERM, and do not wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.ask_to_stop()
        return self.ended()

    def ended(self) -> int:
        """Wait until it has stopped; return its exit code."""
        if self.process is None:
            return 0
        try:
            return self.process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop:\n" + "\n".join(self.lines)) from None
        finally:
            self._reap()

    def _reap(self) -> None:
        if self.process is not None:
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


Two = tuple[Server, Server]


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Run one while the block runs; in the end it has to stop cleanly."""
    server.start()
    yield server
    code = server.stop()
    assert code == 0, f"it stopped with {code}:\n" + "\n".join(server.lines)
