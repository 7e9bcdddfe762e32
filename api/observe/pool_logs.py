"""Logs of live pools as files: numbers only, for operators to play again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.limits import POOL_LOG_BYTES_MAX


class PoolLogs:
    """A new file for each pool that is loaded, under a random name: it does not say whose."""

    def __init__(self, folder: Path, fresh_id: Callable[[], str]) -> None:
        self._folder = folder
        self._fresh_id = fresh_id

    def __call__(self) -> Callable[[bytes], None]:
        """Begin a log; return what writes to it. A full disk costs the log, not the pool."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file, written = self._folder / f"{self._fresh_id()}.log", 0

        def write(line: bytes) -> None:
            nonlocal written
            if written + len(line) > POOL_LOG_BYTES_MAX:
                return
            try:
                with file.open("ab") as log:
                    written += log.write(line)
            except OSError:
                written = POOL_LOG_BYTES_MAX

        return write
