"""Whatever four processes do at once is what some order of it would have done (I6, I7, I13).

Each round gives four writers of one PostgreSQL an act or none, at the same moment. Then an order
of these acts is looked for in which the memory twin answers the same and ends up the same.
"""

from __future__ import annotations

import base64
import copy
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple

import pytest
import trio
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from engine.credits.ledger import Balances, Kind
from engine.ids import AccountId, Alias, LikeId, MatchId, MemberId, RoomId
from engine.model.account import Gender
from engine.model.group import GroupDraft, GroupType, MemberProfile, MemberState, Role, Visibility
from engine.model.like import Intent, LikeRequest
from engine.model.like_undo import LikeState, TakeBack
from engine.ports.likes import FreshIds
from engine.ports.outbox import NoticeKind
from engine.ports.seeding import SeededUser, SeedPlan
from store.asyncio_bridge import Bridge, open_bridge
from store.bundle import Chance, StoreBundle
from store.connection import Connection, connect
from store.memory import open_memory_store
from store.memory.state import AccountRow, GroupRow, MemberRow, Memory
from store.postgres import open_postgres_store
from tests.postgres import Databases
from tests.store.acts import (
    Act,
    Block,
    Delete,
    End,
    Join,
    Leave,
    Outcome,
    Pay,
    Place,
    Retract,
    Subscribe,
    perform,
)
from tests.store.world import MASTER_KEY, NOON_MS, POLICY
from tests.store.writers import WRITERS, Writers, open_writers

PEOPLE = 6
DAY_S = 86_400
TOLD = (NoticeKind.MATCH, NoticeKind.MATCH_ENDED)

# What a round holds, by name: mostly likes, among few, so that many are mutual.
who = st.integers(0, PEOPLE - 1)
nth = st.integers(0, 3)
intent = st.sampled_from([Intent.FRIEND, Intent.FRIEND, Intent.FRIEND, Intent.ROMANTIC])
pair = st.sampled_from([(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)])
paid = st.sampled_from([Kind.GIVE, Kind.SPEND])
DRAFTS = {
    "like": st.tuples(pair, intent, st.booleans()),
    "undo": st.tuples(nth),
    "cancel": st.tuples(nth),
    "end": st.tuples(nth, st.booleans()),
    "block": st.tuples(pair, st.booleans()),
    "leave": st.tuples(who),
    "join": st.tuples(who),
    "delete": st.tuples(who),
    "pay": st.tuples(who, paid, st.integers(1, 2)),
}
NAMES = [*["like"] * 14, *["undo", "cancel", "end", "join", "pay"] * 2, "block", "leave", "delete"]
drafts = st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), DRAFTS[name]))
waits_s = st.sampled_from([0, 0, 1, 3, 301, DAY_S, 14 * DAY_S])

Draft = tuple[str, tuple[object, ...]]
Seen = tuple[object, ...]


def seen_in_memory(memory: Memory) -> Seen:
    """What has become of likes, matches, credits, memberships and news."""
    return (
        {row.like: (row.state.value, row.match, row.spent) for row in memory.likes.values()},
        {row.match: row.ended for row in memory.matches.values()},
        {row.account: astuple(row.balances) for row in memory.accounts.values()},
        {key: row.state.value for key, row in memory.members.items()},
        Counter(
            (row.notice.kind.value, row.notice.account, row.notice.content["match"])
            for row in memory.outbox.values()
            if row.notice.kind in TOLD
        ),
    )


async def seen_in_postgres(db: Connection, people: Sequence[str]) -> Seen:
    """The same, of these people."""
    names = list(people)
    likes = await db.fetch("SELECT * FROM likes WHERE sender_id = ANY($1::text[])", names)
    matches = await db.fetch("SELECT * FROM matches WHERE low_id = ANY($1::text[])", names)
    accounts = await db.fetch("SELECT * FROM accounts WHERE account_id = ANY($1::text[])", names)
    members = await db.fetch("SELECT * FROM memberships WHERE account_id = ANY($1::text[])", names)
    news = await db.fetch(
        "SELECT kind, account_id, content->>'match' AS match FROM outbox"
        " WHERE account_id = ANY($1::text[]) AND kind = ANY($2::text[])",
        names,
        [kind.value for kind in TOLD],
    )
    return (
        {row["like_id"]: (row["state"], row["match_id"], row["spent"]) for row in likes},
        {row["match_id"]: row["ended_at"] is not None for row in matches},
        {
            row["account_id"]: (
                row["credits"],
                row["credits_held"],
                row["credits_spent"],
                row["credits_issued"],
                row["credits_owed"],
            )
            for row in accounts
        },
        {(row["group_id"], row["account_id"]): row["state"] for row in members},
        Counter((row["kind"], row["account_id"], row["match"]) for row in news),
    )


class LikeMachine(RuleBasedStateMachine):
    """Some people in one group, and what they do."""

    dsn: str
    writers: Writers
    rng: random.Random

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = NOON_MS
        self.memory = Memory()
        self.people: list[SeededUser] = []
        self.placed: list[tuple[AccountId, AccountId, FreshIds]] = []

    # --- people -------------------------------------------------------------------------------

    @initialize(poor=st.sets(who, max_size=2))
    def meet(self, poor: set[int]) -> None:
        """Make the same people in both stores: most have premium, some only two credits."""
        trio.run(self._meet)
        for number, one in enumerate(self.people):
            gift = Pay(one.account, Kind.GIVE, self.fresh(), 2)
            self._do([gift if number in poor else Subscribe(one.account, 20)])

    async def _meet(self) -> None:
        chance = Chance(lambda: self.now_ms, self.fresh, self.rng.randbytes)
        async with (
            open_bridge() as bridge,
            open_postgres_store(bridge, self.dsn, master_key=MASTER_KEY, chance=chance) as store,
        ):
            self.people = list(await store.seeding.seed(SeedPlan(PEOPLE, 1), now_ms=self.now_ms))
            rows = await bridge.call(self._members)
        memory, group = self.memory, self.people[0].group
        draft = GroupDraft("g", "", "", (), Visibility.PUBLIC, "")
        memory.groups[group] = GroupRow(group, GroupType.CREATED, draft, None, 0)
        for account, member, role, gender in rows:
            memory.accounts[account] = AccountRow(account, None, account, 1995, Gender(gender))
            memory.members[group, account] = MemberRow(
                member, group, account, MemberState.ACTIVE, Role(role), MemberProfile(account)
            )

    async def _members(self) -> list[tuple[AccountId, MemberId, str, str]]:
        connection = await connect(self.dsn)
        try:
            rows = await connection.fetch(
                "SELECT account_id, member_id, role, gender FROM memberships"
                " JOIN accounts USING (account_id) WHERE group_id = $1",
                self.people[0].group,
            )
        finally:
            await connection.close(timeout=5)
        return [(row["account_id"], row["member_id"], row["role"], row["gender"]) for row in rows]

    def fresh(self) -> str:
        """Make a name."""
        return base64.urlsafe_b64encode(self.rng.randbytes(12)).decode()

    # --- rounds -------------------------------------------------------------------------------

    @rule(round_=st.lists(drafts, min_size=2, max_size=WRITERS), wait_s=waits_s)
    def act(self, round_: list[Draft], wait_s: int) -> None:
        """Do some things at once."""
        self.now_ms += wait_s * 1000
        self._do([self._act(*draft) for draft in round_])

    def _do(self, acts: list[Act]) -> None:
        shares: list[list[Act]] = [[] for _ in range(WRITERS)]
        for number, act in enumerate(acts):
            shares[number].append(act)
        said = self.writers.do(shares, POLICY, self.now_ms)
        done = [(act, answers[0]) for act, answers in zip(acts, said, strict=False)]
        after = trio.run(self._explained, done)
        assert after is not None, f"no order explains {done}"
        self.memory = after
        check_conservation(after)

    def _act(self, kind: str, rest: tuple[object, ...]) -> Act:
        match kind, rest:
            case "like", ((int(one), int(other)), Intent() as hope, bool(is_super)):
                return self._like(self.people[one], self.people[other], hope, is_super=is_super)
            case "undo" | "cancel", (int(number),) if self.placed:
                sender, _, ids = self._placed(number)
                return Retract(sender, ids.like, TakeBack(kind))
            case "end", (int(number), bool(sender_ends)) if self.placed:
                sender, target, ids = self._placed(number)
                return End(sender if sender_ends else target, ids.match)
            case "block", ((int(one), int(other)), bool(on)):
                return Block(self.people[one].account, self.people[other].account, on)
            case "leave", (int(one),):
                return Leave(self.people[one].account, self.people[one].group)
            case "join", (int(one),):
                me, member = self.people[one], MemberId(self.fresh())
                return Join(me.account, me.group, member)
            case "delete", (int(one),):
                return Delete(self.people[one].account)
            case "pay", (int(one), Kind() as way, int(amount)):
                return Pay(self.people[one].account, way, self.fresh(), amount)
        return Pay(self.people[0].account, Kind.GIVE, self.fresh(), 1)

    def _like(self, one: SeededUser, other: SeededUser, intent: Intent, *, is_super: bool) -> Place:
        member = self.memory.members[other.group, other.account].member
        request = LikeRequest(one.group, one.account, member, intent, is_super, self.fresh())
        like, match, room, mine, theirs = (self.fresh() for _ in range(5))
        ids = FreshIds(LikeId(like), MatchId(match), RoomId(room), Alias(mine), Alias(theirs))
        self.placed.append((one.account, other.account, ids))
        return Place([(request, ids)])

    def _placed(self, number: int) -> tuple[AccountId, AccountId, FreshIds]:
        """Name one of the last likes, also one of this very round."""
        return self.placed[-1 - number % len(self.placed)]

    # --- the order of a round -----------------------------------------------------------------

    async def _explained(self, done: list[tuple[Act, Outcome]]) -> Memory | None:
        async with open_bridge() as bridge:
            wanted = await self._look(bridge)
        return await self._ordered(self.memory, done, wanted)

    async def _look(self, bridge: Bridge) -> Seen:
        async def work() -> Seen:
            connection = await connect(self.dsn)
            try:
                return await seen_in_postgres(connection, [one.account for one in self.people])
            finally:
                await connection.close(timeout=5)

        return await bridge.call(work)

    async def _ordered(
        self, before: Memory, rest: list[tuple[Act, Outcome]], wanted: Seen
    ) -> Memory | None:
        """Find an order that leads to what is there."""
        if not rest:
            return before if seen_in_memory(before) == wanted else None
        for number, (act, answer) in enumerate(rest):
            after = copy.deepcopy(before)
            if await perform(self._store(after), act, POLICY, self.now_ms) == answer:
                others = rest[:number] + rest[number + 1 :]
                found = await self._ordered(after, others, wanted)
                if found is not None:
                    return found
        return None

    def _store(self, memory: Memory) -> StoreBundle:
        chance = Chance(lambda: self.now_ms, self.fresh, self.rng.randbytes)
        return open_memory_store(chance=chance, memory=memory)


def check_conservation(memory: Memory) -> None:
    """Open matches are the mutual pairs, of people who are there; credits sum to zero."""
    likes = list(memory.likes.values())
    for match in memory.matches.values():
        both = [like for like in likes if like.match == match.match]
        assert {like.request.sender for like in both} == match.sides == {x.target for x in both}
        assert len({(like.request.group, like.request.intent) for like in both}) == 1
        assert {like.state for like in both} == {LikeState.MATCHED}
        if not match.ended:
            assert not memory.hidden(*sorted(match.sides))
            for account in match.sides:
                assert memory.members[match.group, account].state is MemberState.ACTIVE
    pairs = Counter((row.group, row.sides) for row in memory.matches.values() if not row.ended)
    assert all(count == 1 for count in pairs.values())
    still = {
        (like.request.group, like.request.sender, like.target, like.request.intent)
        for like in likes
        if like.state is LikeState.OPEN
    }
    assert not {(g, a, b, i) for g, a, b, i in still if (g, b, a, i) in still}
    for row in memory.accounts.values():
        held = Balances()
        for move in row.moves.values():
            held = held.after(move.entries)
        assert held == row.balances


@pytest.fixture(scope="module")
def machine(databases: Databases) -> Iterator[type[LikeMachine]]:
    """The machine with its database and writers."""
    dsn, rng = databases.fresh(), random.Random(0)

    class Machine(LikeMachine):
        pass

    Machine.dsn, Machine.rng = dsn, rng
    with open_writers(dsn, rng) as writers:
        Machine.writers = writers
        yield Machine


# What depends on who comes first cannot be made smaller by trying again.
_SETTINGS = settings(max_examples=20, stateful_step_count=15, phases=[Phase.generate])


def test_every_round_of_four_writers_has_an_order(machine: type[LikeMachine]) -> None:
    run_state_machine_as_test(machine, settings=_SETTINGS)
