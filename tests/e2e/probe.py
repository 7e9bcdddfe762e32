"""What a running server shows of itself: metrics, readiness, open files, memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.server import Server

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_POLL_S = 0.05


def numbers(server: Server) -> dict[str, float]:
    """Read /metrics: samples by name, those with labels by `name{label}`."""
    text = httpx.get(f"{server.url}/metrics", timeout=10).text
    return {
        sample.name
        + (f"{{{','.join(sample.labels.values())}}}" if sample.labels else ""): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def ready(server: Server) -> bool:
    """Ask /health/ready."""
    status = httpx.get(f"{server.url}/health/ready", timeout=10).status_code
    assert status in {200, 503}
    return status == 200


def open_files(server: Server) -> int:
    """Count the file descriptors of its process."""
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def memory_bytes(server: Server) -> int:
    """Return what its process has in memory."""
    pages = Path(f"/proc/{server.pid}/statm").read_text().split()[1]
    return int(pages) * _PAGE_BYTES


def until(condition: Callable[[], bool], *, within_s: float) -> float:
    """Wait until something is so, at most that long; return how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s, f"it is not so after {within_s:g} s"
        time.sleep(_POLL_S)
    return time.monotonic() - began
