"""Likes as people use them: by REST or by their session, over PostgreSQL, on the test's clock."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import SimpleNamespace
from typing import cast

import trio

from actors.node import Node
from api.admin import add_admin, grant
from api.auth.tokens import Claims
from api.serve import Process
from api.worker import work
from tests.actors.world import Client
from tests.api.edge import Chance
from tests.api.people import Fields, Person, Town

# Real sockets and a real database answer in a moment; a test that waits this long has failed.
PATIENCE_S = 20.0
POLL_S = 0.005
DAY_S = 86_400
GENDERS = ("female", "male")


class Door(StrEnum):
    """Which way an act takes; both must say the same."""

    REST = "rest"
    SESSION = "session"


@dataclass
class Random(Chance):
    """Chance of a seed, so that two tests over one database never meet."""

    rng: random.Random = random.Random(0)  # noqa: RUF009  # replaced by whoever makes one

    def secret(self, size: int) -> bytes:
        return self.rng.randbytes(size)


class Neighbour(Person):
    """Somebody who is signed in and has a session; their token never ends."""

    town: Street
    claims: Claims
    client: Client

    @property
    def access(self) -> str:
        return self.town.edge.token(self.claims.account, self.claims.device)

    async def act(self, op: str, rest: tuple[str, str], **fields: object) -> Fields:
        """Do something by the door of the test; return what matters of the answer."""
        if self.town.door is Door.SESSION:
            reply = await self.said(op, **fields)
            kept = {name: value for name, value in reply.items() if name not in {"re", "message"}}
        else:
            method, path = rest
            body = {name: one for name, one in fields.items() if name not in {"group", "cid"}}
            key = cast("str | None", fields.get("cid"))
            answer = await self.call(method, path, body if key else None, key=key)
            kept = dict(answer.fields) if answer.data else {}
            kept = {name: kept[name] for name in kept if name not in _PROBLEM} | {
                "ok": answer.status < 400
            }
        return kept

    async def said(self, op: str, **fields: object) -> Fields:
        """Say an op in the session and wait for its reply."""
        ref = self.client.say(op, **fields)
        await until(lambda: any(one["re"] == ref for one in self.client.replies))
        return self.client.reply(ref)

    async def love(self, member: str, intent: str = "friend", **more: object) -> Fields:
        """Like a member of the street's group."""
        group = self.town.group
        fields = {"member": member, "intent": intent, "cid": self.town.fresh(), **more}
        return await self.act(
            "like.send", ("POST", f"/v1/groups/{group}/likes"), group=group, **fields
        )

    async def undo(self, like: object) -> Fields:
        """Take the latest like back."""
        return await self.act("like.undo", ("POST", f"/v1/likes/{like}/undo"), like=like)

    async def cancel(self, like: object) -> Fields:
        """Take any like back; REST says no more than that it was done."""
        return await self.act("like.cancel", ("DELETE", f"/v1/likes/{like}"), like=like)

    async def hears(self, event: str, count: int = 1) -> list[Fields]:
        """Wait until the session has heard so many of an event, and return them."""

        def found() -> list[Fields]:
            return [one for one in self.client.events if one["ev"] == event]

        await until(lambda: len(found()) >= count)
        return found()

    async def is_given(self, *words: str) -> str:
        """Have an operator give something: `glimpse admin grant` with these words."""
        parser = argparse.ArgumentParser()
        add_admin(parser)
        chosen = parser.parse_args(["grant", "--phone", self.phone, *words])
        edge, store = self.town.edge, self.town.store
        process = SimpleNamespace(world=edge.services.world, store=store, auth=edge.keys)
        return await grant(cast("Process", process), chosen)

    async def left(self) -> tuple[object, object, object]:
        """Say what is left of today: free likes, super-likes, credits."""
        purse = await self.get("/v1/credits")
        return purse["left_today"], purse["supers_left"], purse["credits"]

    async def causes(self) -> list[tuple[object, object]]:
        """List the moves of the wallet, newest first."""
        return [(move["cause"], move["wallet"]) for move in await self.items("/v1/credits/moves")]

    async def matches(self) -> list[object]:
        """List the states of own matches."""
        return [match["state"] for match in await self.items("/v1/matches")]


_PROBLEM = {"type", "title", "status", "detail"}


@dataclass(kw_only=True)
class Street(Town):
    """A town over PostgreSQL with a node, and one group of its people."""

    node: Node
    door: Door
    rng: random.Random
    group: str = ""
    ids: Sequence[str] = ()

    def fresh(self) -> str:
        """Make a name."""
        return self.edge.services.world.fresh_id()

    async def neighbour(self, gender: str) -> Neighbour:
        """Sign somebody in by phone, and connect them."""
        phone = f"010-{self.rng.randrange(10_000):04}-{self.rng.randrange(10_000):04}"
        profile: Fields = {"nickname": f"fox{len(self.people)}", "birth_year": 1996}
        person = await self.sign_in(phone, {**profile, "gender": gender})
        neighbour = Neighbour(self, phone, person.tokens)
        neighbour.claims = self.edge.keys.verifier.verify(person.access, self.edge.clock())
        neighbour.client = Client(self.node, neighbour.claims.account, neighbour.claims.device)
        self.people.append(neighbour)
        return neighbour

    async def circle(self, size: int, genders: Sequence[str] = GENDERS) -> list[Neighbour]:
        """Make a group of newcomers, women and men in turn; it becomes the street's group."""
        people = [await self.neighbour(genders[number % len(genders)]) for number in range(size)]
        self.group, self.ids = await self.another(people)
        return people

    async def another(self, people: Sequence[Neighbour]) -> tuple[str, list[str]]:
        """Make one more group of the same people; return it and their names in it."""
        owner, *others = people
        made = await owner.call("POST", "/v1/groups", {"type": "created", "name": "Book club"})
        group = str(made.fields["group"])
        first = str(cast("Fields", made.fields["me"])["member"])
        return group, [first] + [await person.join(group) for person in others]

    async def later(self, seconds: float) -> None:
        """Let time pass."""
        self.edge.clock.sleep(seconds)
        self.node.nudge()

    async def tick(self) -> None:
        """Let the next moment come at which matches are told."""
        await self.later(self.edge.services.policy.likes.match_tick_s)

    async def meet(self, one: Neighbour, other: Neighbour, ids: Sequence[str]) -> list[Fields]:
        """Let two like each other and be told; return the likes."""
        likes = [await one.love(ids[1]), await other.love(ids[0])]
        await self.tick()
        for person in (one, other):
            await person.hears("match.new")
        return likes

    async def worked(self, done: trio.Event) -> None:
        """Run the worker until it has done something."""
        services = self.edge.services
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work, self.store, services.world, services.policy)
            with trio.fail_after(PATIENCE_S):
                await done.wait()
            nursery.cancel_scope.cancel()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    with trio.fail_after(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # a frame that was sent tells nobody
            await trio.sleep(POLL_S)
