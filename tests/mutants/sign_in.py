"""Guards of signing in: devices, tokens and who may act for whom."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_DEVICES = "tests/store/test_devices.py"
_REST = "tests/api/rest/test_devices.py"
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
        name="signing-out-here-is-remembered-as-signed-in",
        promises=("row 70",),
        file="api/rest/devices.py",
        old="    call.edge.guard.forget(call.account)\n",
        new="",
        tests=(f"{_REST}::test_one_signs_a_lost_device_out",),
    ),
)
