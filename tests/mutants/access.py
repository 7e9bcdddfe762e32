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
        file="engine/model/entry.py",
        old="    return role is not Role.MEMBER\n\n\ndef may_appoint",
        new="    return role in Role\n\n\ndef may_appoint",
        tests=(f"{_STANDING}[GET /v1/groups/{{group}}/applicants]",),
    ),
    Mutant(
        name="a-hidden-group-is-there-for-everybody",
        promises=("row 65",),
        file="store/memory/groups.py",
        old="        public = row.draft.visibility is Visibility.PUBLIC\n",
        new="        public = True\n",
        tests=(f"{_STANDING}[GET /v1/groups/{{group}}]",),
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
