"""The ledger: it sums to zero, no account is below zero, and what was asked twice is done once."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.credits.ledger import (
    Ask,
    Balances,
    Cause,
    Entries,
    Kind,
    Move,
    decide_move,
    repeated,
)
from engine.errors import BadRequest, Conflict, NotEnoughCredits, NotFound
from engine.limits import CREDITS_PER_MOVE_MAX

GIVE = Ask(Kind.GIVE, Cause.OPERATOR, "g", 5)
SPEND = Ask(Kind.SPEND, Cause.LIKE, "s", 3, "like")


def done(balances: Balances, ask: Ask, of: Move | None = None) -> Balances:
    return balances.after(decide_move(balances, ask, of, now_ms=1).entries)


def test_what_is_given_can_be_spent_and_no_more() -> None:
    rich = done(Balances(), GIVE)
    assert rich == Balances(wallet=5, issued=5)
    spent = done(rich, SPEND)
    assert spent == Balances(wallet=2, spent=3, issued=5)
    with pytest.raises(NotEnoughCredits):
        done(spent, SPEND)


def test_a_hold_is_captured_or_voided_in_its_own_amount() -> None:
    rich = done(Balances(), GIVE)
    hold = decide_move(rich, Ask(Kind.HOLD, Cause.ORDER, "h", 4), None, now_ms=1)
    held = rich.after(hold.entries)
    assert held == Balances(wallet=1, held=4, issued=5)
    assert done(held, Ask(Kind.VOID, Cause.ORDER, "h"), hold) == rich
    captured = done(held, Ask(Kind.CAPTURE, Cause.ORDER, "h"), hold)
    assert captured == Balances(wallet=1, spent=4, issued=5)
    with pytest.raises(Conflict):
        done(held, Ask(Kind.RETURN, Cause.UNDO, "h"), hold)
    with pytest.raises(NotFound):
        done(held, Ask(Kind.VOID, Cause.ORDER, "x"))


def test_what_was_spent_and_taken_back_is_a_debt_that_blocks_spending() -> None:
    owing = done(done(done(Balances(), GIVE), SPEND), Ask(Kind.TAKE_BACK, Cause.REFUND, "t", 5))
    assert owing == Balances(spent=3, owed=3)
    with pytest.raises(NotEnoughCredits):
        done(owing, Ask(Kind.SPEND, Cause.LIKE, "s2", 1))
    paid = done(owing, Ask(Kind.GIVE, Cause.ORDER, "g2", 4))
    assert paid == Balances(wallet=1, spent=3, issued=4)
    with pytest.raises(Conflict):
        done(paid, Ask(Kind.TAKE_BACK, Cause.REFUND, "t2", 5))


@pytest.mark.parametrize("amount", [0, -1, CREDITS_PER_MOVE_MAX + 1, 2**63, True, 1.0])
def test_amounts_are_whole_positive_and_bounded(amount: int) -> None:
    with pytest.raises(BadRequest):
        Ask(Kind.GIVE, Cause.OPERATOR, "g", amount)


def test_what_settles_has_no_amount_of_its_own() -> None:
    with pytest.raises(BadRequest):
        Ask(Kind.RETURN, Cause.UNDO, "s", 3)
    with pytest.raises(BadRequest):
        Ask(Kind.GIVE, Cause.OPERATOR, "", 3)


def test_an_invalid_ledger_cannot_be_written_down() -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        Entries(wallet=1)
    with pytest.raises(ValueError, match="below zero"):
        Balances(wallet=-1, issued=-1)
    with pytest.raises(ValueError, match="equal"):
        Balances(wallet=1)
    with pytest.raises(ValueError, match="debt"):
        Balances(wallet=1, owed=1, spent=1, issued=1)


def test_the_same_command_is_the_same_move_or_a_conflict() -> None:
    first = decide_move(Balances(), GIVE, None, now_ms=1)
    assert repeated(GIVE, first) is first
    for other in (
        Ask(Kind.GIVE, Cause.OPERATOR, "g", 6),
        Ask(Kind.GIVE, Cause.ORDER, "g", 5),
        Ask(Kind.HOLD, Cause.OPERATOR, "g", 5),
        Ask(Kind.GIVE, Cause.OPERATOR, "g", 5, "o"),
    ):
        with pytest.raises(Conflict):
            repeated(other, first)


asks = st.one_of(
    st.builds(
        Ask,
        st.sampled_from([Kind.GIVE, Kind.TAKE_BACK, Kind.SPEND, Kind.HOLD]),
        st.just(Cause.OPERATOR),
        st.sampled_from("abcdefghijkl"),
        st.integers(1, 6),
    ),
    st.builds(
        Ask,
        st.sampled_from([Kind.RETURN, Kind.CAPTURE, Kind.VOID]),
        st.just(Cause.OPERATOR),
        st.sampled_from("abcdefghijkl"),
    ),
)


class LedgerMachine(RuleBasedStateMachine):
    """I7, whatever is asked in whatever order, often or once."""

    def __init__(self) -> None:
        super().__init__()
        self.balances = Balances()
        self.moves: dict[str, Move] = {}

    @rule(ask=asks)
    def move(self, ask: Ask) -> None:
        before = self.balances
        try:
            if ask.key in self.moves:
                assert repeated(ask, self.moves[ask.key]) is self.moves[ask.key]
                return
            of = self.moves.get(ask.of_key or "")
            move = decide_move(self.balances, ask, of, now_ms=1)
        except (Conflict, NotFound, NotEnoughCredits):
            assert self.balances == before
            return
        self.moves[move.key] = move
        self.balances = self.balances.after(move.entries)
        if ask.kind in {Kind.SPEND, Kind.HOLD}:
            assert before.owed == 0
            assert before.wallet >= ask.amount

    @invariant()
    def the_balances_are_the_sum_of_the_moves(self) -> None:
        columns = list(zip(*(astuple(move.entries) for move in self.moves.values()), strict=True))
        sums = [sum(column) for column in columns] or [0] * 5
        wallet, held, spent, issued, owed = sums
        assert sum(sums) == 0
        assert astuple(self.balances) == (wallet, held, spent, -issued, -owed)
        assert min(astuple(self.balances)) >= 0

    @invariant()
    def nothing_is_settled_twice(self) -> None:
        made = sum(m.amount for m in self.moves.values() if m.kind is Kind.HOLD)
        settled = sum(m.amount for m in self.moves.values() if m.kind in {Kind.CAPTURE, Kind.VOID})
        assert self.balances.held == made - settled


TestLedger = LedgerMachine.TestCase
