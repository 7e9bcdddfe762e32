"""What happens in a world: clients chat, trouble strikes, then comes peace and all is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import trio

from actors.session import Session
from api.gateway.connection import Connection
from engine.limits import CLIENT_FRAME_BYTES_MAX, CONTROL_COMMANDS_MAX
from tests.sim.clients import Client
from tests.sim.faults import Steps
from tests.sim.rest import block, unmatch
from tests.sim.world import Life, World

_UNREAD_UP_MAX = 65_536  # a client whose bytes are not taken does not write more
_TALK_EVERY_S = 3.0  # the plan's pauses between troubles are for people who talk as often as this
_OF_EACH_LINE = frozenset(
    {"cut_every_s", "stall_every_s", "vanish_every_s", "stop_reading_every_s"}
)
_LOOK_S = 1.0  # between two looks whether all is well again
_WAITING_MAX = 10  # a person who hears nothing for long stops talking
_ACTIONS = (
    *("say", "say", "say", "say", "read", "typing", "repeat", "twist", "open", "close"),
    *("delete", "react"),
)
_OF_THE_HEART = ("like", "like", "take back", "reveal", "reveal", "reveal")
_CIRCLE = 8  # people; in a larger circle they think of each other less often
_EMOJIS = ("👍", "❤", "😂")


async def troubled(world: World) -> None:
    """Chat under the plan's faults, heal, and wait until everybody holds everything."""
    async with trio.open_nursery() as nursery:
        for client in world.clients:
            client.dial()
            _chat_later(world, client)
        nursery.start_soon(_watch, world)
        for name, work in _troubles(world).items():
            nursery.start_soon(_strike, world, name, work)
        await trio.sleep(world.plan.seconds)
        await heal(world)
        nursery.cancel_scope.cancel()


async def heal(world: World) -> None:
    """End the faults and wait for rest, within the bound."""
    world.healed.set()
    world.switch.heal()
    world.set_clock()
    for client in world.clients:
        client.stopped_s = 0.0
    async with world.one_restart_at_a_time:
        pass  # whoever is on the way out has gone
    began = trio.current_time()
    while not world.settled:
        if trio.current_time() - began > world.plan.converge_s:
            world.fail(f"liveness: {world.unsettled()}")
        await trio.sleep(_LOOK_S)
        for client in world.clients:
            if client.greeted:
                client.retry()
    world.converged_s = trio.current_time() - began


# --- clients -------------------------------------------------------------------------------


def _chat_later(world: World, client: Client) -> None:
    pause_s = client.rng.expovariate(1 / world.plan.message_every_s)
    world.agenda.after(pause_s, partial(_chat, world, client))


def _chat(world: World, client: Client) -> None:
    if world.healed.is_set():
        return
    sock = client.sock
    if sock is not None and client.greeted and sock.unread_up <= _UNREAD_UP_MAX:
        client.retry()
        for _ in range(client.rng.choice((1, 1, 1, 1, 4, 20))):
            _act(world, client)
    _chat_later(world, client)


def _act(world: World, client: Client) -> None:
    rng, plan = client.rng, world.plan
    if rng.random() < plan.heart * min(1.0, _CIRCLE / plan.people):
        client.heart.act(rng.choice(_OF_THE_HEART))
        return
    live = [room for room, view in client.views.items() if view.live]
    if not live:
        return
    room, action = rng.choice(live), rng.choice(_ACTIONS)
    view = client.views[room]
    said = client.person.lately.get(room)
    if action == "say" and not view.closed and len(client.waiting) < _WAITING_MAX:
        client.say(room, f"body {rng.getrandbits(32)}" + "x" * rng.choice((0, 0, 10, 900)))
    elif action == "read":
        client.put({"op": "read", "room": room, "seq": rng.randint(0, (view.last or 0) + 1)})
    elif action == "typing":
        client.put({"op": "typing", "room": room, "on": rng.random() < 0.5})
    elif action == "repeat" and said:
        client.repeat(rng.choice(said))
    elif action == "twist" and said and (known := [one for one in said if one.seq]):
        client.twist(rng.choice(known))
    elif action == "delete" and said and (known := [one for one in said if one.seq]):
        client.delete(rng.choice(known))
    elif action == "react" and view.last:
        client.react(room, rng.randint(1, view.last), rng.choice(_EMOJIS), on=rng.random() < 0.7)
    elif action == "open":
        client.open(room)
    elif action == "close":
        client.close(room)


# --- trouble -------------------------------------------------------------------------------


def _troubles(world: World) -> dict[str, Callable[[], Awaitable[None]]]:
    return {
        "cut_every_s": partial(_cut, world),
        "stall_every_s": partial(_stall, world),
        "vanish_every_s": partial(_vanish, world),
        "stop_reading_every_s": partial(_stop_reading, world),
        "clock_steps_every_s": partial(_step_clock, world),
        "kill_every_s": partial(_kill, world),
        "kill_at_step_every_s": partial(_kill_at_step, world),
        "drain_every_s": partial(_drain, world),
        "overlap_every_s": partial(_overlap, world),
        "unmatch_every_s": partial(unmatch, world),
        "block_every_s": partial(block, world),
    }


async def _strike(world: World, name: str, work: Callable[[], Awaitable[None]]) -> None:
    # In proportion to what is said, in a world that is larger or quieter as in any other.
    often = _TALK_EVERY_S / world.plan.message_every_s
    if name in _OF_EACH_LINE:
        often *= len(world.clients)
    while True:
        await trio.sleep(world.switch.pause_s(name) / often)
        if world.healed.is_set():
            return
        world.switch.note(name)
        await work()


def _somebody(world: World) -> Client | None:
    connected = [client for client in world.clients if client.sock is not None]
    return world.switch.rng.choice(connected) if connected else None


async def _cut(world: World) -> None:
    client, rng = _somebody(world), world.switch.rng
    await trio.lowlevel.checkpoint()
    if client is not None and client.sock is not None:
        sock = client.sock
        sock.lose_tail(rng.randint(0, sock.unread_up))
        if rng.random() < 0.5:
            sock.reset()
        else:
            sock.hang_up()
            client.hang_up()


async def _stall(world: World) -> None:
    """What is said does not arrive for a while: then late, behind a new line even, or in part."""
    client, rng = _somebody(world), world.switch.rng
    if client is None or client.sock is None:
        return
    sock = client.sock
    sock.stall()
    for _ in range(rng.randint(1, 5)):
        if client.greeted and client.sock is sock:
            _act(world, client)
    await trio.sleep(rng.uniform(0.0, 3.0))
    if client.sock is not sock or rng.random() < 0.2:
        sock.arrive()
    elif rng.random() < 0.6:
        sock.vanish()
        client.hang_up()
        world.agenda.after(rng.uniform(0.0, 20.0), sock.arrive)
    else:
        sock.arrive(lost=rng.randint(0, sock.unread_up))
        client.hang_up()


async def _vanish(world: World) -> None:
    client = _somebody(world)
    await trio.lowlevel.checkpoint()
    if client is not None and client.sock is not None:
        client.sock.vanish()
        client.hang_up()


async def _stop_reading(world: World) -> None:
    client = _somebody(world)
    await trio.lowlevel.checkpoint()
    if client is not None:
        client.stopped_s = trio.current_time() + world.switch.rng.uniform(1.0, 50.0)


async def _step_clock(world: World) -> None:
    await trio.lowlevel.checkpoint()
    world.step_clock()


async def _kill(world: World) -> None:
    async with world.one_restart_at_a_time:
        world.kill(world.life)
        await trio.sleep(world.switch.rng.choice((0.0, 0.01, 1.0, 5.0)))
        await world.start_life()


async def _kill_at_step(world: World) -> None:
    async with world.one_restart_at_a_time:
        life, struck = world.life, trio.Event()

        def strike() -> None:
            world.kill(life)
            struck.set()

        Steps(world.switch.rng.randint(1, 200), strike)
        await struck.wait()
        await world.start_life()


async def _drain(world: World) -> None:
    async with world.one_restart_at_a_time:
        old = world.life
        await world.start_life()
        await world.drain(old)


async def _overlap(world: World) -> None:
    """Two processes at once: one that was taken for dead goes on with old fences, or goes back.

    New connections go to the younger, or to both as through a balancer. In the end both may stay.
    """
    rng = world.switch.rng
    async with world.one_restart_at_a_time:
        old = world.life
        new = await world.start_life()
        old.open = rng.random() < 0.5
        with trio.move_on_after(rng.uniform(0.0, 20.0)):
            await world.healed.wait()
            return
        if rng.random() < 0.7:
            world.kill(old)
        else:
            world.kill(new)
            old.open = True


# --- bounds --------------------------------------------------------------------------------


async def _watch(world: World) -> None:
    """Look at every queue now and then (I10)."""
    while True:
        await trio.sleep(world.switch.rng.uniform(0.1, 1.0) * max(1.0, len(world.clients) / 20))
        for life in world.lives:
            _look(world, life)


def _look(world: World, life: Life) -> None:
    bounds = world.bounds
    outbox = bounds["OUTBOX_BYTES_MAX"] + CLIENT_FRAME_BYTES_MAX
    for connection in life.hub.connections():
        assert isinstance(connection, Connection)
        if connection._queue_bytes > outbox:
            world.fail("I10: an outbox is over its bound")
        session = connection._receiver
        if isinstance(session, Session):
            if max(len(session._replies), session._quiet) > bounds["OPS_IN_FLIGHT_MAX"]:
                world.fail("I10: too many ops are in flight")
            if session._replies.waiting_bytes > outbox:
                world.fail("I10: too much waits behind an op")
    for registry in (life.node.rooms.registry, life.node.likes.registry):
        for one in registry.statistics():
            if one.mail > one.mailbox_max + CONTROL_COMMANDS_MAX + bounds["MAIL_BATCH_MAX"]:
                world.fail(f"I10: the mailbox of {one.name} is over its bound")
    if life.node.committer.waiting > bounds["COMMIT_ROOMS_MAX"]:
        world.fail("I10: the committer's queue is over its bound")
