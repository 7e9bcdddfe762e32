"""Whole meetings as hypothesis tells them: who comes, goes, looks, describes, blocks, and meets.

Before each round the pure rule is asked who should meet, from what every person sees of their own
side alone. The store has to match just these, once, both told alike (I6, I12), and to keep nothing
of what was said a day after the end (I13).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Conflict, TooSpecific
from engine.ids import AccountId
from engine.model.account import Gender
from engine.model.appearance import Appearance
from engine.model.group import MemberState
from engine.model.like import Intent
from engine.model.meeting import MeetingMode
from engine.model.meeting_pairs import Attendee, Wish, pair_up
from engine.model.meeting_policy import MeetingPolicy
from engine.model.policy import Policy
from store.bundle import Chance
from tests.store.meeting import BLUE, RED, Party, make_party
from tests.store.opening import open_world
from tests.store.world import Clock, World

PEOPLE = 5
POLICY = Policy(
    meetings=MeetingPolicy(looks_max=1_000, descriptions_per_hour_max=10_000, matches_each_max=4)
)

who = st.integers(0, PEOPLE - 1)
guest = st.integers(1, PEOPLE - 1)  # the organiser stays
looks = st.sampled_from([RED, RED, BLUE])
intents = st.sampled_from([Intent.FRIEND, Intent.FRIEND, Intent.ROMANTIC])
Step = tuple[object, ...]
STEPS: Sequence[st.SearchStrategy[Step]] = (
    *[st.tuples(st.just("describe"), who, looks, intents)] * 5,
    *[st.tuples(st.just("show"), who, looks)] * 3,
    st.tuples(st.just("leave"), guest),
    st.tuples(st.just("come"), guest),
    st.tuples(st.just("withdraw"), who, st.integers(0, 2)),
    *[st.tuples(st.just("block"), who, who)] * 3,
    st.tuples(st.just("wait"), st.sampled_from([1, 60, 301])),
)
# Something happens, then there is a round: with five people all have met all after five of these.
chapters = st.lists(st.one_of(STEPS), max_size=3).map(lambda steps: [*steps, ("round",)])
stories = st.lists(chapters, min_size=4, max_size=7).map(
    lambda story: [*chain.from_iterable(story)]
)


@dataclass
class Meeting:
    """The meeting, and what anybody who watched all of it would know."""

    party: Party
    here: set[AccountId]
    met: set[frozenset[AccountId]] = field(default_factory=set)
    blocked: set[frozenset[AccountId]] = field(default_factory=set)
    shown: set[AccountId] = field(default_factory=set)  # who has said how they look

    @property
    def world(self) -> World:
        """Where it takes place."""
        return self.party.world

    async def tell(self, step: Step) -> None:
        """Let one thing happen."""
        match step:
            case ("describe", int(one), Appearance() as wanted, Intent() as intent):
                await self._describe(self.party.people[one], wanted, intent)
            case ("show", int(one), Appearance() as look):
                if self.party.people[one] in self.here:
                    await self.party.show(self.party.people[one], look)
                    self.shown.add(self.party.people[one])
            case ("round",):
                await self.round()
            case ("leave", int(one)) if self.party.people[one] in self.here:
                account = self.party.people[one]
                await self.world.store.groups.leave(
                    self.party.group, account, now_ms=self.world.now_ms
                )
                self.here.discard(account)
            case ("come", int(one)) if self.party.people[one] not in self.here:
                entered = await self.party.enter(self.party.people[one])
                assert entered.state is MemberState.ACTIVE
                self.here.add(self.party.people[one])
            case ("withdraw", int(one), int(nth)):
                await self._withdraw(self.party.people[one], nth)
            case ("block", int(one), int(other)) if one != other:
                pair = frozenset((self.party.people[one], self.party.people[other]))
                await self.world.block(self.party.people[one], self.party.people[other])
                self.blocked.add(pair)
            case ("wait", int(seconds)):
                self.world.clock.now_ms += seconds * 1000
            case _:
                pass  # nobody is there to do it

    async def round(self) -> None:
        """Run a round; those meet who should, each once, and both know the same."""
        should = pair_up([await self._attendee(one) for one in sorted(self.here)], POLICY)
        before = await self._matches()
        await self.party.round()
        after = await self._matches()
        fresh = [names for match, names in after.items() if match not in before]
        assert Counter(fresh) == Counter(frozenset((pair.one, pair.other)) for pair in should)
        assert self.met.isdisjoint(fresh), "two met twice"
        self.met |= set(fresh)
        assert all(
            sum(account in pair for pair in self.met) <= POLICY.meetings.matches_each_max
            for account in self.party.people
        )

    async def end(self) -> None:
        """End it; a day later nothing that was said is left, and the matches are."""
        world, keeping = self.world, self.world.store.meeting_keeping
        before = await self._matches()
        organiser = self.party.people[0]
        await world.store.meetings.end(self.party.group, organiser, POLICY, now_ms=world.now_ms)
        for wait_ms in (0, POLICY.meetings.erase_after_s * 1000):
            world.clock.now_ms += wait_ms
            while await keeping.end_due(POLICY, now_ms=world.now_ms):
                pass
            while await keeping.erase_due(POLICY, now_ms=world.now_ms):
                pass
        assert await world.hands.traces_of_meeting(self.party.group) == 0
        assert set(await self._matches()) == set(before)

    async def _describe(self, account: AccountId, wanted: Appearance, intent: Intent) -> None:
        if account not in self.here:
            return
        try:
            answer = await self.party.describe(account, wanted, intent=intent)
        except Conflict:  # who looks for somebody can be found
            assert (await self.party.get(account)).look is None
        except TooSpecific:
            pass
        else:
            # A number below three would be an answer about somebody in particular.
            others = self.shown - {account}
            assert answer.band is None or len(others) >= POLICY.meetings.people_min

    async def _withdraw(self, account: AccountId, nth: int) -> None:
        if account not in self.here:
            return
        mine = (await self.party.get(account)).descriptions
        if nth < len(mine):
            await self.world.store.meetings.withdraw(
                self.party.group, account, mine[nth].description, now_ms=self.world.now_ms
            )

    async def _attendee(self, account: AccountId) -> Attendee:
        seen = await self.party.get(account)
        number = self.party.people.index(account)
        pairs = [pair for pair in self.met | self.blocked if account in pair]
        return Attendee(
            account,
            (Gender.FEMALE, Gender.MALE)[number % 2],
            None if seen.look is None else seen.look.look,
            [Wish(one.wanted, one.intent) for one in seen.descriptions],
            sum(account in pair for pair in self.met),
            frozenset[AccountId]().union(*pairs) - {account},
        )

    async def _matches(self) -> dict[str, frozenset[AccountId]]:
        """Who is in which match, as both sides are told; raises where only one is."""
        sides: dict[str, set[AccountId]] = {}
        open_for: dict[str, set[bool]] = {}
        for account in self.party.people:
            found = await self.world.store.likes.matches(
                account, now_ms=self.world.now_ms, after=None, limit=100
            )
            for match in found:
                if match.group == self.party.group:
                    sides.setdefault(match.match, set()).add(account)
                    open_for.setdefault(match.match, set()).add(match.open)
        assert all(len(both) == 2 for both in sides.values()), "one side only knows of a match"
        assert all(len(states) == 1 for states in open_for.values())
        return {match: frozenset(both) for match, both in sides.items()}


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories, mode=st.sampled_from(MeetingMode))
async def test_who_should_meet_meets_once_and_nothing_said_stays(
    place: str | None, chance: tuple[Chance, Clock], story: list[Step], mode: MeetingMode
) -> None:
    async with open_world(place, *chance) as world:
        party = await make_party(world, PEOPLE, mode, POLICY)
        meeting = Meeting(party, set(party.people))
        for one in range(PEOPLE):  # from here all would meet, and the story keeps some from it
            await meeting.tell(("show", one, RED))
            await meeting.tell(("describe", one, RED, Intent.FRIEND))
        for step in story:
            await meeting.tell(step)
        await meeting.end()
