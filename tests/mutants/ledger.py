"""Guards of the ledger: what is spent is there, a debt is one, and what is had once is had once."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_LEDGER = "engine/credits/ledger.py"
_REST = "api/rest/orders.py"
_KEYS = "api/rest/idempotency.py"
_ORDERS_TEST = "tests/store/test_orders.py"
_CREDITS_TEST = "tests/store/test_credits.py"
_TWO = "tests/money/test_two_processes.py"
_REST_TEST = "tests/api/rest/test_orders.py"
_KEYS_TEST = "tests/api/rest/test_idempotency.py"
_HUNDRED = f"{_TWO}::test_a_hundred_spendings_of_ten"
_DEBT = f"{_CREDITS_TEST}::test_a_refund_after_spending_is_a_debt"
_NO_ORDER = f"{_REST_TEST}::test_what_is_no_order_is_refused"
_LIKES = "tests/e2e/test_spending.py::test_a_hundred_likes_at_once_through_two_processes_cost_ten"

MUTANTS = (
    # --- the ledger
    Mutant(
        name="who-spends-is-not-locked",
        promises=("row 43",),
        file="store/postgres/credits.py",
        old="ORDER BY account_id FOR NO KEY UPDATE",
        new="ORDER BY account_id",
        tests=(_HUNDRED,),
    ),
    Mutant(
        name="whoever-spends-has-enough",
        promises=("row 43",),
        file=_LEDGER,
        old="            if amount > balances.wallet:\n                raise NotEnoughCredits\n",
        new="",
        tests=(
            f"{_CREDITS_TEST}::test_a_hundred_parallel_spendings_of_ten",
            _HUNDRED,
        ),
    ),
    Mutant(
        name="every-like-is-free",
        promises=("row 43",),
        file="engine/model/like.py",
        old="cost = 0 if facts.premium or free > 0 else policy.likes.credits_each",
        new="cost = min(free, 0)",
        tests=(_LIKES,),
    ),
    Mutant(
        name="what-was-spent-comes-back-out-of-nowhere",
        promises=("row 44",),
        file=_LEDGER,
        old="there = min(balances.wallet, amount)",
        new="there = amount",
        tests=(
            _DEBT,
            f"{_ORDERS_TEST}::test_what_was_spent_of_a_refund_is_a_debt_that_blocks_spending",
        ),
    ),
    Mutant(
        name="a-debt-is-never-paid",
        promises=("row 44",),
        file=_LEDGER,
        old="paid = min(balances.owed, amount)",
        new="paid = min(0, amount)",
        tests=(_DEBT,),
    ),
    Mutant(
        name="a-trial-is-for-everybody",
        promises=("row 47",),
        file="engine/credits/plans.py",
        old="if plan is Plan.TRIAL and held:",
        new="if plan is Plan.FREE and held:",
        tests=(f"{_TWO}::test_a_trial_is_had_once_whoever_grants_it",),
    ),
    Mutant(
        name="two-grant-at-once",
        promises=("row 47",),
        file="store/postgres/credits.py",
        old='"SELECT true FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE", owner',
        new='"SELECT true FROM accounts WHERE account_id = $1", owner',
        tests=(f"{_TWO}::test_a_trial_is_had_once_whoever_grants_it",),
    ),
    Mutant(
        name="a-name-is-good-for-many-moves",
        promises=("row 47",),
        file="store/postgres/credits.py",
        old="first = known.get((owner, ask.key))",
        new="first = None",
        tests=(f"{_TWO}::test_a_grant_is_given_once_for_its_name",),
    ),
    # --- REST
    Mutant(
        name="half-a-version-is-a-number",
        promises=("row 45",),
        file=_REST,
        old="version: int | UnsetType = UNSET",
        new="version: int | float | UnsetType = UNSET",
        tests=(f"{_REST_TEST}::test_numbers_that_are_none_order_nothing",),
    ),
    Mutant(
        name="yesterdays-prices-are-good",
        promises=("row 40",),
        file=_REST,
        old="if body.version not in {UNSET, catalogue.version}:",
        new="if body.version is None:",
        tests=(_NO_ORDER,),
    ),
    Mutant(
        name="keys-of-others-are-ones-own",
        promises=("row 46",),
        file=_KEYS,
        old='return f"account:{call.account}"',
        new='return "account:"',
        tests=(f"{_KEYS_TEST}::test_a_key_belongs_to_its_caller",),
    ),
    Mutant(
        name="a-key-is-good-for-any-body",
        promises=("row 46",),
        file=_KEYS,
        old="digest = sha256(request).digest()",
        new="digest = sha256(call.account.encode()).digest()",
        tests=(
            f"{_KEYS_TEST}::test_the_same_key_with_another_body_or_route_is_a_conflict",
            f"{_REST_TEST}::test_an_order_is_placed_once_for_its_key",
        ),
    ),
    Mutant(
        name="an-order-is-placed-as-often-as-asked",
        promises=("row 46",),
        file=_KEYS,
        old="    if kept is not None:\n        return _open(call, kept)\n",
        new="",
        tests=(f"{_REST_TEST}::test_an_order_is_placed_once_for_its_key",),
    ),
)
