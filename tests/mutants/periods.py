"""Guards of periods: each is ordered and charged once, by one process, and an end is an end."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_RENEWALS = "actors/renewals.py"
_DESK = "actors/paydesk.py"
_ENGINE = "engine/payments/subscription.py"
_STORE = "store/postgres/subscriptions.py"

_ACTOR_TEST = "tests/actors/test_renewals.py"
_ENGINE_TEST = "tests/engine/payments/test_subscription.py"
_STORE_TEST = "tests/store/test_subscriptions.py"
_TWO = "tests/money/test_two_processes.py"

_DESK_TEST = f"{_ACTOR_TEST}::test_a_desk_looks_after_orders_and_what_renews"
_SLOW = f"{_ACTOR_TEST}::test_a_period_is_charged_once_by_two_of_whom_one_was_slow"
_LEASE = f"{_ACTOR_TEST}::test_nobody_is_charged_whose_lease_may_end_before_it_is_done"
_LOST = f"{_ACTOR_TEST}::test_an_answer_that_was_lost_costs_nobody_a_second_charge"
_PERIOD = f"{_STORE_TEST}::test_a_period_is_one_order_and_goes_on_where_the_last_one_ended"
_MANY = f"{_STORE_TEST}::test_a_period_that_many_ask_for_at_once_is_one_order"
_ERASED_TRIAL = f"{_STORE_TEST}::test_who_was_erased_and_comes_again_has_no_second_trial"

MUTANTS = (
    # --- each period once
    Mutant(
        name="who-comes-late-charges-again",
        promises=("row 42",),
        file=_ENGINE,
        old="        if not self.wants_charge(now_ms):\n            raise Conflict",
        new="        if self.ended:\n            raise Conflict",
        tests=(_SLOW, _PERIOD),
    ),
    Mutant(
        name="a-period-is-ordered-whenever-somebody-says-so",
        promises=("row 42",),
        file=_STORE,
        old="    one.check_due(now_ms)\n",
        new="",
        tests=(f"{_PERIOD}[postgres]",),
    ),
    Mutant(
        name="a-period-has-an-order-for-each-who-asks",
        promises=("row 42",),
        file=_STORE,
        old='    held = _from(_found(await db.fetchrow(ONE + " FOR UPDATE", name)))\n'
        "    one = held.subscription\n"
        "    if one.renewal is not None:\n"
        "        return",
        new="    held = _from(_found(await db.fetchrow(ONE, name)))\n"
        "    one = held.subscription\n"
        "    if one.renewal is not None:\n"
        "        return",
        tests=(f"{_MANY}[postgres]",),
    ),
    Mutant(
        name="leases-end-while-charges-are-made",
        promises=("row 42",),
        file=_RENEWALS,
        old="if self._now_ms() - began > RENEWALS_WITHIN_MS:",
        new="if self._now_ms() - began > 100 * RENEWALS_WITHIN_MS:",
        tests=(_LEASE,),
    ),
    Mutant(
        name="no-answer-is-no-money",
        promises=("row 42",),
        file=_RENEWALS,
        old="        except (Conflict, NotFound):\n            told = _NOT_PAID",
        new="        except (Conflict, NotFound, Unavailable):\n            told = _NOT_PAID",
        tests=(_LOST,),
    ),
    Mutant(
        name="anybody-has-a-period-given-up",
        promises=("row 42",),
        file="actors/cashier.py",
        old="        if not is_for_renewals(placed.order, ask_at=placed.ask_at):\n",
        new="        if placed.order is not None:\n",
        tests=(f"{_ACTOR_TEST}::test_nobody_else_gives_up_a_period_whatever_they_are_told",),
    ),
    # --- an end is an end
    Mutant(
        name="a-provider-is-not-told-of-an-end",
        promises=("rule",),
        file=_RENEWALS,
        old="        await self._provider(held).steer(held.mandate, wish, key=key)\n",
        new="",
        tests=(
            f"{_ACTOR_TEST}::test_who_cancels_is_not_charged_again_and_keeps_what_is_paid",
            f"{_ACTOR_TEST}::test_nothing_is_promised_while_the_provider_does_not_answer",
        ),
    ),
    Mutant(
        name="who-is-gone-is-charged-on",
        promises=("rule",),
        file=_RENEWALS,
        old="if held.owner is None or one.state(now_ms) is SubscriptionState.EXPIRED:",
        new="if one.state(now_ms) is SubscriptionState.EXPIRED:",
        tests=(f"{_ACTOR_TEST}::test_who_is_erased_is_charged_no_more",),
    ),
    Mutant(
        name="days-of-grace-have-no-end",
        promises=("rule",),
        file=_ENGINE,
        old="if self.cancelled or now_ms >= self.paid_until + GRACE_MS:",
        new="if self.cancelled:",
        tests=(f"{_ENGINE_TEST}::test_who_does_not_pay_is_late_and_then_it_is_over",),
    ),
    Mutant(
        name="days-of-grace-after-every-pause",
        promises=("row 47",),
        file=_ENGINE,
        old="            if self.state(now_ms) is SubscriptionState.PAST_DUE:\n"
        "                # Whoever",
        new="            if self.ended:\n                # Whoever",
        tests=(
            f"{_ENGINE_TEST}::test_what_is_late_is_not_paused",
            f"{_ACTOR_TEST}::test_nobody_has_days_of_grace_for_ever",
        ),
    ),
    Mutant(
        name="a-pause-is-paid-for-afterwards",
        promises=("rule",),
        file=_ENGINE,
        old="max(self.paid_until, now_ms) if self.paused else self.paid_until",
        new="self.paid_until",
        tests=(
            f"{_ENGINE_TEST}::test_who_pauses_is_not_charged_and_pays_from_the_day_they_resume",
        ),
    ),
    Mutant(
        name="a-period-that-was-given-back-is-a-period",
        promises=("row 44",),
        file=_ENGINE,
        old="if renewal.state is OrderState.APPLIED:",
        new="if renewal.heard.charged:",
        tests=(f"{_ENGINE_TEST}::test_what_is_paid_goes_on_from_the_end_of_the_last_period",),
    ),
    Mutant(
        name="one-subscribes-twice",
        promises=("rule",),
        file="actors/cashier.py",
        old="            await self._refuse_second(owner)\n",
        new="            pass\n",
        tests=(f"{_ACTOR_TEST}::test_a_second_one_beside_it_is_refused",),
    ),
    # --- free days once
    Mutant(
        name="free-days-for-who-had-them",
        promises=("row 47",),
        file=_ENGINE,
        old="    if had or terms:",
        new="    if terms:",
        tests=(f"{_ENGINE_TEST}::test_free_days_are_for_who_had_none_and_no_plan", _ERASED_TRIAL),
    ),
    Mutant(
        name="free-days-begin-side-by-side",
        promises=("row 47",),
        file=_STORE,
        old="    await lock_buyer(db, owner)\n    if await db.fetchval(GOES_ON, owner):",
        new="    if await db.fetchval(GOES_ON, owner):",
        tests=(f"{_TWO}::test_free_days_begin_once_wherever_they_are_asked_for",),
    ),
    # --- the desk of a process
    Mutant(
        name="nobody-asks-about-orders",
        promises=("row 42",),
        file=_DESK,
        old="            nursery.start_soon(self.cashier.run)\n",
        new="",
        tests=(_DESK_TEST,),
    ),
    Mutant(
        name="nobody-renews",
        promises=("rule",),
        file=_DESK,
        old="            nursery.start_soon(self.renewals.run)\n",
        new="",
        tests=(_DESK_TEST,),
    ),
)
