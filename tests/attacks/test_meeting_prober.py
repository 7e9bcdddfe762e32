"""A prober at a meeting tries to get below k: with questions, looks of his own, and puppets.

Two worlds differ by one person whom he has seen: how she looks, whether she is here, or when she
came. Each attacker first wins against a twin that answers plainly, so that it is known to see.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import pytest

from engine.errors import RateLimited, Refused, TooSpecific
from engine.ids import AccountId, DescriptionId, GroupId, MemberId
from engine.model.account import Gender
from engine.model.appearance import (
    Appearance,
    Colour,
    Feature,
    HairLength,
    Height,
    Lower,
    Upper,
    only,
)
from engine.model.group import GroupDraft, MemberProfile, Visibility
from engine.model.like import Intent
from engine.model.meeting import Description, MeetingCode, MeetingMode, make_meeting
from engine.model.meeting_guard import FitBand, Guard, Verdict, fit_band
from engine.model.meeting_policy import MeetingPolicy
from engine.model.policy import Policy
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from store.memory.state import AccountRow, Memory
from tests.attacks.worlds import auc

TRIALS = 300
AUC_MAX = 0.55
POLICY = Policy()
STEP_MS = POLICY.meetings.count_every_s * 1000
PUPPETS = POLICY.meetings.people_own_max

Seen = tuple[float, ...]
Attack = Callable[[bool, random.Random], Awaitable[Seen]]


@dataclass
class Party:
    """A meeting over the memory twin, with strangers that nobody knows beforehand."""

    store: StoreBundle
    memory: Memory
    rng: random.Random
    group: GroupId
    now_ms: int = 1_000 * STEP_MS + 1

    async def come(self, name: str, look: Appearance) -> AccountId:
        """Come in and say how one looks."""
        who = self._account(name)
        member, profile = MemberId(name), MemberProfile(name)
        await self.store.meetings.enter(
            b"code", None, member, who, profile, POLICY, now_ms=self.now_ms
        )
        await self.show(who, look)
        return who

    async def show(self, who: AccountId, look: Appearance) -> bool:
        """Say how one looks, unless it was too often."""
        try:
            await self.store.meetings.show(self.group, who, look, "", POLICY, now_ms=self.now_ms)
        except RateLimited:
            return False
        return True

    async def ask(self, who: AccountId, wanted: Appearance) -> float:
        """Describe somebody; what comes back is a number."""
        name = base64.urlsafe_b64encode(self.rng.randbytes(12)).decode()
        description = Description(wanted, Intent.FRIEND, name)
        try:
            receipt = await self.store.meetings.describe(
                self.group, who, description, DescriptionId(name), POLICY, now_ms=self.now_ms
            )
        except TooSpecific as refused:
            return -1.0 - 0.1 * [None, *Feature].index(refused.feature and Feature(refused.feature))
        except Refused:
            return -9.0
        return 0.0 if receipt.band is None else 1.0 + [*FitBand].index(receipt.band)

    def wait(self) -> None:
        """Let the next count come."""
        self.now_ms += STEP_MS

    def _account(self, name: str) -> AccountId:
        who = AccountId(name)
        self.memory.accounts[who] = AccountRow(who, None, name, 1995, Gender.OTHER)
        return who


async def make_party(rng: random.Random, strangers: int = 25) -> tuple[Party, AccountId]:
    """Make a meeting of strangers and the prober."""
    memory = Memory()
    fresh = iter(range(10**6))
    chance = Chance(lambda: 0, lambda: f"{next(fresh):016}", rng.randbytes)
    store = open_memory_store(chance=chance, memory=memory)
    party = Party(store, memory, rng, GroupId("g" * 16))
    owner = party._account("owner")
    await store.meetings.create(
        party.group,
        MemberId("owner"),
        owner,
        GroupDraft("g", "", "", (), Visibility.HIDDEN, ""),
        make_meeting(MeetingMode.INTEREST, 12, POLICY.meetings, now_ms=party.now_ms),
        MeetingCode("", b"code"),
        MemberProfile("owner"),
        POLICY,
    )
    for number in range(strangers):
        await party.come(f"stranger{number}", some_look(rng))
    return party, await party.come("prober", Appearance(glasses=True))


def some_look(rng: random.Random) -> Appearance:
    """Draw a look as people have them: black and white, jeans, a few that stand out."""
    colours = [Colour.BLACK] * 5 + [Colour.WHITE] * 4 + [Colour.BLUE, Colour.BEIGE] * 2
    return Appearance(
        upper=rng.choice([Upper.TSHIRT, Upper.TSHIRT, Upper.SHIRT, Upper.KNIT, Upper.JACKET]),
        upper_colour=rng.choice([*colours, Colour.RED]),
        lower=rng.choice([Lower.JEANS, Lower.JEANS, Lower.TROUSERS, Lower.SKIRT]),
        lower_colour=rng.choice([Colour.BLACK, Colour.BLUE, Colour.BEIGE]),
        glasses=rng.random() < 0.4,
        hair=rng.choice([*HairLength]),
        hair_colour=rng.choice([Colour.BLACK, Colour.BLACK, Colour.BROWN]),
        height=rng.choice([*Height]),
    )


def sayings(look: Appearance) -> list[Appearance]:
    """List what can be said of a look, from wide to narrow; no more than an hour allows."""
    parts = [Feature.UPPER, Feature.LOWER, Feature.GLASSES, Feature.HAIR, Feature.HEIGHT]
    found = []
    for size in (1, 2, 3, 4):
        for chosen in combinations(parts, size):
            said = {
                name: value
                for part in chosen
                for name, value in fields_of(only(look, part)).items()
            }
            found.append(replace(Appearance(), **said))  # type: ignore[arg-type]  # its own fields
    return found[: POLICY.meetings.descriptions_per_hour_max // 2]


def fields_of(look: Appearance) -> dict[str, object]:
    """Return what is said, by name."""
    values = {name: getattr(look, name) for name in Appearance.__dataclass_fields__}
    return {name: value for name, value in values.items() if value not in (None, frozenset())}


async def before_and_after(secret: bool, rng: random.Random) -> Seen:  # noqa: FBT001
    """Alice comes, or somebody else does; he asks all there is to ask before and after."""
    party, prober = await make_party(rng)
    alice, other = some_look(rng), some_look(rng)
    party.wait()
    asked = sayings(alice)
    before = [await party.ask(prober, wanted) for wanted in asked]
    await party.come("newcomer", alice if secret else other)
    party.wait()
    after = [await party.ask(prober, wanted) for wanted in asked]
    return summed([one - two for one, two in zip(after, before, strict=True)])


async def another_coat(secret: bool, rng: random.Random) -> Seen:  # noqa: FBT001
    """Alice, who was counted, takes her glasses off or leaves them on."""
    party, prober = await make_party(rng)
    look = replace(some_look(rng), glasses=True)
    alice = await party.come("alice", look)
    party.wait()
    asked = sayings(look)
    before = [await party.ask(prober, wanted) for wanted in asked]
    await party.show(alice, replace(look, glasses=not secret))
    party.wait()
    after = [await party.ask(prober, wanted) for wanted in asked]
    return summed([one - two for one, two in zip(after, before, strict=True)])


async def puppets(secret: bool, rng: random.Random) -> Seen:  # noqa: FBT001
    """He brings as many puppets as make k with Alice, all of her look, which is rare."""
    party, prober = await make_party(rng)
    rare = Appearance(
        upper=Upper.COAT,
        upper_colour=Colour.PURPLE,
        lower=Lower.SHORTS,
        lower_colour=Colour.GREEN,
        height=Height.TALL,
    )
    for number in range(PUPPETS):
        await party.come(f"puppet{number}", rare)
    await party.come("alice", rare if secret else some_look(rng))
    party.wait()
    asked = [only(rare, Feature.UPPER), only(rare, Feature.LOWER), rare]
    seen = [await party.ask(prober, wanted) for wanted in asked]
    seen += [await party.ask(AccountId("puppet0"), wanted) for wanted in asked]
    return summed(seen)


async def own_looks(secret: bool, rng: random.Random) -> Seen:  # noqa: FBT001
    """He and a puppet step into a description and out of it, to find where its answer turns."""
    party, prober = await make_party(rng, strangers=0)
    rare = Appearance(upper=Upper.COAT, upper_colour=Colour.PURPLE)
    plain = Appearance(upper=Upper.TSHIRT, upper_colour=Colour.BLACK)
    for number in range(2):
        await party.come(f"carol{number}", rare)
    own = [prober, *[await party.come(f"puppet{n}", plain) for n in range(PUPPETS)]]
    await party.come("alice", rare if secret else plain)
    seen = []
    for number in range(6):
        for place, who in enumerate(own):
            await party.show(who, rare if (number + place) % 2 else plain)
        party.wait()
        seen += [await party.ask(who, rare) for who in own]
    return summed(seen)


def summed(seen: Sequence[float]) -> Seen:
    """What was seen, and all of it in one number."""
    return (*seen, sum(seen), float(sum(one > 0 for one in seen)))


ATTACKS: dict[str, Attack] = {
    "before and after": before_and_after,
    "another coat": another_coat,
    "sock puppets": puppets,
    "own looks": own_looks,
}


async def best_auc(attack: Attack, rng: random.Random, trials: int) -> float:
    """Run pairs of worlds with the same chance; take whatever number tells them apart best."""
    worlds: dict[bool, list[Seen]] = {True: [], False: []}
    for _ in range(trials):
        chance = rng.getrandbits(64)
        for secret, seen in worlds.items():
            seen.append(await attack(secret, random.Random(chance)))
    columns = zip(*worlds[True], strict=True), zip(*worlds[False], strict=True)
    return max(auc(one, zero) for one, zero in zip(*columns, strict=True))


def plainly(self: Guard, wanted: Appearance, people: Sequence[object]) -> Verdict:
    """Answer with what is true of k people now, as one would without a guard."""
    fitting = self._fitting(wanted, people)  # type: ignore[arg-type]  # as the guard counts them
    few = len(fitting) < MeetingPolicy().people_min
    return Verdict(None) if few else Verdict(fit_band(len(fitting)))


@pytest.mark.parametrize("name", ATTACKS)
async def test_the_prober_wins_against_plain_answers(
    name: str, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Guard, "answer", plainly)
    assert await best_auc(ATTACKS[name], rng, trials=60) > 0.7


@pytest.mark.parametrize("name", ATTACKS)
async def test_the_prober_cannot_tell_the_worlds_apart(name: str, rng: random.Random) -> None:
    assert await best_auc(ATTACKS[name], rng, trials=TRIALS) <= AUC_MAX
