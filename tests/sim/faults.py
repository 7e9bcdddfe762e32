"""What goes wrong in a simulated world: how often, and the switchboards that do it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import trio

from actors.commands import RoomCommand
from actors.room import RoomBehaviour
from engine.errors import Unavailable
from engine.limits import STORE_CALL_S_MAX

T = TypeVar("T")
Tap = Callable[[str, tuple[Any, ...], Any], None]


# Who calls these is alone in its process, and a bug there ends it.
_ALONE = frozenset({"taken"})


class Bug(Exception):
    """A bug that the simulation put in; whoever meets it has to crash and start anew."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often; each is the chance of one event, `_every_s` the mean pause between two."""

    store_fails_before: float = 0.02
    store_fails_after: float = 0.02
    store_bug: float = 0.005
    store_slow: float = 0.02
    store_slow_s_max: float = 7.0
    crash_before: float = 0.005
    crash_within: float = 0.005
    crash_on_settle: float = 0.003
    cut_every_s: float = 40.0
    vanish_every_s: float = 200.0
    stop_reading_every_s: float = 60.0
    clock_steps_every_s: float = 60.0
    clock_step_s_max: float = 600.0
    kill_every_s: float = 120.0
    drain_every_s: float = 300.0
    overlap_every_s: float = 300.0
    unmatch_every_s: float = 120.0


_NEVER_S = float("inf")
CALM = Faults(
    store_fails_before=0.0,
    store_fails_after=0.0,
    store_bug=0.0,
    store_slow=0.0,
    crash_before=0.0,
    crash_within=0.0,
    crash_on_settle=0.0,
    cut_every_s=_NEVER_S,
    vanish_every_s=_NEVER_S,
    stop_reading_every_s=_NEVER_S,
    clock_steps_every_s=_NEVER_S,
    kill_every_s=_NEVER_S,
    drain_every_s=_NEVER_S,
    overlap_every_s=_NEVER_S,
    unmatch_every_s=_NEVER_S,
)


def drawn(rng: random.Random) -> Faults:
    """Draw a plan: each world knows some troubles well and others not at all."""
    base = Faults()
    names = [name for name in base.__slots__ if not name.endswith("_max")]
    changes = {}
    for name in names:
        much = rng.choice((0.0, 0.5, 1.0, 4.0))
        value = getattr(base, name)
        if name.endswith("_every_s"):
            changes[name] = value / much if much else float("inf")
        else:
            changes[name] = value * much
    return replace(base, **changes)


@dataclass
class Switch:
    """The plan while it is in force; `heal` ends all of it."""

    plan: Faults
    rng: random.Random
    on: bool = True
    counts: dict[str, int] = field(default_factory=dict)

    def heal(self) -> None:
        """No more faults."""
        self.on = False

    def strikes(self, name: str) -> bool:
        """Decide whether this fault happens now."""
        chance: float = getattr(self.plan, name)
        if not self.on or chance <= 0 or self.rng.random() >= chance:
            return False
        self.note(name)
        return True

    def note(self, name: str) -> None:
        """Count a fault that happens."""
        self.counts[name] = self.counts.get(name, 0) + 1

    def pause_s(self, name: str) -> float:
        """Draw the pause before the next fault of a kind."""
        mean: float = getattr(self.plan, name)
        return float("inf") if mean == float("inf") else self.rng.expovariate(1 / mean)


class FlakyStore:
    """Calls of the store: late, failing before or after they took effect, or with a bug.

    A call runs in a task of the store: when its caller has gone, it is done nevertheless, as
    PostgreSQL finishes what it was told by a process that was killed.
    """

    def __init__(self, switch: Switch, nursery: trio.Nursery, tap: Tap) -> None:
        self._switch = switch
        self._nursery = nursery
        self._tap = tap

    def around(self, port: object, *, bugs: bool = True) -> Any:
        """Put trouble in front of a port; who is alone in a process ends it by a bug."""
        return _Flaky(port, self._call, bugs=bugs)

    async def _call(
        self, name: str, work: Callable[[], Awaitable[Any]], args: Any, *, bugs: bool
    ) -> Any:
        done, box = trio.Event(), _Box(bugs=bugs)
        self._nursery.start_soon(self._execute, name, work, args, box, done)
        with trio.move_on_after(STORE_CALL_S_MAX):
            await done.wait()
        if box.error is not None:
            raise box.error
        if not box.ended:
            raise Unavailable("the store does not answer")
        return box.value

    async def _execute(
        self,
        name: str,
        work: Callable[[], Awaitable[Any]],
        args: Any,
        box: _Box,
        done: trio.Event,
    ) -> None:
        switch = self._switch
        slow = switch.strikes("store_slow")
        takes_s = switch.rng.uniform(0.0, 0.01)
        late_s = switch.rng.uniform(0.0, switch.plan.store_slow_s_max) if slow else 0.0
        try:
            await trio.sleep(takes_s + late_s * switch.rng.random())
            self._fail(name, box)
            box.value = await work()
            self._tap(name, args, box.value)
            await trio.sleep(late_s * switch.rng.random())
            if switch.strikes("store_fails_after"):
                box.error = Unavailable("failed after")
        except Exception as exc:  # it is for the caller
            if isinstance(exc, AssertionError):
                raise
            box.error = exc
        box.ended = True
        done.set()

    def _fail(self, name: str, box: _Box) -> None:
        if self._switch.strikes("store_fails_before"):
            raise Unavailable("failed before")
        if box.bugs and name not in _ALONE and self._switch.strikes("store_bug"):
            raise Bug("in the store")


@dataclass
class _Box:
    value: Any = None
    error: Exception | None = None
    ended: bool = False
    bugs: bool = True


class _Flaky:
    def __init__(self, port: object, call: Callable[..., Awaitable[Any]], *, bugs: bool) -> None:
        self._port = port
        self._call = call
        self._bugs = bugs

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        async def call(*args: Any, **options: Any) -> Any:
            work = partial(method, *args, **options)
            return await self._call(name, work, args, bugs=self._bugs)

        return call


class CrashingRoom:
    """A room that crashes now and then: before its mail, in the midst of it, and on its commit."""

    def __init__(self, inner: RoomBehaviour, switch: Switch) -> None:
        self._inner = inner
        self._switch = switch
        inner_any: Any = inner
        apply, settle = inner_any._apply, inner_any._settle

        def crash_within(*args: Any) -> Any:
            if switch.strikes("crash_within"):
                raise Bug("within a batch")
            return apply(*args)

        def crash_on_settle(*args: Any) -> None:
            late = switch.rng.random() < 0.5
            if not late and switch.strikes("crash_on_settle"):
                raise Bug("before anything was answered")
            settle(*args)
            if late and switch.strikes("crash_on_settle"):
                raise Bug("after all was answered")

        inner_any._apply, inner_any._settle = crash_within, crash_on_settle

    @property
    def busy(self) -> bool:
        """As the room says."""
        return self._inner.busy

    def receive(self, batch: Sequence[RoomCommand]) -> Awaitable[None] | None:
        """Crash, or act."""
        if self._switch.strikes("crash_before"):
            raise Bug("before a batch")
        return self._inner.receive(batch)


def make_rooms_crash(registry: Any, switch: Switch) -> None:
    """Let the rooms of a registry crash as the plan says."""
    load = registry._load

    async def crashing(key: Any, actor: Any) -> CrashingRoom:
        return CrashingRoom(await load(key, actor), switch)

    registry._load = crashing
