"""Rounds: both must agree, nobody twice, nobody whom they must not meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.ids import AccountId
from engine.model.account import Gender
from engine.model.appearance import Appearance, Colour, Height, score
from engine.model.like import Intent
from engine.model.meeting_pairs import Attendee, Wish, pair_up
from engine.model.policy import Policy

POLICY = Policy()
RED, BLUE = Appearance(upper_colour=Colour.RED), Appearance(upper_colour=Colour.BLUE)
OTHERS = [Attendee(AccountId(f"z{number}"), side, None) for number, side in enumerate(Gender)] + [
    Attendee(AccountId("z8"), Gender.FEMALE, None),
    Attendee(AccountId("z9"), Gender.MALE, None),
]


def who(
    name: str, look: Appearance, wanted: Appearance, intent: Intent = Intent.FRIEND
) -> Attendee:
    return Attendee(AccountId(name), Gender.FEMALE, look, (Wish(wanted, intent),))


def names(people: Sequence[Attendee], policy: Policy = POLICY) -> list[tuple[str, str]]:
    return [(pair.one, pair.other) for pair in pair_up(people, policy)]


def test_two_who_described_each_other_meet() -> None:
    ann, ben = who("ann", RED, BLUE), who("ben", BLUE, RED)
    assert names([ben, ann, *OTHERS]) == [("ann", "ben")]
    assert names([ann, who("ben", BLUE, BLUE), *OTHERS]) == []  # one direction only
    assert names([ann, who("ben", BLUE, RED, Intent.ROMANTIC), *OTHERS]) == []
    assert names([ann, replace(ben, look=None), *OTHERS]) == []


def test_they_do_not_meet_apart_again_or_without_end() -> None:
    ann, ben = who("ann", RED, BLUE), who("ben", BLUE, RED)
    assert names([ann, replace(ben, apart=frozenset({ann.account})), *OTHERS]) == []
    assert names([replace(ann, apart=frozenset({ben.account})), ben, *OTHERS]) == []
    assert names([ann, replace(ben, met=POLICY.meetings.matches_each_max), *OTHERS]) == []


def test_it_opens_when_enough_are_here() -> None:
    ann, ben = who("ann", RED, BLUE), who("ben", BLUE, RED)
    assert names([ann, ben, OTHERS[0]]) == []
    assert names([ann, ben, *OTHERS[:2]]) == [("ann", "ben")]
    amy = who("amy", RED, BLUE, Intent.ROMANTIC)
    bob = replace(who("bob", BLUE, RED, Intent.ROMANTIC), gender=Gender.MALE)
    women = [Attendee(AccountId(f"w{number}"), Gender.FEMALE, None) for number in range(3)]
    assert names([amy, bob, *women]) == []  # one man
    assert names([amy, bob, *women, OTHERS[-1]]) == [("amy", "bob")]


looks = st.builds(
    Appearance,
    upper_colour=st.none() | st.sampled_from([Colour.RED, Colour.BLUE]),
    height=st.none() | st.sampled_from(Height),
)


@given(st.lists(st.tuples(looks, looks, st.sampled_from(Intent)), max_size=12))
def test_a_round_is_mutual_and_does_not_hang_on_the_order(
    said: list[tuple[Appearance, Appearance, Intent]],
) -> None:
    people = [who(f"p{number:02}", *one) for number, one in enumerate(said)] + OTHERS
    pairs = pair_up(people, POLICY)
    met = [name for pair in pairs for name in (pair.one, pair.other)]
    assert len(met) == len(set(met))
    by_name = {one.account: one for one in people}
    for pair in pairs:
        one, other = by_name[pair.one], by_name[pair.other]
        assert one.look is not None
        assert other.look is not None
        assert score(one.wishes[0].wanted, other.look) >= 0.7
        assert score(other.wishes[0].wanted, one.look) >= 0.7
    assert pair_up(people[::-1], POLICY) == pairs
