"""Logs of pools as files: a pool that ran can be played again, and a full disk stops nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.observe.pool_logs import PoolLogs
from engine.ids import TicketId
from engine.matching.log import PoolLog
from engine.matching.pool import Pool
from engine.matching.replay import numbers_of, replay
from tests.engine.matching.people import POLICY, make_ticket, tick


def play(logs: PoolLogs) -> None:
    """Let a pool live a little."""
    pool = Pool(POLICY, PoolLog(POLICY, logs()))
    for name in ("fox", "owl", "cat"):
        pool.join(make_ticket(name), now_ms=0)
    tick(pool, now_ms=1_000)
    for name in ("fox", "owl", "cat"):
        pool.leave(TicketId(name), now_ms=2_000)


def test_each_pool_has_a_file_that_comes_out_again(tmp_path: Path) -> None:
    names = iter(("one", "two"))
    logs = PoolLogs(tmp_path / "logs", lambda: next(names))
    play(logs)
    play(logs)
    files = sorted((tmp_path / "logs").iterdir())
    assert [file.name for file in files] == ["one.log", "two.log"]
    lines, again = files[0].read_bytes().splitlines(keepends=True), list[bytes]()
    assert replay(lines, numbers_of(lines), again.append, exact=True).met == 2
    assert again == lines


def test_a_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.observe.pool_logs.POOL_LOG_BYTES_MAX", 1_000)
    play(PoolLogs(tmp_path, lambda: "one"))
    assert 0 < (tmp_path / "one.log").stat().st_size <= 1_000


def test_a_disk_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "one.log").mkdir()
    play(PoolLogs(tmp_path, lambda: "one"))
    assert list((tmp_path / "one.log").iterdir()) == []
