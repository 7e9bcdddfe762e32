"""Guards of signing in: devices, tokens and who may act for whom."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_DEVICES = "tests/store/test_devices.py"
_CLERK = "tests/api/auth/test_clerk.py"
_CLERK_STORE = "tests/store/test_clerk.py"
_CAPS = "tests/api/rest/test_code_caps.py"
_CAPS_STORE = "tests/store/test_code_caps.py"
_RECHECK = "tests/gateway/test_recheck.py"

MUTANTS = (
    Mutant(
        name="nobody-looks-whether-devices-of-live-sockets-may-act",
        promises=("row 70",),
        file="api/gateway/recheck.py",
        old="            people.end(account, device)\n",
        new="",
        tests=(f"{_RECHECK}::test_a_socket_ends_with_its_device_and_no_other",),
    ),
    Mutant(
        name="an-outage-ends-the-look-at-devices",
        promises=("row 70",),
        file="api/gateway/recheck.py",
        old="        except Outage:\n            _log.warning",
        new="        except ZeroDivisionError:\n            _log.warning",
        tests=(f"{_RECHECK}::test_an_outage_only_delays",),
    ),
    Mutant(
        name="anybody-signs-out-a-device-that-they-can-name",
        promises=("row 65",),
        file="store/postgres/devices.py",
        old=" AND account_id = coalesce($3, account_id)\n",
        new=" AND ($3::text IS NULL OR true)\n",
        tests=(f"{_DEVICES}::test_nobody_ends_the_device_of_another",),
    ),
    Mutant(
        name="sessions-of-banned-people-go-on",
        promises=("row 70",),
        file="store/postgres/devices.py",
        old="AND d.revoked_at IS NULL AND a.state = 'active')\n",
        new="AND d.revoked_at IS NULL)\n",
        tests=(f"{_DEVICES}::test_it_is_known_which_devices_may_not_act",),
    ),
    Mutant(
        name="a-used-refresh-token-ends-nothing",
        promises=("row 70",),
        file="store/postgres/devices.py",
        old="            await revoke(db, device, now_ms)\n        return None",
        new="            pass\n        return None",
        tests=(
            "tests/store/test_accounts.py::test_a_refresh_token_is_good_once_and_its_reuse_ends_the_device",
        ),
    ),
    Mutant(
        name="a-token-of-another-audience-opens-the-door",
        promises=("row 68",),
        file="api/auth/tokens.py",
        old="if sealed.audience != AUDIENCE or now_ms",
        new="if now_ms",
        tests=("tests/api/auth/test_tokens.py::test_any_other_text_is_refused[another audience]",),
    ),
    Mutant(
        name="a-device-speaks-for-whatever-account",
        promises=("row 65", "row 68"),
        file="store/postgres/accounts.py",
        old="WHERE d.device_id = $1 AND d.account_id = $2 AND d.revoked_at",
        new="WHERE d.device_id = $1 AND $2::text IS NOT NULL AND d.revoked_at",
        tests=("tests/store/test_accounts.py::test_a_device_speaks_only_for_its_own_account",),
    ),
    Mutant(
        name="a-header-of-a-token-names-a-key",
        promises=("row 68",),
        file="api/auth/clerk.py",
        old="fields.keys() <= _HEADERS and ",
        new="",
        tests=(
            f"{_CLERK}::test_any_other_token_is_refused[jku]",
            f"{_CLERK}::test_any_other_token_is_refused[x5u]",
        ),
    ),
    Mutant(
        name="pages-of-whatever-origin-sign-people-in",
        promises=("row 68",),
        file="engine/model/clerk.py",
        old='        and claims.get("azp") in terms.parties\n',
        new="",
        tests=(f"{_CLERK}::test_any_other_token_is_refused[azp wrong]",),
    ),
    Mutant(
        name="an-expired-session-token-is-good",
        promises=("row 68",),
        file="engine/model/clerk.py",
        old='        and now_s < _seconds(claims, "exp") + CLERK_SKEW_S\n',
        new="",
        tests=(f"{_CLERK}::test_any_other_token_is_refused[expired]",),
    ),
    Mutant(
        name="a-withdrawn-key-stays-good",
        promises=("row 69",),
        file="api/auth/jwks.py",
        old="        return not (fresh and kid in self._keys)\n",
        new="        return kid not in self._keys\n",
        tests=(
            f"{_CLERK}::test_a_key_that_was_withdrawn_is_gone_though_nobody_asks_for_a_new_one",
        ),
    ),
    Mutant(
        name="each-unknown-key-makes-a-fetch",
        promises=("row 69",),
        file="api/auth/jwks.py",
        old="        if self._asked_ms is not None and _within",
        new="        if kid in self._keys and self._asked_ms is not None and _within",
        tests=(f"{_CLERK}::test_unknown_keys_make_one_fetch_in_thirty_seconds",),
    ),
    Mutant(
        name="an-outage-of-the-keys-shuts-everybody-out",
        promises=("row 69",),
        file="api/auth/jwks.py",
        old='            _log.warning("keys_not_read", held=len(self._keys))\n',
        new="            self._keys = {}\n",
        tests=(f"{_CLERK}::test_the_last_keys_survive_an_outage_of_a_day",),
    ),
    Mutant(
        name="a-webhook-is-good-for-ever",
        promises=("rule",),
        file="api/auth/clerk.py",
        old="    if abs(now_ms / 1000 - int(stamp)) > WEBHOOK_WINDOW_S:\n",
        new="    if int(stamp) - now_ms / 1000 > WEBHOOK_WINDOW_S:\n",
        tests=(f"{_CLERK}::test_what_svix_signed_is_believed_within_its_window",),
    ),
    Mutant(
        name="a-session-that-ended-first-begins-after-all",
        promises=("row 70",),
        file="store/postgres/clerk.py",
        old="            await db.execute(END, key.session, now_ms)\n",
        new="",
        tests=(f"{_CLERK_STORE}::test_a_session_that_ended_before_it_came_never_begins",),
    ),
    Mutant(
        name="an-event-that-comes-again-has-its-effect-again",
        promises=("rule",),
        file="store/postgres/clerk.py",
        old="    if not await db.fetchval(NOTE, SOURCE, event_id, now_ms):\n        return False\n",
        new="    await db.fetchval(NOTE, SOURCE, event_id, now_ms)\n",
        tests=(f"{_CLERK_STORE}::test_an_event_counts_once_however_often_it_comes",),
    ),
    Mutant(
        name="an-address-has-codes-sent-without-end",
        promises=("row 81", "row 82"),
        file="api/auth/phones.py",
        old="            caps.insert(0, ",
        new="            print(",
        tests=(
            f"{_CAPS}::test_an_address_has_so_many_codes_sent_and_no_more",
            f"{_CAPS}::test_a_network_of_ipv6_is_one_address",
        ),
    ),
    Mutant(
        name="numbers-of-one-range-have-codes-sent-without-end",
        promises=("row 82",),
        file="api/auth/phones.py",
        old="        prefix = phone[:-PREFIX_LESS_DIGITS]\n",
        new="        prefix = phone\n",
        tests=(f"{_CAPS}::test_numbers_of_one_range_share_a_cap_from_wherever_they_are_asked_for",),
    ),
    Mutant(
        name="what-all-codes-cost-has-no-end",
        promises=("row 82",),
        file="store/postgres/code_counts.py",
        old="        if await count(db, cap, now_ms) > cap.most:\n",
        new="        if await count(db, cap, now_ms) > cap.most + 99:\n",
        tests=(f"{_CAPS_STORE}::test_a_cap_holds_against_many_at_once",),
    ),
    Mutant(
        name="wrong-codes-are-forgotten-with-their-code",
        promises=("row 81",),
        file="store/postgres/accounts.py",
        old="    for cap in tries:\n        await count(db, cap, now_ms)\n",
        new="",
        tests=(
            f"{_CAPS_STORE}::test_wrong_codes_are_counted_over_codes_and_right_ones_are_not",
            f"{_CAPS_STORE}::test_parallel_guesses_over_one_number_are_counted_each",
        ),
    ),
    Mutant(
        name="codes-go-to-every-country",
        promises=("row 82",),
        file="engine/model/phone.py",
        old="    if not (allowed and digits",
        new="    if not (digits",
        tests=(f"{_CAPS}::test_codes_go_to_the_countries_of_the_policy_only",),
    ),
    Mutant(
        name="a-message-that-was-perhaps-sent-is-sent-again",
        promises=("row 82",),
        file="store/providers/http_texts.py",
        old="_LATER = frozenset({429, 502, 503, 504})",
        new="_LATER = frozenset({400, 429, 500, 502, 503, 504})",
        tests=("tests/store/test_http_texts.py::test_what_was_perhaps_sent_is_not_sent_again",),
    ),
    Mutant(
        name="whatever-a-provider-says-is-yes",
        promises=("row 90",),
        file="store/providers/http_texts.py",
        old=" or not self._dialect.took(body):",
        new=":",
        tests=("tests/store/test_http_texts.py::test_what_was_perhaps_sent_is_not_sent_again",),
    ),
    Mutant(
        name="a-consent-that-was-taken-back-holds",
        promises=("rule",),
        file="engine/model/consent.py",
        old="        return self.granted and self.version ==",
        new="        return self.version ==",
        tests=("tests/store/test_consents.py::test_one_consent_never_stands_for_another",),
    ),
    Mutant(
        name="one-consent-stands-for-all",
        promises=("rule",),
        file="engine/model/consent.py",
        old="one.purpose is purpose and one.holds",
        new="one.holds",
        tests=("tests/store/test_consents.py::test_one_consent_never_stands_for_another",),
    ),
)
