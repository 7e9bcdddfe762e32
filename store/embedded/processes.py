"""Find and end the processes of one cluster, also those that an earlier run has left behind."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

# `fast` cancels what runs and writes a checkpoint; `immediate` leaves recovery to the next start.
STOPS_S: tuple[tuple[signal.Signals, float], ...] = (
    (signal.SIGINT, 15.0),
    (signal.SIGQUIT, 5.0),
    (signal.SIGKILL, 5.0),
)

_POLL_S = 0.01


def processes_of(tag: str, uid: int) -> set[int]:
    """List the processes of the cluster: its tag stands in every command line or title.

    Anybody may read a command line, while the working folder of another user's process needs a
    capability that containers do not give to root.
    """
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    return {pid for pid in numbers if is_of(pid, tag, uid)}


def is_of(pid: int, tag: str, uid: int) -> bool:
    """Say whether a process is one of the cluster's; a finished one has no command line."""
    entry = Path(f"/proc/{pid}")
    try:
        return tag.encode() in (entry / "cmdline").read_bytes() and entry.stat().st_uid == uid
    except OSError:
        return False


def postmaster_of(cluster: Path) -> tuple[int, bool] | None:
    """Return the process named in postmaster.pid and whether it said that it is ready."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004
    except (OSError, ValueError, IndexError):
        return None


def command_of(pid: int) -> list[str]:
    """Return the arguments a process was started with, or nothing."""
    try:
        held = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return os.fsdecode(held).rstrip("\0").split("\0")


def end(pid: int, tag: str, uid: int) -> None:
    """Stop a postmaster with all its processes: fast, then immediately, then by force."""
    for number, within_s in STOPS_S:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until_gone(tag, uid, within_s=within_s):
            return


def wait_until_gone(tag: str, uid: int, *, within_s: float) -> bool:
    """Wait for the last process of the cluster; say whether it went in time."""
    deadline = time.monotonic() + within_s
    while processes_of(tag, uid):
        if time.monotonic() > deadline:
            return False
        _reap()
        time.sleep(_POLL_S)
    return True


def _reap() -> None:
    # As process 1 of a container we inherit what an earlier child of ours has left.
    if os.getpid() == 1:
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
