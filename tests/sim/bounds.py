"""What holds in a world beside its plan: small bounds, and no bug that is not of the plan."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import trio

import actors.committer
import actors.dispatcher
import actors.registry
import actors.rooms
import actors.runtime
import actors.session
import api.gateway.connection
import api.gateway.gateway
import engine.rooms.room
import store.memory.rooms
from tests.sim.faults import Bug

if TYPE_CHECKING:
    from tests.sim.world import World


class _Loud:
    """A logger that ends the world: what the gateway logs as a bug is one, unless we put it in."""

    def __init__(self, fail: Callable[[str], None]) -> None:
        self._fail = fail

    def error(self, event: str, *, error: str, where: list[str]) -> None:
        """Take an error of the gateway."""
        if error != Bug.__name__:
            self._fail(f"a bug in the gateway: {event} {error} {where}")


_BOUNDS: tuple[tuple[object, str, tuple[float, ...]], ...] = (
    (actors.rooms, "ROOM_MAILBOX_MAX", (4, 64)),
    (actors.runtime, "MAIL_BATCH_MAX", (1, 3, 64)),
    (actors.committer, "COMMIT_EVENTS_MAX", (1, 5, 500)),
    (actors.committer, "COMMIT_ROOMS_MAX", (3, 100)),
    (actors.registry, "IDLE_S", (0.5, 5.0)),
    (actors.session, "OPS_IN_FLIGHT_MAX", (2, 8)),
    (engine.rooms.room, "ROOM_CIDS", (2, 20)),
)


@contextmanager
def hold_to(world: World) -> Iterator[None]:
    """Make bounds small, so that a small world meets them, and let no bug pass by."""
    rng = random.Random(f"{world.plan.seed} bounds")
    with ExitStack() as stack:
        if world.plan.small_bounds:
            for module, name, values in _BOUNDS:
                stack.enter_context(patch.object(module, name, rng.choice(values)))
            tail = rng.choice((2, 10, 256))
            for module in (engine.rooms.room, store.memory.rooms):
                stack.enter_context(patch.object(module, "ROOM_TAIL_EVENTS", tail))
            outbox = rng.choice((8_192, 65_536))
            for module in (api.gateway.connection, actors.session):
                stack.enter_context(patch.object(module, "OUTBOX_BYTES_MAX", outbox))
            name = "OUTBOX_EPHEMERAL_BYTES_MAX"
            stack.enter_context(patch.object(api.gateway.connection, name, outbox // 4))
        # What is put into the outbox is followed by a nudge: a look without one is a waste.
        stack.enter_context(patch.object(actors.dispatcher, "OUTBOX_POLL_S", 5.0))
        for module, name in (
            (api.gateway.connection, "OUTBOX_BYTES_MAX"),
            (actors.session, "OPS_IN_FLIGHT_MAX"),
            (actors.runtime, "MAIL_BATCH_MAX"),
            (actors.committer, "COMMIT_ROOMS_MAX"),
        ):
            world.bounds[name] = vars(module)[name]
        for module in (api.gateway.connection, api.gateway.gateway):
            stack.enter_context(patch.object(module, "_log", _Loud(world.fail)))
        stack.enter_context(patch.object(actors.runtime.Actor, "_after_crash", _judged(world)))
        yield


def _judged(world: World) -> Any:
    """Let actors crash of what the plan put in, and of nothing else."""
    after_crash: Any = actors.runtime.Actor._after_crash

    async def judged(actor: Any, batch: Any, exc: Exception) -> None:
        if not isinstance(exc, (Bug, trio.TooSlowError)):
            world.fail(f"a bug in {actor.name}: {exc!r}")
        await after_crash(actor, batch, exc)

    return judged
