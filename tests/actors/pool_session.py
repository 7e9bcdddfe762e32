"""A session in a live pool, word for word: what the first of two says and hears.

`python -m tests.actors.pool_session` writes the file again. A changed file is a changed protocol.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import trio

from engine.ids import GroupId
from engine.ports.seeding import SeedPlan
from tests.actors.world import Client, on_test_clock, open_world

FILE = Path(__file__).parents[1] / "engine" / "golden" / "pool.session"

# Names that chance gives are told apart, and no more.
_NAME = re.compile(r'"(id\d{14}|[\w-]{16})"')


class _Script:
    """Both directions of one connection, in order."""

    def __init__(self, client: Client, group: GroupId) -> None:
        self._client = client
        self._names = {str(group): "GROUP"}
        self._lines: list[str] = []
        self._heard = 0

    async def say(self, op: str, seconds: float, **fields: object) -> int:
        """Say something, and write down what is heard meanwhile."""
        ref = self._client.say(op, **fields)
        self._write(">", {"op": op, "id": ref, **fields})
        await self.hear(seconds)
        return ref

    async def hear(self, seconds: float) -> None:
        """Listen."""
        await trio.sleep(seconds)
        for frame in self._client.heard[self._heard :]:
            self._write("<", frame)
        self._heard = len(self._client.heard)

    def text(self) -> str:
        """Return what was written."""
        return "\n".join(self._lines) + "\n"

    def _write(self, way: str, frame: dict[str, object]) -> None:
        said = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
        self._lines.append(f"{way} {_NAME.sub(self._named, said)}")

    def _named(self, found: re.Match[str]) -> str:
        name = self._names.setdefault(found[1], f"NAME {len(self._names)}")
        return f'"{name}"'


async def transcript() -> str:
    """Join, ask twice, change, explain, leave, come back, be refused, meet."""
    async with open_world() as world:
        plan = SeedPlan(4, 1)
        one, other, *_ = await world.store.seeding.seed(plan, now_ms=world.parts.now_ms())
        client, peer = Client(world.node, one.account), Client(world.node, other.account)
        script, want = _Script(client, one.group), {"intent": "friend"}
        joins = {"pool": one.group, "me": {"interests": ["차"]}, "want": want, "cid": "c-1"}
        ref = await script.say("pool.join", 2, **joins)
        ticket = client.reply(ref)["ticket"]
        await script.say("pool.join", 1, **joins)
        await script.say("pool.join", 1, **{**joins, "me": {}})
        await script.say("pool.update", 1, ticket=ticket, me={"features": ["hat"]})
        await script.say("pool.update", 1, ticket=ticket, me={"features": ["wings"]})
        await script.say("pool.explain", 1, ticket=ticket)
        await script.say("pool.leave", 1, ticket=ticket)
        await script.say("pool.explain", 1, ticket=ticket)
        await script.say("pool.join", 1, **{**joins, "cid": "c-2"})
        peer.say("pool.join", pool=other.group, me={}, want=want, cid="c-3")
        await script.hear(5)
        return script.text()


@on_test_clock
async def _rewrite() -> None:
    FILE.write_text(await transcript())


if __name__ == "__main__":
    _rewrite()
