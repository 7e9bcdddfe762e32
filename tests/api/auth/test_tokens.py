"""Tokens, phones and cursors: each opens only what it sealed, for whom and while it is good."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet

from api.auth.guards import Guard
from api.auth.keyring import Auth, derive, make_auth
from api.auth.phones import CODE_BYTES, make_code
from api.auth.tokens import REFRESH_BYTES, refresh_digest, refresh_token
from api.secrets import Secrets
from api.setting_values import Secret
from engine.errors import BadRequest, Forbidden, Unauthenticated
from engine.ids import AccountId, DeviceId
from engine.limits import ACCESS_TOKEN_CHARS_MAX, ACCOUNT_CACHED_S
from engine.model.account import Account, Gender
from engine.model.policy import Policy

ACCOUNT = AccountId("a" * 16)
DEVICE = DeviceId("d" * 16)
NOW_MS = 1_700_000_000_500
NEW_YEAR_OF_2014_MS = 1_388_502_000_000  # in Seoul; who is born in 1995 turns 19 in it
TTL_MS = Policy().sign_in.access_ttl_s * 1000


def keys(*token_keys: int, phone: int = 7) -> Auth:
    return make_auth(
        Secrets(
            master_key=Secret(bytes([1]) * 32),
            token_keys=tuple(Secret(bytes([number]) * 32) for number in token_keys),
            phone_key=Secret(bytes([phone]) * 32),
        ),
        Policy(),
    )


AUTH = keys(2)


def token(auth: Auth = AUTH, *, now_ms: int = NOW_MS) -> str:
    return auth.issuer.issue(ACCOUNT, DEVICE, now_ms=now_ms)


def test_a_token_says_who_and_until_when() -> None:
    claims = AUTH.verifier.verify(token(), NOW_MS)
    assert (claims.account, claims.device) == (ACCOUNT, DEVICE)
    assert claims.expires_at_ms == NOW_MS + TTL_MS
    assert len(token()) <= ACCESS_TOKEN_CHARS_MAX


def test_a_token_shows_nothing_of_the_account() -> None:
    sealed = token()
    assert ACCOUNT.encode() not in urlsafe_b64decode(sealed)
    assert sealed != token()


def test_a_token_is_good_to_the_last_millisecond() -> None:
    sealed = token()
    AUTH.verifier.verify(sealed, NOW_MS + TTL_MS - 1)
    for late_ms in (TTL_MS, TTL_MS + 1, 10 * TTL_MS):
        with pytest.raises(Unauthenticated):
            AUTH.verifier.verify(sealed, NOW_MS + late_ms)


def test_a_token_from_the_future_is_refused_beyond_the_usual_skew() -> None:
    AUTH.verifier.verify(token(now_ms=NOW_MS + 59_000), NOW_MS)
    with pytest.raises(Unauthenticated):
        AUTH.verifier.verify(token(now_ms=NOW_MS + 120_000), NOW_MS)


def test_keys_rotate() -> None:
    old, both, new = keys(2), keys(3, 2), keys(3)
    assert both.verifier.verify(token(old), NOW_MS).account == ACCOUNT
    assert new.verifier.verify(token(both), NOW_MS).account == ACCOUNT
    with pytest.raises(Unauthenticated):
        new.verifier.verify(token(old), NOW_MS)


def sealed_by_hand(content: bytes) -> str:
    box = Fernet(urlsafe_b64encode(derive(bytes([2]) * 32, "access token")))
    return box.encrypt_at_time(content, NOW_MS // 1000).decode()


FORGED: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "words": lambda: "not a token",
    "not ASCII": lambda: "ü" * 20,
    "a lone surrogate": lambda: "\ud800",
    "oversized": lambda: token() + "A" * ACCESS_TOKEN_CHARS_MAX,
    "a megabyte": lambda: "A" * 1_000_000,
    "cut": lambda: token()[:-5],
    "one byte changed": lambda: token()[:60] + ("B" if token()[60] == "A" else "A") + token()[61:],
    "alg none": lambda: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhYWEifQ.",
    "another key": lambda: token(keys(9)),
    "a cursor": lambda: AUTH.cursors.seal(ACCOUNT, "groups", DEVICE),
    "a kept answer": lambda: AUTH.answers.encrypt(b"[]").decode(),
    "other content": lambda: sealed_by_hand(b"{}"),
    "not JSON": lambda: sealed_by_hand(b"\xff"),
    "another audience": lambda: sealed_by_hand(
        f'["admin","{ACCOUNT}","{DEVICE}",{NOW_MS}]'.encode()
    ),
    "one field more": lambda: sealed_by_hand(
        f'["glimpse.v1","{ACCOUNT}","{DEVICE}",{NOW_MS},"owner"]'.encode()
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_any_other_text_is_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(Unauthenticated):
        AUTH.verifier.verify(forge(), NOW_MS)


def test_refresh_tokens_are_stored_as_a_hash_only() -> None:
    first, second = refresh_token(bytes(REFRESH_BYTES)), refresh_token(b"\xff" * REFRESH_BYTES)
    assert refresh_digest(first) == refresh_digest(first) != refresh_digest(second)
    assert len(refresh_digest(first)) == 32
    for wrong in ("", first[:-1], first + "A", first[:-1] + "=", "ü" * 43, first + "\n"):
        with pytest.raises(Unauthenticated):
            refresh_digest(wrong)


# -------------------------------------------------------------------------------- phones, codes


def test_one_number_has_one_digest_under_one_key() -> None:
    phone = "+821012345678"
    key = AUTH.phones.key(phone)
    assert key.digest == AUTH.phones.key(phone).digest
    assert key.digest != keys(2, phone=8).phones.key(phone).digest
    assert AUTH.phones.open(key.sealed) == phone
    assert phone.encode() not in key.sealed


def test_a_code_belongs_to_its_number() -> None:
    one, other = AUTH.phones.key("+821012345678"), AUTH.phones.key("+821087654321")
    assert AUTH.phones.code_digest(one, "123456") == AUTH.phones.code_digest(one, "123456")
    assert AUTH.phones.code_digest(one, "123456") != AUTH.phones.code_digest(other, "123456")
    assert AUTH.phones.code_digest(one, "123456") != AUTH.phones.code_digest(one, "123457")


def test_a_code_has_six_digits() -> None:
    assert make_code(bytes(CODE_BYTES)) == "000000"
    assert make_code((10**6 + 42).to_bytes(CODE_BYTES)) == "000042"


# -------------------------------------------------------------------------------------- cursors


def test_a_cursor_is_good_for_one_list_of_one_person() -> None:
    cursor = AUTH.cursors.seal(ACCOUNT, "groups", "after")
    assert AUTH.cursors.open(ACCOUNT, "groups", cursor) == "after"
    assert AUTH.cursors.open(ACCOUNT, "groups", None) is None
    wrong = [
        (AccountId("b" * 16), "groups", cursor),
        (ACCOUNT, "rooms", cursor),
        (ACCOUNT, "groups", cursor[:-2]),
        (ACCOUNT, "groups", "ü"),
        (ACCOUNT, "groups", ""),
        (ACCOUNT, "groups", "A" * 100_000),
        (ACCOUNT, "groups", token()),
    ]
    for account, name, text in wrong:
        with pytest.raises(BadRequest):
            AUTH.cursors.open(account, name, text)


# --------------------------------------------------------------------------------------- guards


class Counting:
    """An account store that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.signed_out = False

    async def account_of(self, device: DeviceId, account: AccountId) -> Account:
        self.asked += 1
        if self.signed_out:
            raise Unauthenticated
        return Account(account, "fox", 1995, Gender.OTHER, True, False, 0)


async def test_the_store_is_asked_once_in_a_while() -> None:
    accounts = Counting()
    guard = Guard(AUTH.verifier, accounts, Policy())  # type: ignore[arg-type]  # the one method it uses
    header = f"Bearer {token()}"
    for _ in range(3):
        caller = await guard.caller(header, now_ms=NOW_MS)
    assert (caller.account.account, caller.device, accounts.asked) == (ACCOUNT, DEVICE, 1)

    accounts.signed_out = True
    later_ms = NOW_MS + int(ACCOUNT_CACHED_S * 1000)
    await guard.caller(header, now_ms=later_ms - 1)
    for moment_ms in (later_ms, NOW_MS):  # a refusal is not kept as a permission
        with pytest.raises(Unauthenticated):
            await guard.caller(header, now_ms=moment_ms)


async def test_who_is_too_young_by_the_year_is_not_let_in() -> None:
    guard = Guard(AUTH.verifier, Counting(), Policy())  # type: ignore[arg-type]  # the one method it uses
    last_ms = NEW_YEAR_OF_2014_MS - 1
    header = f"Bearer {token(now_ms=last_ms)}"
    with pytest.raises(Forbidden):
        await guard.caller(header, now_ms=last_ms)
    caller = await guard.caller(header, now_ms=NEW_YEAR_OF_2014_MS)
    assert caller.account.birth_year == 1995, "from the year in which they turn 19"


async def test_a_changed_person_is_asked_for_again() -> None:
    accounts = Counting()
    guard = Guard(AUTH.verifier, accounts, Policy())  # type: ignore[arg-type]  # the one method it uses
    await guard.caller(f"bearer {token()}", now_ms=NOW_MS)
    guard.forget(ACCOUNT)
    await guard.caller(f"Bearer {token()}", now_ms=NOW_MS)
    assert accounts.asked == 2


async def test_so_many_people_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.auth.guards.ACCOUNTS_CACHED_MAX", 2)
    accounts = Counting()
    guard = Guard(AUTH.verifier, accounts, Policy())  # type: ignore[arg-type]  # the one method it uses
    people = [AUTH.issuer.issue(ACCOUNT, DeviceId(f"d{n}"), now_ms=NOW_MS) for n in range(3)]
    for one in (*people, people[2], people[0]):  # the oldest was forgotten and is asked for again
        await guard.caller(f"Bearer {one}", now_ms=NOW_MS)
    assert accounts.asked == 4


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
async def test_another_scheme_is_nobody(header: str | None) -> None:
    guard = Guard(AUTH.verifier, Counting(), Policy())  # type: ignore[arg-type]  # the one method it uses
    with pytest.raises(Unauthenticated):
        await guard.caller(header, now_ms=NOW_MS)
