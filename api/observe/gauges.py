"""Gauges of the actors and the gateway, read at each scrape."""

from __future__ import annotations

import trio

from actors.node import Node
from api.gateway.gateway import Gateway
from api.observe.metrics import Metrics


def register_gauges(metrics: Metrics, node: Node, gateway: Gateway) -> None:
    """Show what lives in this process."""
    registries = (node.rooms.registry, node.likes.registry, node.pools.registry)
    metrics.register_gauge(
        "tasks", "Tasks of the event loop", lambda: trio.lowlevel.current_statistics().tasks_living
    )
    metrics.register_gauge("sessions", "WebSocket sessions", lambda: len(node.people))
    metrics.register_gauge("connections", "Established WebSockets", lambda: len(gateway.hub))
    metrics.register_gauge("rooms", "Rooms awake in this process", lambda: len(node.rooms.registry))
    metrics.register_gauge(
        "commit_queue", "Rooms that wait for the next commit", lambda: node.committer.waiting
    )
    metrics.register_gauge(
        "pool_waiting", "People who wait in live pools", lambda: node.pools.waiting
    )
    metrics.register_gauge(
        "pool_oldest_seconds",
        "How long the first of those who wait has waited",
        lambda: node.pools.oldest_s,
    )
    metrics.register_gauges(
        "mailbox_depth",
        "Commands that wait in the mailboxes of a kind of actor",
        "kind",
        lambda: {one.kind: float(sum(a.mail for a in one.statistics())) for one in registries},
    )
    metrics.register_gauges(
        "mailbox_depth_max",
        "Commands in the fullest mailbox of a kind of actor",
        "kind",
        lambda: {
            one.kind: float(max((a.mail for a in one.statistics()), default=0))
            for one in registries
        },
    )
    metrics.register_gauges(
        "quarantined",
        "Keys set aside after too many crashes",
        "kind",
        lambda: {one.kind: float(one.quarantined) for one in registries},
    )
