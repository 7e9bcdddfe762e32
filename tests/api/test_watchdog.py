"""A pass of the event loop that lasts too long is measured and told, by where it is and no more."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator

import pytest
import structlog
import trio
import trio.lowlevel

from api.observe.logging import configure_logging, get_logger
from api.observe.metrics import Metrics
from api.observe.watchdog import Watchdog, watched_loop
from engine.limits import LOOP_BLOCKED_S_MAX

_NOTICED_S_MAX = 30.0
_SECRET = "010-1234-5678"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process has logged."""
    stream = io.StringIO()
    configure_logging(stream)
    yield stream
    structlog.reset_defaults()


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        """Say the time."""
        return self.now_s


def told(log: io.StringIO) -> list[dict[str, object]]:
    """Read the log's lines."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


def blocked(metrics: Metrics) -> tuple[float | None, float | None]:
    """How many passes were too long, and for how long in all."""
    sample = metrics.registry.get_sample_value
    name = "glimpse_loop_blocked_seconds"
    return sample(f"{name}_count"), sample(f"{name}_sum")


def test_only_a_pass_that_is_too_long_is_measured_and_told_once(log: io.StringIO) -> None:
    """Guard: `look` and `before_io_wait` compare with LOOP_BLOCKED_S_MAX, and mark what was seen"""
    clock, metrics = Hand(), Metrics()
    watchdog = Watchdog(metrics, get_logger("loop"), clock)
    watchdog.before_io_wait(0)
    clock.now_s += 10  # Waiting for something to do is no pass.
    watchdog.look()
    watchdog.after_io_wait(0)
    clock.now_s += LOOP_BLOCKED_S_MAX * 0.99
    watchdog.look()
    watchdog.before_io_wait(0)
    assert (blocked(metrics), told(log)) == ((0, 0), [])

    watchdog.after_io_wait(0)
    clock.now_s += 0.3
    watchdog.look()
    watchdog.look()
    watchdog.before_io_wait(0)
    count, seconds = blocked(metrics)
    assert count == 1
    assert seconds == pytest.approx(0.3)
    (line,) = told(log)
    assert (line["event"], line["level"], line["part"]) == ("loop_blocked", "warning", "loop")


def test_a_loop_that_is_slow_all_the_time_is_measured_but_told_once_a_second(
    log: io.StringIO,
) -> None:
    """Guard: `_TELL_AGAIN_S`."""
    clock, metrics = Hand(), Metrics()
    watchdog = Watchdog(metrics, get_logger("loop"), clock)
    for _ in range(20):
        watchdog.after_io_wait(0)
        clock.now_s += 0.1
        watchdog.look()
        watchdog.before_io_wait(0)
    assert blocked(metrics)[0] == 20
    assert len(told(log)) == 2


async def test_the_thread_beside_the_loop_says_where_it_stands(log: io.StringIO) -> None:
    """Guard: the instrument and the thread are really there; no value stands in the trace."""
    metrics = Metrics()

    def dawdle(phone: str) -> str:
        deadline = time.monotonic() + _NOTICED_S_MAX
        while not log.getvalue() and time.monotonic() < deadline:
            time.sleep(0.001)
        return phone

    with watched_loop(metrics):
        await trio.lowlevel.checkpoint()
        dawdle(_SECRET)
        await trio.lowlevel.checkpoint()
        await trio.sleep(0.001)
    (line, *_) = told(log)
    where = line["where"]
    assert isinstance(where, list)
    assert any("dawdle:" in frame for frame in where)
    assert _SECRET not in log.getvalue()
    count, seconds = blocked(metrics)
    assert count is not None
    assert seconds is not None
    assert count >= 1
    assert seconds > LOOP_BLOCKED_S_MAX
    assert not [one for one in sys._current_frames().values() if one.f_code.co_name == "watch"]
