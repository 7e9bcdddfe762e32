"""Guards of who may call what."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_MATRIX = "tests/api/rest/test_access.py"
_OPS = "tests/attacks/test_op_access.py::test_a_standing_opens_what_it_should_and_nothing_else"
_STANDING = f"{_MATRIX}::test_a_standing_opens_what_it_should_and_nothing_else"

MUTANTS = (
    Mutant(
        name="who-is-too-young-says-hello",
        promises=("rule",),
        file="api/gateway/gateway.py",
        old="        check_old_enough(account, parts.node.policy, now_ms=now_ms)\n",
        new="",
        tests=("tests/gateway/test_handshake.py::test_who_is_too_young_by_the_year_is_not_let_in",),
    ),
    Mutant(
        name="who-is-too-young-calls",
        promises=("rule",),
        file="api/auth/guards.py",
        old="        check_old_enough(account, self._policy, now_ms=now_ms)\n",
        new="",
        tests=("tests/api/auth/test_tokens.py::test_who_is_too_young_by_the_year_is_not_let_in",),
    ),
    Mutant(
        name="who-has-left-keeps-their-role",
        promises=("row 65",),
        file="engine/model/access.py",
        old="    if ended or mine.state is not MemberState.ACTIVE:\n",
        new="    if ended:\n",
        tests=(
            "tests/engine/model/test_access.py::test_a_role_counts_while_its_member_is_active_and_the_group_goes_on",
            f"{_STANDING}[POST /v1/groups/{{group}}/invites]",
        ),
    ),
    Mutant(
        name="a-stranger-is-told-of-a-hidden-group",
        promises=("row 65", "row 56"),
        file="engine/model/access.py",
        old="    if visibility is not Visibility.PUBLIC and not standing.opens_hidden:\n",
        new="    if False:\n",
        tests=(f"{_STANDING}[POST /v1/groups/{{group}}/join]",),
    ),
    Mutant(
        name="an-order-of-others-is-told",
        promises=("row 65",),
        file="engine/model/access.py",
        old="    if owner != me:\n",
        new="    if owner is None:\n",
        tests=("tests/engine/model/test_access.py::test_what_is_of_others_is_not_there",),
    ),
    Mutant(
        name="what-is-for-the-machine-says-so-to-others",
        promises=("row 88",),
        file="api/app.py",
        old="if request.path in hidden and not",
        new="if _template() in hidden and not",
        tests=(f"{_MATRIX}::test_what_is_for_the_machine_itself_is_not_there_for_others",),
    ),
    Mutant(
        name="every-member-sees-who-asks-to-come-in",
        promises=("row 65",),
        file="engine/model/access.py",
        old="    return role is not Role.MEMBER\n\n\ndef may_appoint",
        new="    return role in Role\n\n\ndef may_appoint",
        tests=(f"{_STANDING}[GET /v1/groups/{{group}}/applicants]",),
    ),
    Mutant(
        name="a-hidden-group-is-there-for-everybody",
        promises=("row 65",),
        file="engine/model/access.py",
        old="(visibility is Visibility.PUBLIC or mine.inside)",
        new="(visibility in Visibility or mine.inside)",
        tests=(
            f"{_STANDING}[GET /v1/groups/{{group}}]",
            "tests/store/test_groups.py::test_a_hidden_group_is_there_for_its_members_only",
        ),
    ),
    Mutant(
        name="a-match-of-others-is-told-from-one-that-is-not-there",
        promises=("row 65", "row 56"),
        file="store/memory/likes.py",
        old='            raise NotFound("there is no such room")\n        return row.room',
        new='            raise NotFound("there is no such match")\n        return row.room',
        tests=(f"{_OPS}[reveal.offer match00000000000]",),
    ),
    Mutant(
        name="a-bug-is-logged-with-its-text",
        promises=("row 84",),
        file="api/app.py",
        old="error=type(error).__name__, where",
        new="error=repr(error), where",
        tests=("tests/attacks/test_canaries.py::test_a_bug_does_not_quote_what_broke_it",),
    ),
    Mutant(
        name="calls-are-logged-with-their-path",
        promises=("row 84",),
        file="api/app.py",
        old="            route=route,\n            status=response",
        new="            route=request.url,\n            status=response",
        tests=("tests/attacks/test_canaries.py::test_what_is_typed_is_told_to_nobody_who_runs_it",),
    ),
)
