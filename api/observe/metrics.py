"""Numbers for Prometheus: a fixed list of names and labels, so that no label can hold a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

NAMESPACE = "glimpse"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# From a commit without waiting to the bound of a REST call.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Batches: alone, a busy room, a busy node, and the bound of a commit.
_SIZES = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1_000.0, 4_096.0)

# From one tick to the life of a ticket.
_WAITS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_RATIOS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
_PARTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a number means, and the names of its labels."""

    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = _SECONDS


COUNTERS: Mapping[str, Kind] = {
    "http_requests_total": Kind("REST calls answered", ("method", "route", "status")),
    "commits_total": Kind("Transactions of the room log"),
    "commit_failures_total": Kind("Transactions of the room log whose outcome is unknown"),
    "commit_crashes_total": Kind("Appends or completions of the room log that met a bug"),
    "committed_events_total": Kind("Room events made durable"),
    "notices_total": Kind("Notices of the outbox told"),
    "bus_published_total": Kind("News that other processes were told"),
    "bus_received_total": Kind("News that other processes told this one"),
    "bus_dropped_total": Kind("News that were lost, which costs a delay", ("way",)),
    "sessions_ended_by_recheck_total": Kind("Sessions of void devices that a look has ended"),
    "codes_sent_total": Kind("Sign-in codes sent"),
    "codes_used_total": Kind("Sign-in codes used"),
    "codes_alarms_total": Kind("Codes sent in an hour in which few of many were used"),
    "clerk_events_total": Kind("Events of Clerk taken", ("change", "applied")),
    "payments_total": Kind("What became of payments", ("provider", "what")),
    "pushes_total": Kind("What became of pushes", ("what",)),
    "actor_crashes_total": Kind("Crashes of actors", ("kind",)),
    "actors_quarantined_total": Kind("Actors set aside after too many crashes", ("kind",)),
    "store_clashes_total": Kind("Transactions that met another one and were tried again"),
    "sessions_opened_total": Kind("WebSocket sessions that said hello", ("codec",)),
    "pool_matches_total": Kind("Pairs that live pools have brought together"),
    "rates_by_this_process_total": Kind("Calls counted by this process, as Redis did not answer"),
    "handshakes_refused_total": Kind("WebSocket handshakes refused", ("reason",)),
}

HISTOGRAMS: Mapping[str, Kind] = {
    "http_request_seconds": Kind("From a REST call to its answer", ("route",)),
    "commit_seconds": Kind("One transaction of the room log"),
    "commit_events": Kind("Room events in one transaction", buckets=_SIZES),
    "pool_wait_seconds": Kind("From joining a pool to a match", ("side",), buckets=_WAITS),
    "pool_optimum_ratio": Kind("Sums of sampled ticks, of the best there is", buckets=_RATIOS),
    "pool_exposure_gini": Kind(
        "How unequally many others people of sampled ticks could meet; 0 is equally", buckets=_PARTS
    ),
    "loop_blocked_seconds": Kind("Passes of the event loop that kept everybody waiting"),
    "message_seconds": Kind("The longest wait of a message in each commit, from room to durable"),
}


class Metrics:
    """The meter of a running process; names and labels that are not listed raise KeyError."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self._gauges = _Gauges()
        self.registry.register(self._gauges)
        self._counters = {
            name: Counter(name, kind.help, kind.labels, namespace=NAMESPACE, registry=self.registry)
            for name, kind in COUNTERS.items()
        }
        self._histograms = {
            name: Histogram(
                name,
                kind.help,
                kind.labels,
                namespace=NAMESPACE,
                registry=self.registry,
                buckets=kind.buckets,
            )
            for name, kind in HISTOGRAMS.items()
        }

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        counter = self._counters[name]
        _check_labels(name, COUNTERS[name], labels)
        (counter.labels(**labels) if labels else counter).inc(amount)

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Record one value in a histogram."""
        histogram = self._histograms[name]
        _check_labels(name, HISTOGRAMS[name], labels)
        (histogram.labels(**labels) if labels else histogram).observe(value)

    def register_gauge(self, name: str, text: str, callback: Callable[[], float]) -> None:
        """Show what `callback` says at each scrape; it must not wait."""
        self._gauges.add(name, text, None, lambda: {"": callback()})

    def register_gauges(
        self, name: str, text: str, label: str, callback: Callable[[], Mapping[str, float]]
    ) -> None:
        """Show one number for each value of a label, such as the kinds of mailboxes."""
        self._gauges.add(name, text, label, callback)

    def text(self) -> bytes:
        """Return everything in Prometheus' text form."""
        return generate_latest(self.registry)


@dataclass(frozen=True, slots=True)
class _Gauge:
    text: str
    label: str | None
    callback: Callable[[], Mapping[str, float]]


class _Gauges(Collector):
    """Gauges that are asked when somebody looks, so that nothing has to keep them up to date."""

    def __init__(self) -> None:
        self._gauges: dict[str, _Gauge] = {}

    def add(
        self,
        name: str,
        text: str,
        label: str | None,
        callback: Callable[[], Mapping[str, float]],
    ) -> None:
        if not _NAME.match(name) or (label is not None and not _NAME.match(label)):
            raise ValueError(f"{name} or its label is not a name of Prometheus")
        if name in self._gauges:
            raise ValueError(f"{name} is registered already")
        self._gauges[name] = _Gauge(text, label, callback)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, gauge in self._gauges.items():
            labels = [] if gauge.label is None else [gauge.label]
            family = GaugeMetricFamily(f"{NAMESPACE}_{name}", gauge.text, labels=labels)
            for value, number in gauge.callback().items():
                family.add_metric([value] if labels else [], number)
            yield family


def _check_labels(name: str, kind: Kind, labels: Mapping[str, str]) -> None:
    if set(labels) != set(kind.labels):
        raise KeyError(f"{name} has the labels {kind.labels}")
