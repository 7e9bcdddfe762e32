"""What goes wrong in a simulated world: how often, and the switchboards that do it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import outcome
import trio

from actors.commands import RoomCommand
from actors.room import RoomBehaviour
from engine.errors import Unavailable
from engine.limits import STORE_CALL_S_MAX
from tests.sim.agenda import Agenda, at_once

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the store that took effect."""

    name: str
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    value: Any


Tap = Callable[[Call], None]

_STORE_S_MAX = 0.05  # a call that is not slow

# Who calls these is alone in its process, and a bug there ends it.
_ALONE = frozenset({"taken"})


class Bug(Exception):
    """A bug that the simulation put in; whoever meets it has to crash and start anew."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often; each is the chance of one event, `_every_s` the mean pause between two."""

    store_fails_before: float = 0.02
    store_fails_after: float = 0.02
    store_bug_before: float = 0.004
    store_bug_after: float = 0.002
    store_slow: float = 0.02
    store_slow_s_max: float = 7.0
    crash_before: float = 0.005
    crash_within: float = 0.005
    crash_on_settle: float = 0.003
    cut_every_s: float = 40.0
    stall_every_s: float = 100.0
    vanish_every_s: float = 200.0
    stop_reading_every_s: float = 400.0
    clock_steps_every_s: float = 60.0
    clock_step_s_max: float = 600.0
    kill_every_s: float = 120.0
    kill_at_step_every_s: float = 60.0
    drain_every_s: float = 150.0
    overlap_every_s: float = 80.0
    unmatch_every_s: float = 120.0
    block_every_s: float = 120.0


_NEVER_S = float("inf")
CALM = Faults(
    store_fails_before=0.0,
    store_fails_after=0.0,
    store_bug_before=0.0,
    store_bug_after=0.0,
    store_slow=0.0,
    crash_before=0.0,
    crash_within=0.0,
    crash_on_settle=0.0,
    cut_every_s=_NEVER_S,
    stall_every_s=_NEVER_S,
    vanish_every_s=_NEVER_S,
    stop_reading_every_s=_NEVER_S,
    clock_steps_every_s=_NEVER_S,
    kill_every_s=_NEVER_S,
    kill_at_step_every_s=_NEVER_S,
    drain_every_s=_NEVER_S,
    overlap_every_s=_NEVER_S,
    unmatch_every_s=_NEVER_S,
    block_every_s=_NEVER_S,
)


# What no process notices, as long as it knows its clients by their lines.
HARMLESS = frozenset(
    f"{name}_every_s"
    for name in ("cut", "stall", "vanish", "stop_reading", "clock_steps", "unmatch", "block")
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


class Steps(trio.abc.Instrument):
    """Strikes just before the k-th step that tasks of the product take: in the midst of it."""

    def __init__(self, step: int, strike: Callable[[], None]) -> None:
        self._left, self._strike = step, strike
        trio.lowlevel.add_instrument(self)

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count, and look no more after the strike."""
        if not task.name.startswith(("tests.", "<")):
            self._left -= 1
            if not self._left:
                trio.lowlevel.remove_instrument(self)
                self._strike()


class FlakyStore:
    """Calls of the store: late, failing before or after they took effect, or with a bug.

    A call happens on the agenda: when its caller has gone, it is done nevertheless, as PostgreSQL
    finishes what it was told by a process that was killed.
    """

    def __init__(self, switch: Switch, agenda: Agenda, tap: Tap) -> None:
        self._switch = switch
        self._agenda = agenda
        self._tap = tap

    def around(self, port: object, *, bugs: bool = True) -> Any:
        """Put trouble in front of a port; who is alone in a process ends it by a bug."""
        return _Flaky(port, self._call, bugs=bugs)

    async def _call(self, name: str, work: partial[Awaitable[Any]], *, bugs: bool) -> Any:
        switch, caller = self._switch, _Caller()
        bugs = bugs and name not in _ALONE
        before_s, after_s = switch.rng.uniform(0.0, _STORE_S_MAX), 0.0
        if switch.strikes("store_slow"):
            late_s = switch.rng.uniform(0.0, switch.plan.store_slow_s_max)
            before_s += late_s * switch.rng.random()
            after_s = late_s * switch.rng.random()
            if before_s + after_s > STORE_CALL_S_MAX:
                slow = outcome.Error(Unavailable("the store does not answer"))
                self._agenda.after(STORE_CALL_S_MAX, partial(caller.hears, slow))
        execute = partial(self._execute, name, work, caller, after_s, bugs=bugs)
        self._agenda.after(before_s, execute)
        return await caller.wait()

    def _execute(
        self,
        name: str,
        work: partial[Awaitable[Any]],
        caller: _Caller,
        after_s: float,
        *,
        bugs: bool,
    ) -> None:
        try:
            self._fail("before", bugs=bugs)
            value = at_once(work)
            self._tap(Call(name, work.args, work.keywords, value))
            self._fail("after", bugs=bugs)
        except AssertionError:
            raise
        except Exception as exc:  # noqa: BLE001  # it is for the caller
            answer: outcome.Outcome[Any] = outcome.Error(exc)
        else:
            answer = outcome.Value(value)
        if after_s:
            self._agenda.after(after_s, partial(caller.hears, answer))
        else:
            caller.hears(answer)

    def _fail(self, when: str, *, bugs: bool) -> None:
        if self._switch.strikes(f"store_fails_{when}"):
            raise Unavailable(f"failed {when}")
        if bugs and self._switch.strikes(f"store_bug_{when}"):
            raise Bug(f"in the store, {when}")


class _Caller:
    """Whoever waits for a call, unless they have gone."""

    def __init__(self) -> None:
        self._task: trio.lowlevel.Task | None = trio.lowlevel.current_task()

    async def wait(self) -> Any:
        """Wait for the answer."""
        return await trio.lowlevel.wait_task_rescheduled(self._gone)

    def hears(self, answer: outcome.Outcome[Any]) -> None:
        """Take the first answer."""
        task, self._task = self._task, None
        if task is not None:
            trio.lowlevel.reschedule(task, answer)

    def _gone(self, _: object) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED


class _Flaky:
    def __init__(self, port: object, call: Callable[..., Awaitable[Any]], *, bugs: bool) -> None:
        self._port = port
        self._call = call
        self._bugs = bugs

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        async def call(*args: Any, **options: Any) -> Any:
            work = partial(method, *args, **options)
            return await self._call(name, work, bugs=self._bugs)

        setattr(self, name, call)  # so that it is made once
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
