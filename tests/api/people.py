"""People who use the API over the memory twin: they sign in, join groups, like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from api.auth.clerk import Clerk
from api.settings import Environment
from engine.ids import AccountId, Alias, LikeId, MatchId, NodeId, RoomId
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.like_undo import TakeBack
from engine.model.policy import Policy
from engine.ports.likes import Allowance, FreshIds
from engine.rooms.events import Append, Event, EventName, Written
from store import bundle
from store.memory import open_memory_store
from store.memory.state import Memory
from tests.api.edge import Chance, Clock, Edge, Reply, make_edge
from tests.builders import place_like

NODE = NodeId("n" * 16)
Fields = dict[str, object]


@dataclass
class Desk:
    """Hands likes straight to the store, as the actor of a group does."""

    store: bundle.StoreBundle
    policy: Policy
    clock: Clock
    chance: Chance

    async def place(self, request: LikeRequest) -> LikeReceipt:
        fresh = self.chance.fresh_id
        ids = FreshIds(
            LikeId(fresh()), MatchId(fresh()), RoomId(fresh()), Alias(fresh()), Alias(fresh())
        )
        return await place_like(self.store.likes, request, ids, self.policy, now_ms=self.clock())

    async def take_back(self, account: AccountId, like: LikeId, how: TakeBack) -> Allowance:
        return await self.store.likes.take_back(
            account, like, how, self.policy, now_ms=self.clock()
        )


@dataclass
class Person:
    """Somebody who has signed in."""

    town: Town
    phone: str
    tokens: Fields

    @property
    def access(self) -> str:
        return str(self.tokens["access"])

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Reply:
        return await self.town.edge.call(method, path, body, token=self.access, key=key)

    async def hand_in(self, path: str, data: bytes, kind: str = "image/png") -> Reply:
        """Upload a file."""
        headers = {"Content-Type": kind}
        return await self.town.edge.call(
            "POST", path, data=data, token=self.access, headers=headers
        )

    async def get(self, path: str) -> Fields:
        reply = await self.call("GET", path)
        assert reply.status == 200, reply.data
        return reply.fields

    async def items(self, path: str) -> list[Fields]:
        return cast("list[Fields]", (await self.get(path))["items"])

    async def match_rooms(self) -> list[Fields]:
        """List the rooms of matches; every group has one too."""
        return [room for room in await self.items("/v1/rooms") if room["kind"] == "match"]

    async def join(self, group: str, **profile: object) -> str:
        reply = await self.call("POST", f"/v1/groups/{group}/join", {"profile": profile})
        assert reply.status == 200, reply.data
        return str(reply.fields["member"])

    async def like(self, group: str, member: str, intent: str = "friend") -> Reply:
        body = {"member": member, "intent": intent}
        return await self.call("POST", f"/v1/groups/{group}/likes", body)


@dataclass
class Town:
    """The application, its store and the people in it."""

    edge: Edge
    store: bundle.StoreBundle
    people: list[Person] = field(default_factory=list)

    async def code_for(self, phone: str) -> str:
        reply = await self.edge.call("POST", "/v1/auth/otp", {"phone": phone})
        assert (reply.status, reply.fields) == (202, {"expires_in": 300})
        return str(self.edge.texts.sent[0]["code"])

    async def verify(self, phone: str, code: str, profile: Fields | None = None) -> Reply:
        body = {"phone": phone, "code": code, **({"profile": profile} if profile else {})}
        return await self.edge.call("POST", "/v1/auth/otp/verify", body)

    async def sign_in(self, phone: str, profile: Fields | None = None) -> Person:
        reply = await self.verify(phone, await self.code_for(phone), profile)
        assert reply.status == 200, reply.data
        return Person(self, phone, reply.fields)

    async def newcomer(self, gender: str = "female") -> Person:
        number = len(self.people) + 1
        profile = {"nickname": f"fox{number}", "birth_year": 1996, "gender": gender}
        person = await self.sign_in(f"010-1000-{number:04}", profile)
        self.people.append(person)
        return person

    async def group_of(self, size: int, **fields: object) -> tuple[str, list[Person], list[str]]:
        """Make a group of newcomers; return it, them, and their member ids."""
        people = [await self.newcomer("female" if number % 2 else "male") for number in range(size)]
        body = {"type": "created", "name": "Book club", **fields}
        reply = await people[0].call("POST", "/v1/groups", body)
        assert reply.status == 201, reply.data
        group, me = str(reply.fields["group"]), cast("Fields", reply.fields["me"])
        members = [str(me["member"])] + [await person.join(group) for person in people[1:]]
        return group, people, members

    async def match(self, group: str, one: Person, other: Person, ids: Sequence[str]) -> Fields:
        """Let two people of a group like each other; return the match as the first one sees it."""
        assert (await one.like(group, ids[1])).status == 202
        assert (await other.like(group, ids[0])).status == 202
        self.edge.clock.sleep(self.edge.services.policy.likes.match_tick_s)
        (match,) = await one.items("/v1/matches")
        return match

    async def say(self, room: str, sender: str, *texts: str) -> None:
        """Write messages into a room's log, as its owner does."""
        (snapshot,) = await self.store.room_log.claim(
            [RoomId(room)], NODE, now_ms=self.edge.clock()
        )
        events = tuple(
            Event(
                seq=snapshot.seq + number,
                at=self.edge.clock(),
                name=EventName.MESSAGE,
                sender=Alias(sender),
                cid=f"{sender}-{snapshot.seq + number}",
                content={"kind": "text", "body": text},
            )
            for number, text in enumerate(texts, start=1)
        )
        append = Append(RoomId(room), snapshot.fence, snapshot.seq, events, {})
        assert await self.store.room_log.append([append]) == [Written()]


def make_town(
    environment: Environment = Environment.TEST,
    policy: Policy | None = None,
    spend: Callable[[AccountId], None] = lambda _: None,
    clerk: Clerk | None = None,
    memory: Memory | None = None,
) -> Town:
    """Make an empty town; a `memory` that is given can be reached into."""
    policy, clock, chance = policy or Policy(), Clock(), Chance()
    given = bundle.Chance(clock, chance.fresh_id, chance.secret)
    store = open_memory_store(chance=given, memory=memory)
    edge = make_edge(
        store,
        desk=Desk(store, policy, clock, chance),
        environment=environment,
        policy=policy,
        clock=clock,
        chance=chance,
        spend=spend,
        clerk=clerk,
    )
    return Town(edge, store)
