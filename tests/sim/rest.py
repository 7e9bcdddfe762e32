"""What people do by REST: end a match, or block somebody."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from engine.errors import Outage, Refused
from engine.ids import BlockId
from engine.ports.blocks import NewBlock
from tests.sim.faults import Bug

if TYPE_CHECKING:
    from tests.sim.world import World


async def unmatch(world: World) -> None:
    """Have somebody end a match."""
    rng, now_ms = world.switch.rng, world.now_ms()
    rows = world.memory.matches.values()
    told = [one for one in rows if not one.ended and one.visible_at <= now_ms]
    if not (told and world.lives):
        return
    match, life = rng.choice(told), rng.choice(world.lives)
    with suppress(Outage, Refused, Bug):
        await world.likes.end_match(match.match, rng.choice(sorted(match.sides)), now_ms=now_ms)
        life.node.nudge()


async def block(world: World) -> None:
    """Have somebody block another whom they share a room with."""
    rng = world.switch.rng
    rows = [row for row in world.memory.rooms.values() if not row.closing and len(row.members) > 1]
    if not (rows and world.lives):
        return
    row, life = rng.choice(rows), rng.choice(world.lives)
    one, other = rng.sample([row.members[alias] for alias in sorted(row.members)], 2)
    new = NewBlock(other.account, BlockId(world.fresh_id()), other.nickname)
    with suppress(Outage, Refused, Bug):
        await world.blocks.block(one.account, new, now_ms=world.now_ms())
        life.node.look_again(row.room)
        life.node.nudge()
        hidden, now_s = world.truth.hidden, world.agenda.now_s
        hidden.answered(row.room, one.account, other.account, at_s=now_s)
