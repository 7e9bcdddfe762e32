"""Counting: latencies, losses, CPU and memory of a tree of processes."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from time import process_time

import pytest

from bench.limits import LATENCY_SLOT_SHIFT, MESSAGES_MAX
from bench.load.tally import Latencies, Tally
from bench.measure import read_process, tree, usage
from bench.report import chat_figures
from bench.rounds import Load, Round


def latencies_of(*took_ms: float) -> Latencies:
    latencies = Latencies()
    for ms in took_ms:
        latencies.slots[int(ms * 1e6) >> LATENCY_SLOT_SHIFT] += 1
    return latencies


def test_percentiles_are_right_to_a_slot() -> None:
    latencies = latencies_of(*range(1, 101))
    assert latencies.percentile_ms(0.50) == pytest.approx(50, abs=0.01)
    assert latencies.percentile_ms(0.95) == pytest.approx(95, abs=0.01)
    assert latencies.percentile_ms(0.99) == pytest.approx(99, abs=0.01)
    assert latencies.percentile_ms(1) == pytest.approx(100, abs=0.01)


def test_one_latency_is_all_its_percentiles_and_none_is_zero() -> None:
    assert latencies_of(3).percentile_ms(0.99) == pytest.approx(3, abs=0.01)
    assert Latencies().percentile_ms(0.5) == 0


def test_a_gap_filled_later_is_an_order_fault_and_a_repeat_is_a_double() -> None:
    tally = Tally()
    assert tally.off_sequence(1, 5, expected=3)
    assert tally.off_sequence(1, 4, expected=6)
    assert not tally.off_sequence(1, 4, expected=6)
    assert not tally.off_sequence(1, 1, expected=6)
    assert (tally.reordered, tally.doubled, tally.troubles) == (1, 2, 0)
    assert tally.missing == {1: {3}}


def test_an_absurd_seq_does_not_fill_the_memory() -> None:
    tally = Tally()
    assert not tally.off_sequence(1, MESSAGES_MAX * 2, expected=1)
    assert tally.troubles == 1
    assert tally.missing == {1: set()}


def test_usage_sees_the_work_of_the_whole_tree() -> None:
    code = (
        "import os, sys, time\n"
        "pid = os.fork()\n"
        "end = time.process_time() + 0.2\n"
        "while time.process_time() < end: pass\n"
        "print('x', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        child.stdout.readline()
        used = usage(child.pid)
        assert len(tree(child.pid)) == 2
        child.stdin.close()
    assert used.server_cpu_s == pytest.approx(0.42, abs=0.2)
    assert used.store_cpu_s == 0
    assert used.rss_bytes > 1_000_000


def test_usage_of_oneself_agrees_with_the_clock_of_the_process() -> None:
    own = read_process(os.getpid())
    assert own is not None
    before, clock = usage(os.getpid()), process_time()
    while process_time() < clock + 0.05:
        pass
    used = usage(os.getpid()).server_cpu_s - before.server_cpu_s
    assert used == pytest.approx(0.05, abs=0.04)


def round_of(cpu_us: float, *, store_us: float = 0.0, lost: int = 0) -> Round:
    return Round(
        deliveries=100,
        seconds=2.0,
        cpu_us_per_delivery=cpu_us,
        store_cpu_us_per_delivery=store_us,
        p50_ms=1,
        p95_ms=2,
        p99_ms=3,
        rss_mb=50,
        store_rss_mb=0,
        generator_share=0.5,
        lost=lost,
        doubled=0,
        faults=0,
        told=(),
    )


def test_the_report_takes_medians_but_adds_losses_up() -> None:
    load = Load(10, 10, 10, 1, 64, 3, peer="ws")
    ours = [round_of(4, store_us=1, lost=1), round_of(40), round_of(5, store_us=2, lost=1)]
    theirs = [round_of(cpu) for cpu in (10, 8, 12)]
    figures = chat_figures("fanout", load, ours, theirs)
    assert figures["cpu_us_per_delivery"] == median([4, 40, 5])
    assert figures["lost"] == 2
    assert figures["peer_cpu_us_per_delivery"] == 10
    assert figures["ratio"] == 0.5
    assert figures["ratio_with_store"] == 0.7
    assert figures["deliveries_per_second"] == 50
