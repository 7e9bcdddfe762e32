"""Guards of the consent to sensitive data."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_CONTRACT = "tests/store/test_sensitive.py"
_LIKES = f"{_CONTRACT}::test_a_romantic_like_needs_the_consent_and_no_other"
_TICKETS = f"{_CONTRACT}::test_a_romantic_ticket_needs_the_consent_and_ends_with_it"

MUTANTS = (
    Mutant(
        name="romantic-likes-need-no-consent",
        promises=("rule",),
        file="engine/model/like.py",
        old="    if is_sensitive(request.intent, policy) and not facts.agreed:\n",
        new="    if False:\n",
        tests=(_LIKES,),
    ),
    Mutant(
        name="any-consent-stands-for-the-one-to-sensitive-data",
        promises=("rule",),
        file="store/postgres/agreeing.py",
        old="WHERE c.account_id = a.account_id AND c.purpose = $2 ORDER",
        new="WHERE c.account_id = a.account_id AND $2 <> '' ORDER",
        tests=(_LIKES,),
    ),
    Mutant(
        name="a-ticket-turns-romantic-without-a-consent",
        promises=("rule",),
        file="store/postgres/tickets.py",
        old="    await _check_consent(db, account, said[1], policy)\n",
        new="",
        tests=(_TICKETS,),
    ),
    Mutant(
        name="romantic-wishes-outlive-the-consent",
        promises=("rule",),
        file="store/postgres/consents.py",
        old="        await end_romantic(db, account, vault)\n",
        new="        pass\n",
        tests=(
            f"{_CONTRACT}::test_a_withdrawal_ends_romantic_likes_and_no_others",
            _TICKETS,
            f"{_CONTRACT}::test_a_romantic_description_needs_the_consent_and_ends_with_it",
        ),
    ),
    Mutant(
        name="production-does-not-ask",
        promises=("rule",),
        file="api/settings.py",
        old="    return replace(policy, asks_sensitive=True) if settings.environment.production else policy",
        new="    return policy",
        tests=(
            "tests/api/test_settings.py::test_production_asks_for_the_consent_to_sensitive_data",
        ),
    ),
)
