"""Numbers: only listed names and labels, and a text that Prometheus can read."""

from __future__ import annotations

import ast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.observe.metrics import COUNTERS, HISTOGRAMS, Metrics
from engine.ports.meter import Meter
from tests.tidy.tree import sources, syntax


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_is_counted_and_observed_is_shown() -> None:
    metrics = Metrics()
    meter: Meter = metrics
    meter.count("commits_total")
    meter.count("committed_events_total", 41)
    meter.count("actor_crashes_total", kind="room")
    meter.observe("commit_seconds", 0.003)
    metrics.register_gauge("sessions", "Sessions", lambda: 7)
    metrics.register_gauges("mailbox_depth", "Mail", "kind", lambda: {"room": 3, "likes": 0})
    shown = samples(metrics)
    assert shown["glimpse_commits_total", ()] == 1
    assert shown["glimpse_committed_events_total", ()] == 41
    assert shown["glimpse_actor_crashes_total", (("kind", "room"),)] == 1
    assert shown["glimpse_commit_seconds_bucket", (("le", "0.005"),)] == 1
    assert shown["glimpse_commit_seconds_bucket", (("le", "0.0025"),)] == 0
    assert shown["glimpse_sessions", ()] == 7
    assert shown["glimpse_mailbox_depth", (("kind", "room"),)] == 3
    assert ("process_resident_memory_bytes", ()) in shown


def test_a_name_or_a_label_that_is_not_listed_is_a_bug() -> None:
    metrics = Metrics()
    with pytest.raises(KeyError):
        metrics.count("loves_total")
    with pytest.raises(KeyError):
        metrics.count("commits_total", account="a")
    with pytest.raises(KeyError):
        metrics.count("actor_crashes_total")
    with pytest.raises(KeyError):
        metrics.observe("commits_total", 1)


def test_gauges_have_names_and_stand_once() -> None:
    metrics = Metrics()
    metrics.register_gauge("sessions", "Sessions", lambda: 0)
    with pytest.raises(ValueError, match="already"):
        metrics.register_gauge("sessions", "Sessions", lambda: 0)
    with pytest.raises(ValueError, match="not a name"):
        metrics.register_gauge("Sessions!", "Sessions", lambda: 0)


def test_two_processes_of_numbers_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.count("commits_total")
    assert samples(other)["glimpse_commits_total", ()] == 0
    assert COUNTERS.keys().isdisjoint(HISTOGRAMS.keys())


def test_what_is_counted_is_listed_and_what_is_listed_is_counted() -> None:
    told: set[str] = set()
    for path in sources(("actors", "api", "store")):
        for node in ast.walk(syntax(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"count", "observe"}
                and node.args
                and isinstance(name := node.args[0], ast.Constant)
                and isinstance(name.value, str)
            ):
                told.add(name.value)
    assert told == {*COUNTERS, *HISTOGRAMS}
