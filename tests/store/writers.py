"""Processes that write to one PostgreSQL, each with connections of its own.

Run as `python -m tests.store.writers DSN KEY SEED`, it is one of them: a line of JSON is a task,
and a line of what was answered comes back.
"""

from __future__ import annotations

import base64
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import trio

from engine.model.policy import Policy
from store.asyncio_bridge import open_bridge
from store.bundle import Chance, StoreBundle
from store.postgres import open_postgres_store
from tests.store.acts import Act, Outcome, Task, perform
from tests.store.world import MASTER_KEY

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 4

_tasks = msgspec.json.Decoder(Task)
_outcomes = msgspec.json.Decoder(list[Outcome])


@dataclass
class Writers:
    """Four processes that wait for tasks."""

    processes: Sequence[subprocess.Popen[bytes]]

    def do(
        self, shares: Sequence[Sequence[Act]], policy: Policy, now_ms: int
    ) -> list[list[Outcome]]:
        """Give each process its share at the same moment; return what each was answered."""
        for process, acts in zip(self.processes, shares, strict=True):
            assert process.stdin is not None
            line = msgspec.json.encode(Task(now_ms, policy, list(acts)))
            process.stdin.write(line + b"\n")
            process.stdin.flush()
        return [self._heard(process) for process in self.processes]

    def _heard(self, process: subprocess.Popen[bytes]) -> list[Outcome]:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "a writer has died; its traceback is above"
        return _outcomes.decode(line)


@contextmanager
def open_writers(dsn: str, rng: random.Random, count: int = WRITERS) -> Iterator[Writers]:
    """Start the processes and end them."""
    with ExitStack() as stack:
        words = [sys.executable, "-m", "tests.store.writers", dsn, MASTER_KEY.hex()]
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [*words, str(rng.getrandbits(32))],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for _ in range(count)
        ]
        yield Writers(processes)


async def _write(dsn: str, key: bytes, rng: random.Random) -> None:
    def fresh_id() -> str:
        return base64.urlsafe_b64encode(rng.randbytes(12)).decode()

    chance = Chance(lambda: 0, fresh_id, rng.randbytes)
    async with (
        open_bridge() as bridge,
        open_postgres_store(bridge, dsn, master_key=key, chance=chance) as store,
    ):
        while line := await trio.to_thread.run_sync(sys.stdin.buffer.readline):
            outcomes = await _all(store, _tasks.decode(line))
            sys.stdout.buffer.write(msgspec.json.encode(outcomes) + b"\n")
            sys.stdout.buffer.flush()


async def _all(store: StoreBundle, task: Task) -> list[Outcome]:
    outcomes: list[Outcome] = [""] * len(task.acts)

    async def one(number: int, act: Act) -> None:
        outcomes[number] = await perform(store, act, task.policy, task.now_ms)

    async with trio.open_nursery() as nursery:
        for number, act in enumerate(task.acts):
            nursery.start_soon(one, number, act)
    return outcomes


if __name__ == "__main__":
    _dsn, _key, _seed = sys.argv[1:]
    trio.run(partial(_write, _dsn, bytes.fromhex(_key), random.Random(_seed)))
