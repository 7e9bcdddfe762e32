"""What a server cost: CPU and memory of its processes, read from the kernel before and after.

CPU is user and system time of every process of the tree. The kernel's clock of a process counts
nanoseconds and all its threads, those that ended included; children that ended are in the ticks
their parent collected. PostgreSQL's processes are counted for themselves, never left out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from time import clock_gettime_ns

PROC = Path("/proc")
STORE_NAMES = frozenset({"postgres", "postmaster"})
NS_PER_S = 1e9
KIB = 1_024
BYTES_PER_MB = 1e6

# Fields of /proc/PID/stat after the name in brackets, counted from the state.
PARENT, CHILD_USER, CHILD_SYSTEM, STARTED = 1, 13, 14, 19


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `started` tells it from a later one with the same number."""

    pid: int
    parent: int
    name: str
    started: int
    reaped_s: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tree of processes used until now."""

    server_cpu_s: float
    store_cpu_s: float
    rss_bytes: int
    store_rss_bytes: int


def read_process(pid: int) -> Process | None:
    """Return what the kernel knows of `pid`; None if it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name may hold blanks and brackets itself.
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    ticks = int(fields[CHILD_USER]) + int(fields[CHILD_SYSTEM])
    return Process(
        pid=pid,
        parent=int(fields[PARENT]),
        name=head.partition("(")[2],
        started=int(fields[STARTED]),
        reaped_s=ticks / os.sysconf("SC_CLK_TCK"),
    )


def tree(root: int) -> list[Process]:
    """Return `root` and all its descendants that are alive."""
    found = [read_process(int(path.name)) for path in PROC.iterdir() if path.name.isdigit()]
    children: dict[int, list[Process]] = {}
    members: list[Process] = []
    for process in found:
        if process is None:
            continue
        children.setdefault(process.parent, []).append(process)
        if process.pid == root:
            members.append(process)
    for member in members:  # Grows while it is read: a walk in breadth.
        members.extend(children.get(member.pid, ()))
    return members


def usage(*roots: int) -> Usage:
    """Read the CPU and memory of the trees under `roots`, PostgreSQL's part apart."""
    server_s = store_s = 0.0
    rss = store_rss = 0
    for process in chain.from_iterable(map(tree, roots)):
        cpu_s = process.reaped_s + _cpu_s(process.pid)
        memory = _rss_bytes(process.pid)
        if process.name in STORE_NAMES:
            store_s, store_rss = store_s + cpu_s, store_rss + memory
        else:
            server_s, rss = server_s + cpu_s, rss + memory
    return Usage(server_s, store_s, rss, store_rss)


def forget_peak(pid: int) -> None:
    """Let `peak_rss_bytes` begin anew."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def peak_rss_bytes(pid: int) -> int:
    """Return the most memory one process has held since."""
    for line in (PROC / str(pid) / "status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * KIB
    return 0


def _cpu_s(pid: int) -> float:
    # How clock_getcpuclockid(3) makes the clock of another process from its number.
    try:
        return clock_gettime_ns((~pid << 3) | 2) / NS_PER_S
    except OSError:
        return 0.0  # It ended a moment ago; its parent has its ticks.


def _rss_bytes(pid: int) -> int:
    try:
        pages = int((PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
