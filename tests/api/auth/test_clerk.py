"""Session tokens of Clerk: good ones open, every forgery does not, and the keys rotate."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from string import ascii_lowercase, ascii_uppercase, digits

import pytest
import trio
from trio.testing import MockClock

from api.auth.clerk import Clerk, check_signature, parse_webhook_secret
from api.auth.jwks import KeySet, read_keys
from engine.errors import Unauthenticated, Unavailable
from engine.limits_outside import (
    CLERK_KEYS_BYTES_MAX,
    CLERK_KEYS_KEPT_S,
    CLERK_TOKEN_CHARS_MAX,
)
from engine.model.clerk import ClerkSession, ClerkTerms
from tests.doubles import clerk as double
from tests.doubles.clerk import ISSUER, PARTY, WEBHOOK_KEY, WEBHOOK_SECRET, rsa_key, svix

NOW_MS = 1_750_000_000_000
SECOND_MS = 1_000
BASE64 = f"{ascii_uppercase}{ascii_lowercase}{digits}-_"
SESSION = ClerkSession("user_2dDeEfF", "sess_2aAbBcC")


def door(clerk: double.Clerk) -> Clerk:
    terms = ClerkTerms(ISSUER, frozenset({PARTY}))
    return Clerk(terms, KeySet(clerk), b"id key", WEBHOOK_KEY)


async def test_a_session_token_says_whose_session_it_is() -> None:
    clerk = double.Clerk()
    assert await door(clerk).session(clerk.token(NOW_MS), now_ms=NOW_MS) == SESSION


CLERK = double.Clerk()
STRANGER = rsa_key("stranger")


def hs256() -> str:
    head = double.segment(json.dumps({"alg": "HS256", "kid": "ins_one", "typ": "JWT"}).encode())
    content = f"{head}.{double.segment(json.dumps(CLERK.claims(NOW_MS)).encode())}"
    secret = double.public_pem(rsa_key("ins_one"))
    return f"{content}.{double.segment(hmac.digest(secret, content.encode(), sha256))}"


def unsigned(alg: str) -> str:
    head = double.segment(json.dumps({"alg": alg, "kid": "ins_one", "typ": "JWT"}).encode())
    return f"{head}.{double.segment(json.dumps(CLERK.claims(NOW_MS)).encode())}."


def payload(text: str) -> str:
    return CLERK.sign(text.encode())


FORGED: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "dots": lambda: "..",
    "not ASCII": lambda: "ü.ü.ü",
    "huge": lambda: CLERK.token(NOW_MS, filler="A" * CLERK_TOKEN_CHARS_MAX),
    "alg none": lambda: unsigned("none"),
    "alg None": lambda: unsigned("None"),
    "alg missing": lambda: CLERK.token(NOW_MS, {"alg": None}),
    "HS256 with the public key": hs256,
    "RS512": lambda: CLERK.token(NOW_MS, {"alg": "RS512"}),
    "another key": lambda: CLERK.sign(json.dumps(CLERK.claims(NOW_MS)).encode(), key=STRANGER),
    "kid of nobody": lambda: CLERK.token(NOW_MS, {"kid": "ins_nobody"}),
    "kid is a path": lambda: CLERK.token(NOW_MS, {"kid": "../../dev/null"}),
    "kid is SQL": lambda: CLERK.token(NOW_MS, {"kid": "x' UNION SELECT 'key"}),
    "kid is a URL": lambda: CLERK.token(NOW_MS, {"kid": "https://evil.example/jwks"}),
    "kid is a number": lambda: CLERK.token(NOW_MS, {"kid": 1}),
    "kid missing": lambda: CLERK.token(NOW_MS, {"kid": None}),
    "jku": lambda: CLERK.token(NOW_MS, {"jku": "https://evil.example/jwks"}),
    "x5u": lambda: CLERK.token(NOW_MS, {"x5u": "https://evil.example/cert"}),
    "jwk": lambda: CLERK.sign(
        json.dumps(CLERK.claims(NOW_MS)).encode(),
        {"jwk": double.jwk("ins_one", STRANGER)},
        key=STRANGER,
    ),
    "crit": lambda: CLERK.token(NOW_MS, {"crit": ["exp"]}),
    "typ of another kind": lambda: CLERK.token(NOW_MS, {"typ": "at+jwt"}),
    "header key twice": lambda: CLERK.sign_raw(
        b'{"alg":"none","alg":"RS256","kid":"ins_one"}', json.dumps(CLERK.claims(NOW_MS)).encode()
    ),
    "claim twice": lambda: payload(json.dumps(CLERK.claims(NOW_MS))[:-1] + ',"sub":"user_x"}'),
    "payload is a list": lambda: payload("[]"),
    "payload is not JSON": lambda: payload("\xff"),
    "iss wrong": lambda: CLERK.token(NOW_MS, iss="https://clerk.evil.example"),
    "iss with a slash": lambda: CLERK.token(NOW_MS, iss=ISSUER + "/"),
    "iss missing": lambda: CLERK.token(NOW_MS, iss=None),
    "azp wrong": lambda: CLERK.token(NOW_MS, azp="https://evil.example"),
    "azp longer": lambda: CLERK.token(NOW_MS, azp=PARTY + ".evil.example"),
    "azp missing": lambda: CLERK.token(NOW_MS, azp=None),
    "aud of another": lambda: CLERK.token(NOW_MS, aud="payments"),
    "expired": lambda: CLERK.token(NOW_MS, exp=NOW_MS // 1000 - 6),
    "exp missing": lambda: CLERK.token(NOW_MS, exp=None),
    "exp is true": lambda: CLERK.token(NOW_MS, exp=True),
    "exp is a text": lambda: CLERK.token(NOW_MS, exp="9999999999"),
    "exp is never": lambda: CLERK.token(NOW_MS, exp=1e300),
    "nbf in the future": lambda: CLERK.token(NOW_MS, nbf=NOW_MS // 1000 + 6),
    "nbf missing": lambda: CLERK.token(NOW_MS, nbf=None),
    "sub missing": lambda: CLERK.token(NOW_MS, sub=None),
    "sub empty": lambda: CLERK.token(NOW_MS, sub=""),
    "sub is a list": lambda: CLERK.token(NOW_MS, sub=["user_x"]),
    "sid missing": lambda: CLERK.token(NOW_MS, sid=None),
    "not through signing in": lambda: CLERK.token(NOW_MS, sts="pending"),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_any_other_token_is_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(Unauthenticated):
        await door(CLERK).session(forge(), now_ms=NOW_MS)


async def test_no_byte_of_a_token_can_be_another() -> None:
    clerk = double.Clerk()
    at_door, token = door(clerk), clerk.token(NOW_MS)
    await at_door.session(token, now_ms=NOW_MS)
    for place in (*range(0, len(token), 7), len(token) - 1):
        if token[place] == ".":
            continue
        # The neighbour differs in the last bit only, of which a last character may have no use.
        other = BASE64[BASE64.index(token[place]) ^ 1]
        with pytest.raises(Unauthenticated):
            await at_door.session(token[:place] + other + token[place + 1 :], now_ms=NOW_MS)
    for other in (token + "=", token + "\n", " " + token, token.replace("-", "+")):
        if other != token:
            with pytest.raises(Unauthenticated):
                await at_door.session(other, now_ms=NOW_MS)


async def test_the_clocks_may_differ_by_five_seconds() -> None:
    clerk, now_s = double.Clerk(), NOW_MS // 1000
    for token in (clerk.token(NOW_MS, exp=now_s - 4), clerk.token(NOW_MS, nbf=now_s + 5)):
        assert await door(clerk).session(token, now_ms=NOW_MS) == SESSION


# ----------------------------------------------------------------------------------------- keys


async def test_a_new_key_is_good_within_a_minute_and_an_old_one_gone() -> None:
    clerk = double.Clerk()
    at_door = door(clerk)
    old = clerk.token(NOW_MS, exp=NOW_MS // 1000 + 600)
    await at_door.session(old, now_ms=NOW_MS)
    clerk.kids = ["ins_two"]
    later_ms = NOW_MS + 60 * SECOND_MS
    assert await at_door.session(clerk.token(later_ms), now_ms=later_ms) == SESSION
    with pytest.raises(Unauthenticated):
        await at_door.session(old, now_ms=later_ms)


async def test_a_key_that_was_withdrawn_is_gone_though_nobody_asks_for_a_new_one() -> None:
    clerk = double.Clerk(kids=["ins_one", "ins_two"])
    at_door, old = door(clerk), clerk.token(NOW_MS, exp=NOW_MS // 1000 + 600)
    await at_door.session(old, now_ms=NOW_MS)
    clerk.kids = ["ins_two"]
    with pytest.raises(Unauthenticated):
        await at_door.session(old, now_ms=NOW_MS + 60 * SECOND_MS)


async def test_unknown_keys_make_one_fetch_in_thirty_seconds() -> None:
    clerk = double.Clerk()
    at_door = door(clerk)
    for number in range(300):
        now_ms = NOW_MS + number * 100
        with pytest.raises(Unauthenticated):
            await at_door.session(clerk.token(now_ms, {"kid": f"k{number}"}), now_ms=now_ms)
    assert clerk.fetches == 1
    with pytest.raises(Unauthenticated):
        await at_door.session(clerk.token(NOW_MS, {"kid": "x"}), now_ms=NOW_MS + 30_000)
    assert clerk.fetches == 2


async def test_the_last_keys_survive_an_outage_of_a_day() -> None:
    clerk = double.Clerk()
    at_door = door(clerk)
    await at_door.session(clerk.token(NOW_MS), now_ms=NOW_MS)
    clerk.down = True
    for minute in range(1, 11):
        now_ms = NOW_MS + minute * 60 * SECOND_MS
        assert await at_door.session(clerk.token(now_ms), now_ms=now_ms) == SESSION
    assert clerk.fetches == 11
    for late_ms in (-1, 0):
        now_ms = NOW_MS + int(CLERK_KEYS_KEPT_S) * SECOND_MS + late_ms
        if late_ms < 0:
            await at_door.session(clerk.token(now_ms), now_ms=now_ms)
        else:
            with pytest.raises(Unavailable):
                await at_door.session(clerk.token(now_ms), now_ms=now_ms)


async def test_an_outage_at_the_start_is_an_outage_and_over_by_itself() -> None:
    clerk = double.Clerk(down=True)
    at_door = door(clerk)
    for _ in range(5):
        with pytest.raises(Unavailable):
            await at_door.session(clerk.token(NOW_MS), now_ms=NOW_MS)
    assert clerk.fetches == 1
    clerk.down = False
    later_ms = NOW_MS + 30 * SECOND_MS
    assert await at_door.session(clerk.token(later_ms), now_ms=later_ms) == SESSION


async def test_who_has_a_known_key_waits_for_no_slow_answer(autojump_clock: MockClock) -> None:
    clerk = double.Clerk()
    at_door = door(clerk)
    await at_door.session(clerk.token(NOW_MS), now_ms=NOW_MS)
    clerk.delay_s, later_ms = 3.0, NOW_MS + 31 * SECOND_MS
    waited: list[float] = []

    async def come() -> None:
        began_s = autojump_clock.current_time()
        assert await at_door.session(clerk.token(later_ms), now_ms=later_ms) == SESSION
        waited.append(autojump_clock.current_time() - began_s)

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(come)
    assert sorted(waited) == [0.0] * 19 + [3.0]
    assert clerk.fetches == 2


WEAK = json.dumps({"keys": [double.jwk("weak", rsa_key("weak", 1_024))]}).encode()
OTHER_USE = json.dumps({"keys": [double.jwk("k", STRANGER) | {"use": "enc"}]}).encode()
SYMMETRIC = b'{"keys":[{"kty":"oct","kid":"k","k":"c2VjcmV0","alg":"RS256"}]}'
MANY = json.dumps({"keys": [double.jwk(f"k{n}", STRANGER) for n in range(21)]}).encode()


@pytest.mark.parametrize(
    "document",
    [
        *(b"", b"[]", b"{}", b'{"keys":{}}', b'{"keys":[]}', b'{"keys":[1]}', b"<html>", b"\xff"),
        *(WEAK, OTHER_USE, SYMMETRIC, MANY),
        b'{"keys":[{"kty":"RSA","kid":"k","n":"AQ","e":"AQ"}]}',
    ],
)
async def test_a_document_that_makes_no_sense_changes_nothing(document: bytes) -> None:
    with pytest.raises(Unavailable):
        read_keys(document)
    clerk = double.Clerk()
    at_door = door(clerk)
    await at_door.session(clerk.token(NOW_MS), now_ms=NOW_MS)
    clerk.body = document
    later_ms = NOW_MS + 60 * SECOND_MS
    assert await at_door.session(clerk.token(later_ms), now_ms=later_ms) == SESSION
    assert len(MANY) < CLERK_KEYS_BYTES_MAX


async def test_the_ids_of_clerk_are_kept_as_hashes_of_their_kind() -> None:
    at_door = door(double.Clerk())
    key = at_door.key_of("user_x", "user_x")
    assert len({key.user, key.session}) == 2
    assert b"user_x" not in key.user + key.session
    assert at_door.key_of("user_x") == type(key)(key.user, b"")


# ------------------------------------------------------------------------------------- webhooks

BODY = b'{"type":"user.updated"}'


def checked(headers: dict[str, str], body: bytes = BODY, now_ms: int = NOW_MS) -> str:
    return check_signature(WEBHOOK_KEY, lambda name: headers.get(name, ""), body, now_ms=now_ms)


def test_what_svix_signed_is_believed_within_its_window() -> None:
    headers = svix(BODY, now_ms=NOW_MS)
    for offset_s in (-300, 0, 300):
        assert checked(headers, now_ms=NOW_MS + offset_s * SECOND_MS) == "msg_1"
    for offset_s in (-301, 301, 10**9):
        with pytest.raises(Unauthenticated):
            checked(headers, now_ms=NOW_MS + offset_s * SECOND_MS)


def test_one_of_several_signatures_is_enough_while_a_secret_is_exchanged() -> None:
    headers = svix(BODY, now_ms=NOW_MS)
    old = svix(BODY, now_ms=NOW_MS, key=b"an older secret")["svix-signature"]
    headers["svix-signature"] = f"{old} {headers['svix-signature']}"
    assert checked(headers) == "msg_1"


GOOD = svix(BODY, now_ms=NOW_MS)


@pytest.mark.parametrize(
    "change",
    [
        {"svix-id": "msg_2"},
        {"svix-id": ""},
        {"svix-id": "msg_1."},
        {"svix-id": "x" * 65},
        {"svix-timestamp": ""},
        {"svix-timestamp": str(NOW_MS // 1000 + 1)},
        {"svix-timestamp": "-1"},
        {"svix-timestamp": "9" * 400},
        {"svix-signature": ""},
        {"svix-signature": "v1,"},
        {"svix-signature": "v2," + GOOD["svix-signature"][3:]},
        {"svix-signature": GOOD["svix-signature"][:-2] + "A="},
        {"svix-signature": "ü"},
        {"svix-signature": " ".join(["v1,x"] * 8 + [GOOD["svix-signature"]])},
    ],
)
def test_what_svix_did_not_sign_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        checked({**GOOD, **change})


def test_a_signature_is_of_one_body_under_one_key() -> None:
    with pytest.raises(Unauthenticated):
        checked(GOOD, BODY + b" ")
    with pytest.raises(Unauthenticated):
        checked(svix(BODY, now_ms=NOW_MS, key=b"another key of some bytes"))


def test_a_webhook_secret_is_read_as_svix_writes_it() -> None:
    assert parse_webhook_secret(WEBHOOK_SECRET) == WEBHOOK_KEY
    for wrong in ("whsec_", "whsec_AAAA", "whsec_!", WEBHOOK_SECRET + "!"):
        with pytest.raises(ValueError, match=r"^it is "):
            parse_webhook_secret(wrong)
