"""Guards of what comes in from outside: bodies, frames, origins, addresses, texts, and the routes."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_EDGE = "tests/api/rest/test_edge.py"
_OPENAPI = "tests/api/rest/test_openapi.py"
_RATES = "tests/api/rest/test_rates.py"
_COLUMNS = "tests/attacks/test_every_column.py"
_ERRANDS = "tests/attacks/test_no_errands.py"
_NUMBERS = "tests/attacks/test_phone_numbers.py"
_INJECTION = "tests/store/test_injection.py"
_HANDSHAKE = "tests/gateway/test_handshake.py"
_CODEC = "tests/engine/wire/test_codec.py"
_JSON = "tests/engine/wire/test_strict_json.py::test_what_is_not_well_formed_is_a_bad_frame"
_STRICT = "engine/wire/strict_json.py"
_DOORMAN = "api/gateway/handshake.py"

MUTANTS = (
    # --- bodies: what is not asked for is not taken
    Mutant(
        name="a-body-may-say-more-than-its-route-knows",
        promises=("row 66",),
        file="api/rest/route.py",
        old="    assert not strict or kind.__struct_config__.forbid_unknown_fields,",
        new="    assert kind,",
        tests=(f"{_OPENAPI}::test_a_route_that_lets_unknown_fields_pass_cannot_be_entered",),
    ),
    Mutant(
        name="the-inside-of-a-body-takes-anything",
        promises=("row 66",),
        file="api/rest/groups.py",
        old="class ShownProfile(Struct, forbid_unknown_fields=True, frozen=True)",
        new="class ShownProfile(Struct, frozen=True)",
        tests=(
            f"{_COLUMNS}::test_no_part_of_a_body_takes_what_it_does_not_know[POST /v1/groups]",
            f"{_COLUMNS}::test_the_name_of_no_column_is_taken_from_a_body",
        ),
    ),
    Mutant(
        name="a-proof-may-say-anything-beside",
        promises=("row 66",),
        file="api/rest/proofs.py",
        old="        if kind in shown and shown.keys() <= words:",
        new="        if kind in shown:",
        tests=(f"{_COLUMNS}::test_a_proof_says_what_it_is_and_nothing_else",),
    ),
    # --- what only some may do
    Mutant(
        name="what-is-for-dev-is-there-in-production",
        promises=("row 67",),
        file="api/app.py",
        old="        if environment in route.spec.environments\n",
        new="",
        tests=("tests/api/rest/test_system.py::test_dev_routes_are_not_there_in_production",),
    ),
    Mutant(
        name="admins-hand-over-what-is-not-theirs",
        promises=("row 67",),
        file="engine/model/access.py",
        old="outranks(who, whom) and outranks(who, new)",
        new="outranks(who, whom)",
        tests=("tests/store/test_admissions.py::test_the_owner_hands_over_and_can_leave",),
    ),
    # --- malformed input
    Mutant(
        name="of-two-equal-keys-the-last-one-counts",
        promises=("row 76",),
        file=_STRICT,
        old="    if len(fields) != len(pairs):\n",
        new="    if False:\n",
        tests=(f"{_JSON}[duplicate key]", f"{_JSON}[duplicate key, escaped]"),
    ),
    Mutant(
        name="half-a-character-is-a-text",
        promises=("row 76",),
        file=_STRICT,
        old='        text.encode("utf-8")\n',
        new="        pass\n",
        tests=(f"{_JSON}[lone high surrogate]", f"{_JSON}[lone low surrogate in a key]"),
    ),
    Mutant(
        name="what-is-no-number-is-one",
        promises=("row 76",),
        file=_STRICT,
        old="    parse_constant=_constant,\n",
        new="",
        tests=(f"{_JSON}[NaN]", f"{_JSON}[-Infinity]"),
    ),
    Mutant(
        name="the-quick-way-reads-a-key-twice",
        promises=("row 76",),
        file="engine/wire/codec.py",
        old='        if data.count(b":") != _keys_of(frame):\n',
        new="        if False:\n",
        tests=(f"{_CODEC}::test_a_repeated_key_is_a_bad_frame",),
    ),
    Mutant(
        name="messagepack-says-what-json-cannot",
        promises=("row 76",),
        file="engine/wire/codec.py",
        old="    _check_values(value, FRAME_DEPTH_MAX)\n",
        new="",
        tests=(f"{_CODEC}::test_what_is_not_messagepack_is_a_bad_frame",),
    ),
    Mutant(
        name="a-nul-goes-on-to-the-database",
        promises=("row 76", "row 86"),
        file="api/rest/reading.py",
        old="    refuse_nul(fields)\n",
        new="",
        tests=(
            f"{_EDGE}::test_what_cannot_be_asked_is_a_problem_document[GET-/v1/groups?query=%00-400-bad_request]",
        ),
    ),
    # --- pages of others
    Mutant(
        name="pages-of-every-origin-open-a-socket",
        promises=("row 71",),
        file=_DOORMAN,
        old="        if origins and (len(origins) > 1 or origins[0] not in self.origins):\n",
        new="        if len(origins) > 1:\n",
        tests=(f"{_HANDSHAKE}::test_who_may_come_in",),
    ),
    Mutant(
        name="an-origin-that-begins-well-is-good",
        promises=("row 71",),
        file=_DOORMAN,
        old="or origins[0] not in self.origins):",
        new="or not any(origins[0].startswith(one) for one in self.origins)):",
        tests=(f"{_HANDSHAKE}::test_who_may_come_in",),
    ),
    Mutant(
        name="of-two-origins-the-first-counts",
        promises=("row 71",),
        file=_DOORMAN,
        old="(len(origins) > 1 or origins[0]",
        new="(origins[0]",
        tests=(f"{_HANDSHAKE}::test_who_may_come_in",),
    ),
    Mutant(
        name="a-cookie-signs-in",
        promises=("row 71",),
        file="api/rest/dispatch.py",
        old='            headers = request.headers.getlist("Authorization")\n',
        new='            headers = [*request.headers.getlist("Authorization")] or [\n'
        '                f"Bearer {value}" for value in request.cookies.values()\n'
        "            ]\n",
        tests=(f"{_EDGE}::test_a_token_counts_in_its_own_header_only",),
    ),
    # --- sessions that outlive their token
    Mutant(
        name="a-socket-outlives-its-token",
        promises=("row 70",),
        file="api/gateway/connection.py",
        old="        elif self._expires_s is not None and now_s >= self._expires_s:\n",
        new="        elif False:\n",
        tests=("tests/gateway/test_input.py::test_an_expired_token_ends_the_line",),
    ),
    # --- addresses of others
    Mutant(
        name="keys-are-read-wherever-an-answer-sends-us",
        promises=("row 79", "row 68"),
        file="store/providers/http_keys.py",
        old="follow_redirects=False",
        new="follow_redirects=True",
        tests=("tests/store/test_http_keys.py::test_a_redirect_is_not_followed",),
    ),
    Mutant(
        name="a-token-says-where-its-keys-are",
        promises=("row 79", "row 68"),
        file="api/auth/clerk.py",
        old="        kid = _kid_of(token)\n",
        new='        head = parse_object(_bytes_of(token.split(".")[0]))\n'
        '        if isinstance(where := head.get("jku"), str):\n'
        "            from store.providers.http_keys import HttpKeys\n"
        "            await HttpKeys(where).fetch()\n"
        "        kid = _kid_of(token)\n",
        tests=(f"{_ERRANDS}::test_no_address_of_a_caller_is_reached",),
    ),
    # --- who has an account
    Mutant(
        name="a-code-is-for-known-numbers",
        promises=("row 58",),
        file="api/rest/auth.py",
        old="    conversion = await services.store.accounts.open_code(\n",
        new="    if await services.store.accounts.find(key) is None:\n"
        "        raise Unauthenticated\n"
        "    conversion = await services.store.accounts.open_code(\n",
        tests=(f"{_NUMBERS}::test_every_number_is_answered_as_one_that_nobody_has",),
    ),
    Mutant(
        name="the-code-is-looked-at-last",
        promises=("row 58",),
        file="store/memory/accounts.py",
        old="        code = self._check_code(phone, code_digest, policy, now_ms, tries)\n"
        "        row = self._of(phone)\n",
        new="        row = self._of(phone)\n"
        "        if row is None and profile is None:\n"
        "            raise ProfileRequired\n"
        "        code = self._check_code(phone, code_digest, policy, now_ms, tries)\n",
        tests=(f"{_NUMBERS}::test_every_number_is_answered_as_one_that_nobody_has",),
    ),
    # --- who hides from whom
    Mutant(
        name="who-hides-from-one-is-listed",
        promises=("row 57", "row 56"),
        file="store/postgres/groups.py",
        old="    AND m.account_id NOT IN (SELECT h.account_id FROM hidden_people h WHERE h.viewer_id = $2)\n",
        new="",
        tests=(
            "tests/store/test_blocks.py::test_both_are_hidden_from_each_other_and_others_see_both[postgres]",
        ),
    ),
    Mutant(
        name="a-taken-name-tells-who-hides-from-one",
        promises=("row 57", "row 56"),
        file="store/postgres/joining.py",
        old="WHERE group_id = $1 AND starts_with",
        new="WHERE group_id = $1 AND state = 'active' AND starts_with",
        tests=(
            "tests/store/test_blocks.py::test_a_name_that_is_taken_tells_nobody_who_hides_from_one[postgres]",
        ),
    ),
    Mutant(
        name="who-was-blocked-is-told-so",
        promises=("row 56", "row 57"),
        file="store/memory/likes.py",
        old="        if self._memory.hidden(mine.account, theirs.account):\n            return None\n",
        new="        if self._memory.hidden(mine.account, theirs.account):\n"
        '            raise NotFound("they do not want this")\n',
        tests=(
            "tests/store/test_blocks.py::test_a_like_for_who_has_blocked_is_as_one_for_who_has_left[memory]",
        ),
    ),
    Mutant(
        name="who-was-blocked-likes-on",
        promises=("row 56", "row 57"),
        file="store/postgres/like_batch.py",
        old="        AND (NOT blocks.has_blocks OR (\n",
        new="        AND (true OR NOT blocks.has_blocks OR (\n",
        tests=("tests/api/likes/test_whom.py::test_who_has_blocked_is_as_one_who_is_gone_to_both",),
    ),
    Mutant(
        name="who-was-blocked-has-no-name-to-report",
        promises=("row 57",),
        file="store/memory/rooms.py",
        old="        member = row.ever(alias)\n        if member is None:\n",
        new="        member = row.ever(alias)\n"
        "        if member is None or self._memory.hidden(viewer, member.account):\n",
        tests=(
            "tests/api/rest/test_blocks.py::test_who_was_blocked_learns_no_more_than_of_who_has_left",
        ),
    ),
    # --- other spellings, other tokens
    Mutant(
        name="a-path-is-mended",
        promises=("row 83", "row 89"),
        file="api/app.py",
        old="    app.url_map.merge_slashes = False\n",
        new="    app.url_map.merge_slashes, app.url_map.strict_slashes = True, False\n",
        tests=(f"{_EDGE}::test_a_path_is_not_mended",),
    ),
    Mutant(
        name="a-tunnel-through-a-proxy-is-the-proxy",
        promises=("row 83",),
        file="api/app.py",
        old="        if request.http_version not in _VERSIONS:\n",
        new="        if False:\n",
        tests=(f"{_RATES}::test_what_a_proxy_does_not_look_at_is_not_its_word",),
    ),
    Mutant(
        name="who-comes-by-clerk-is-not-counted",
        promises=("row 83",),
        file="api/rest/clerk.py",
        old="        rate_by_address=True,\n",
        new="",
        tests=(f"{_RATES}::test_whoever_is_not_signed_in_is_counted_by_address",),
    ),
    Mutant(
        name="each-device-has-a-budget-of-its-own",
        promises=("row 83",),
        file="api/rest/dispatch.py",
        old="await self._count(route, caller.account.account, now_ms)",
        new="await self._count(route, AccountId(caller.device), now_ms)",
        tests=(f"{_RATES}::test_all_devices_of_somebody_share_one_budget",),
    ),
    # --- texts that are more than text
    Mutant(
        name="groups-are-found-by-a-pattern",
        promises=("row 86",),
        file="store/postgres/groups.py",
        old="= 'public'\n    AND g.group_id > $3 AND strpos(g.name_key, $2) > 0",
        new="= 'public'\n    AND g.group_id > $3 AND g.name_key LIKE '%' || $2 || '%'",
        tests=(f"{_INJECTION}::test_what_looks_for_everything_finds_what_says_so[postgres]",),
    ),
    Mutant(
        name="a-quote-ends-a-text",
        promises=("row 86",),
        file="store/postgres/literals.py",
        old=""".replace('"', '\\\\"')""",
        new="",
        tests=(
            "tests/store/test_literals.py::test_what_means_something_to_postgresql_is_no_more_than_text",
        ),
    ),
    Mutant(
        name="a-line-of-the-log-may-be-two",
        promises=("row 84",),
        file="api/observe/logging.py",
        old="            structlog.processors.JSONRenderer(),\n",
        new="            structlog.dev.ConsoleRenderer(colors=False),\n",
        tests=(
            "tests/attacks/test_canaries.py::test_a_line_of_the_log_is_one_object_whatever_is_sent",
        ),
    ),
    # --- what is not written down
    Mutant(
        name="a-route-is-there-that-nobody-described",
        promises=("row 89",),
        file="api/app.py",
        old="    _add_files(app)\n    _add_hooks",
        new='    app.add_url_rule("/v0/me", "old", file_view(CLIENT_FOLDER))\n'
        "    _add_files(app)\n    _add_hooks",
        tests=(f"{_OPENAPI}::test_the_running_routes_are_those_of_the_document",),
    ),
    Mutant(
        name="the-echo-of-the-tests-answers-everybody",
        promises=("row 89",),
        file="api/serve.py",
        old="    if settings.environment is Environment.TEST:\n        return frozenset({WEBSOCKET_PATH",
        new="    if settings:\n        return frozenset({WEBSOCKET_PATH",
        tests=(f"{_HANDSHAKE}::test_what_is_for_conformance_suites_is_there_in_their_environment",),
    ),
    # --- names that look alike
    Mutant(
        name="nicknames-are-kept-as-they-are-written",
        promises=("row 85",),
        file="engine/model/account.py",
        old='    nickname = unicodedata.normalize("NFKC", text).strip()\n',
        new="    nickname = text.strip()\n",
        tests=("tests/engine/model/test_account.py::test_a_nickname_has_one_written_form",),
    ),
    Mutant(
        name="a-nickname-has-whatever-signs",
        promises=("row 85",),
        file="engine/model/account.py",
        old="    if not _NICKNAME.match(nickname):\n",
        new="    if not nickname.isprintable():\n",
        tests=("tests/engine/model/test_account.py::test_what_is_not_a_nickname",),
    ),
    Mutant(
        name="staff-may-be-played",
        promises=("row 85",),
        file="engine/model/account.py",
        old="    if any(skeleton(word) in skeleton(nickname) for word in _RESERVED):\n",
        new="    if nickname in _RESERVED:\n",
        tests=("tests/engine/model/test_account.py::test_what_is_not_a_nickname",),
    ),
)
