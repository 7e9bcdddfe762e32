"""Is whom Bob talks with in one group the same person as whom he talks with in another?

He compares all he is told of two conversations: lists of matches and rooms, pages of messages, and
every frame of his session while the others write, read, react and take back.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import cast

import pytest

from engine.ids import Alias, GroupId, MatchId, RoomId
from engine.model.policy import Policy
from store.memory.matches import open_match
from store.memory.state import RoomMemberRow
from tests.actors.world import Client, World, account, on_test_clock, open_world, settle
from tests.attacks.test_linking import HERE, THERE, begins_alike, hash_of, leaves
from tests.attacks.test_linking import settle as settle_groups
from tests.attacks.worlds import (
    AUC_MAX,
    TRIALS,
    Secret,
    Seen,
    Visitor,
    edge_of,
    link_auc,
)

PEERS = 5  # conversations of Bob in each group, so that an order can tell something
LEAKS = ("alias", "match", "order", "frames")
Json = dict[str, object]


@dataclass(frozen=True)
class Talk:
    """One conversation of two."""

    group: GroupId
    match: MatchId
    room: RoomId
    peer: str


def talks_of(world: World, rng: random.Random, group: GroupId, who: str, leak: str) -> list[Talk]:
    """Match Bob with somebody of a group, and with some of the others there."""
    talks = []
    for name in (who, *(f"{group[:4]}{number}" for number in range(PEERS - 1))):
        fresh = [f"{rng.getrandbits(64):016x}" for _ in range(4)]
        careless = f"{hash_of(name)}{fresh[0][8:]}"
        match = MatchId(careless if leak == "match" else fresh[0])
        alias = Alias(careless if leak == "alias" else fresh[1])
        room = RoomId(fresh[2])
        sides = [
            RoomMemberRow(Alias(fresh[3]), account("bob"), "bob"),
            RoomMemberRow(alias, account(name), f"{rng.getrandbits(40):010x}"),
        ]
        open_match(world.memory, group, match, room, sides, at=world.parts.now_ms())
        talks.append(Talk(group, match, room, name))
    rng.shuffle(talks)
    return talks


def speak(client: Client, talk: Talk, rng: random.Random) -> None:
    """Do all that a peer does in a conversation; what it says is theirs to choose."""
    client.say("room.open", room=talk.room)
    client.send(talk.room, f"{rng.getrandbits(40):010x}", f"{rng.getrandbits(40):010x}")
    client.say("typing", room=talk.room, on=True)
    client.say("read", room=talk.room, seq=1)
    client.say("msg.react", room=talk.room, seq=1, emoji="👍", on=True)
    client.say("reveal.offer", match=talk.match, step="profile")
    client.say("msg.delete", room=talk.room, seq=1)


async def shown(bob: Visitor, client: Client, talk: Talk) -> tuple[Json, tuple[int, int]]:
    """All that Bob is told of a conversation, and its places in his lists."""
    matches = cast("list[Json]", (await bob.call("GET", "/v1/matches")).fields["items"])
    rooms = cast("list[Json]", (await bob.call("GET", "/v1/rooms")).fields["items"])
    page = (await bob.call("GET", f"/v1/rooms/{talk.room}/messages")).fields
    place = [one["match"] for one in matches if one["group"] == talk.group].index(talk.match)
    at = [one["room"] for one in rooms if one.get("group") == talk.group].index(talk.room)
    (match,) = (one for one in matches if one["match"] == talk.match)
    (room,) = (one for one in rooms if one["room"] == talk.room)
    frames = [one for one in client.heard if one.get("room") == talk.room]
    return {"match": match, "room": room, "page": page, "frames": frames}, (place, at)


def compared(one: Json, other: Json) -> Seen:
    """How much two conversations have in common, as texts, as beginnings, and in length."""
    mine, theirs = ({str(leaf) for leaf in leaves(side)} for side in (one, other))
    alike = max(
        (begins_alike(a, b) for a in mine - theirs for b in theirs - mine if len(a) > 8),
        default=0,
    )
    return (len(mine & theirs), alike, abs(len(str(one)) - len(str(other))))


async def linked(secret: Secret, rng: random.Random, leak: str) -> Seen:
    """Bob talks with somebody of each group, and compares all he sees of the two."""
    async with open_world(policy=Policy(limited=False)) as world:
        who = "alice" if secret else "zoe"
        settle_groups(world, rng, secret, "")
        talks = {
            group: talks_of(world, rng, group, name, leak)
            for group, name in ((HERE, "alice"), (THERE, who))
        }
        bob = Visitor(world, "bob", edge_of(world, Policy(limited=False)))
        client = world.client("bob")
        for talk in (*talks[HERE], *talks[THERE]):
            client.say("room.open", room=talk.room)
        await settle()
        for talk in (*talks[HERE], *talks[THERE]):
            speak(world.client(talk.peer), talk, rng)
        await settle()
        both = [
            next(talk for talk in talks[group] if talk.peer == name)
            for group, name in ((HERE, "alice"), (THERE, who))
        ]
        (here, places), (there, others) = [await shown(bob, client, talk) for talk in both]
        if leak == "order":  # by the account
            places, others = ((int(hash_of(name), 16) % 97,) * 2 for name in ("alice", who))
        if leak == "frames":  # a device's name goes along
            for one, name in ((here, "alice"), (there, who)):
                one["frames"] = {"device": f"device of {hash_of(name)}"}
        apart = [abs(a - b) for a, b in zip(places, others, strict=True)]
        return (*compared(here, there), *apart)


@pytest.mark.parametrize("leak", LEAKS)
@on_test_clock
async def test_the_attacker_links_talks_of_a_careless_twin(leak: str, rng: random.Random) -> None:
    assert await link_auc(linked, leak, rng, trials=12) > 0.9


@on_test_clock
async def test_no_two_conversations_are_linked(rng: random.Random) -> None:
    assert await link_auc(linked, "", rng, TRIALS) <= AUC_MAX
