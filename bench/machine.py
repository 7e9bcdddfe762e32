"""The machine of a result, in words that name no host and no path."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.errors import UnusableError
from bench.peers.start import VERSION_S, find_node

KB_PER_GB = 1e6


@dataclass(frozen=True, slots=True)
class Machine:
    """What somebody who reads a figure has to know about where it is from."""

    cpu: str
    cores: int
    memory_gb: int
    system: str
    python: str
    node: str
    load_before: float
    date: str

    def line(self) -> str:
        """Say it in one line."""
        return (
            f"{self.cores} cores ({self.cpu}), {self.memory_gb} GB, {self.system}, "
            f"Python {self.python}, Node {self.node}, {self.date}"
        )

    def fields(self) -> dict[str, str | int | float]:
        """Return it as plain data."""
        return asdict(self)


def describe() -> Machine:
    """Look at this machine; `load_before` tells whether it was quiet."""
    load, _, _ = os.getloadavg()
    return Machine(
        cpu=_first(r"^model name\s*: (.+)$", "/proc/cpuinfo") or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(int(_first(r"^MemTotal: +(\d+) kB", "/proc/meminfo") or 0) / KB_PER_GB),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        node=_node_version(),
        load_before=round(load, 2),
        date=datetime.now(UTC).date().isoformat(),
    )


def peer_versions(folder: Path) -> dict[str, str]:
    """Return what the lock of the Node peers names."""
    lock = msgspec.json.decode((folder / "package-lock.json").read_bytes())
    packages = lock["packages"]
    return {
        name: str(packages[f"node_modules/{package}"]["version"])
        for name, package in (("socketio", "socket.io"), ("ws", "ws"))
    }


def _first(pattern: str, path: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return ""
    return found[1].strip() if found else ""


def _node_version() -> str:
    try:
        node, _ = find_node()
        said = subprocess.run(
            [node, "--version"], capture_output=True, timeout=VERSION_S, check=False
        ).stdout
    except (OSError, UnusableError, subprocess.TimeoutExpired):
        return "none"
    return said.decode().strip().removeprefix("v")
