"""Signing in by phone, staying signed in, signing out, and going for good."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from engine.model.policy import Policy
from tests.api.people import Person, Town, make_town

PHONE = "010-1234-5678"
PROFILE = {"nickname": "여우", "birth_year": 1996, "gender": "female"}
YEAR = 2025  # of the tests' clock, in Seoul


@pytest.fixture
def town() -> Town:
    return make_town()


async def test_the_first_sign_in_needs_a_profile_and_the_code_stays_good(town: Town) -> None:
    code = await town.code_for(PHONE)
    asked = await town.verify(PHONE, code)
    assert (asked.status, asked.code) == (409, "profile_required")
    first = await town.verify(PHONE, code, PROFILE)
    assert first.status == 200
    assert first.fields.keys() == {"access", "refresh", "expires_in", "new"}
    assert (first.fields["expires_in"], first.fields["new"]) == (3600, True)
    second = await town.sign_in(PHONE)
    assert second.tokens["new"] is False


async def test_every_way_to_write_a_number_is_one_number(town: Town) -> None:
    await town.sign_in(PHONE, PROFILE)
    for phone in ("01012345678", "+821012345678", "+82 10 1234 5678"):
        person = await town.sign_in(phone)
        assert person.tokens["new"] is False
        assert (await person.get("/v1/me"))["nickname"] == "여우"


async def test_the_answer_does_not_tell_a_known_number(town: Town) -> None:
    await town.sign_in(PHONE, PROFILE)
    known = await town.edge.call("POST", "/v1/auth/otp", {"phone": PHONE})
    unknown = await town.edge.call("POST", "/v1/auth/otp", {"phone": "010-9999-9999"})
    assert (known.status, known.data) == (unknown.status, unknown.data)


async def test_a_code_is_six_digits_in_a_text(town: Town) -> None:
    code = await town.code_for(PHONE)
    assert len(code) == 6
    assert code.isdigit()
    outbox = await town.edge.call("GET", "/v1/dev/outbox?phone=01012345678")
    (item,) = cast("list[dict[str, object]]", outbox.fields["items"])
    assert (item["phone"], item["code"]) == ("+821012345678", code)
    assert code in str(item["text"])
    assert item["at"] == town.edge.clock()
    other = await town.edge.call("GET", "/v1/dev/outbox?phone=010-9999-9999")
    assert other.fields == {"items": []}


async def test_what_is_not_the_code_is_refused(town: Town) -> None:
    code = await town.code_for(PHONE)
    wrong = "000000" if code != "000000" else "111111"
    for attempt in (wrong, "", "1", code + "0", "\uff11" * 6):
        reply = await town.verify(PHONE, attempt, PROFILE)
        assert (reply.status, reply.code) == (401, "unauthenticated")
    # Five tries are used up: now the right one is wrong too.
    assert (await town.verify(PHONE, code, PROFILE)).code == "unauthenticated"
    never = await town.verify("010-9999-9999", "123456", PROFILE)
    assert never.code == "unauthenticated"


async def test_a_code_is_good_once_and_for_five_minutes(town: Town) -> None:
    code = await town.code_for(PHONE)
    town.edge.clock.sleep(301)
    assert (await town.verify(PHONE, code, PROFILE)).code == "unauthenticated"
    code = await town.code_for(PHONE)
    assert (await town.verify(PHONE, code, PROFILE)).status == 200
    assert (await town.verify(PHONE, code, PROFILE)).code == "unauthenticated"


async def test_codes_are_limited_by_number(town: Town) -> None:
    for _ in range(5):
        await town.code_for(PHONE)
    reply = await town.edge.call("POST", "/v1/auth/otp", {"phone": PHONE})
    assert (reply.status, reply.code) == (429, "rate_limited")
    assert int(reply.headers["retry-after"]) == 3600
    await town.code_for("010-9999-9999")


async def test_bench_lifts_the_limits() -> None:
    town = make_town(policy=replace(Policy(), limited=False))
    for _ in range(10):
        await town.code_for(PHONE)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"birth_year": YEAR - 18}, 403, "forbidden"),
        ({"birth_year": YEAR - 19}, 200, None),
        ({"birth_year": 1800}, 400, "bad_request"),
        ({"birth_year": YEAR + 1}, 400, "bad_request"),
        ({"birth_year": "1996"}, 400, "bad_request"),
        ({"birth_year": 10**30}, 400, "bad_request"),
        ({"nickname": "a"}, 400, "bad_request"),
        ({"nickname": "운영자"}, 400, "bad_request"),
        ({"nickname": "a\u202eb"}, 400, "bad_request"),
        ({"nickname": "x" * 11}, 400, "bad_request"),
        ({"gender": "fox"}, 400, "bad_request"),
        ({"premium": True}, 400, "bad_request"),
    ],
)
async def test_a_first_profile_is_checked(
    town: Town, change: dict[str, object], status: int, code: str | None
) -> None:
    reply = await town.verify(PHONE, await town.code_for(PHONE), {**PROFILE, **change})
    assert reply.status == status
    if code is not None:
        assert reply.code == code


async def test_refresh_tokens_rotate_and_an_old_one_ends_the_family(town: Town) -> None:
    person = await town.sign_in(PHONE, PROFILE)
    old = {"refresh": person.tokens["refresh"]}
    renewed = await town.edge.call("POST", "/v1/auth/refresh", old)
    assert renewed.status == 200
    assert renewed.fields.keys() == person.tokens.keys()
    assert renewed.fields["new"] is False
    assert (await Person(town, PHONE, renewed.fields).get("/v1/me"))["nickname"] == "여우"

    reused = await town.edge.call("POST", "/v1/auth/refresh", old)
    assert (reused.status, reused.code) == (401, "unauthenticated")
    newest = {"refresh": renewed.fields["refresh"]}
    assert (await town.edge.call("POST", "/v1/auth/refresh", newest)).code == "unauthenticated"
    town.edge.clock.sleep(5)  # the guard's memory
    reply = await Person(town, PHONE, renewed.fields).call("GET", "/v1/me")
    assert reply.code == "unauthenticated"


async def test_a_lost_answer_to_refresh_can_be_had_again(town: Town) -> None:
    person = await town.sign_in(PHONE, PROFILE)
    body = {"refresh": person.tokens["refresh"]}
    first, again = [
        await town.edge.call("POST", "/v1/auth/refresh", body, key="retry") for _ in range(2)
    ]
    assert first.data == again.data
    newest = {"refresh": first.fields["refresh"]}
    assert (await town.edge.call("POST", "/v1/auth/refresh", newest)).status == 200


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 128])
async def test_a_made_up_refresh_token_is_refused(town: Town, token: str) -> None:
    reply = await town.edge.call("POST", "/v1/auth/refresh", {"refresh": token})
    assert (reply.status, reply.code) == (401, "unauthenticated")


@pytest.mark.parametrize("body", [None, {}])
async def test_signing_out_ends_this_device_only(town: Town, body: object) -> None:
    phone, pad = await town.sign_in(PHONE, PROFILE), await town.sign_in(PHONE)
    nudges = len(town.edge.nudges)
    assert (await phone.call("GET", "/v1/me")).status == 200
    reply = await phone.call("POST", "/v1/auth/logout", body)
    assert (reply.status, reply.data) == (204, b"")
    assert len(town.edge.nudges) > nudges
    assert (await phone.call("GET", "/v1/me")).code == "unauthenticated"
    refresh = {"refresh": phone.tokens["refresh"]}
    assert (await town.edge.call("POST", "/v1/auth/refresh", refresh)).code == "unauthenticated"
    assert (await pad.call("GET", "/v1/me")).status == 200


async def test_a_sixth_device_signs_the_first_one_out(town: Town) -> None:
    devices = [await town.sign_in(PHONE, PROFILE)]
    for _ in range(5):
        town.edge.clock.sleep(3600)
        devices.append(await town.sign_in(PHONE))
    refresh = {"refresh": devices[0].tokens["refresh"]}
    assert (await town.edge.call("POST", "/v1/auth/refresh", refresh)).code == "unauthenticated"
    refresh = {"refresh": devices[1].tokens["refresh"]}
    assert (await town.edge.call("POST", "/v1/auth/refresh", refresh)).status == 200


# -------------------------------------------------------------------------------------------- me


async def test_one_sees_and_changes_oneself(town: Town) -> None:
    person = await town.sign_in(PHONE, PROFILE)
    me = await person.get("/v1/me")
    plain = {"show_read_marks": True, "premium": False, "credits": 0, "contact": None}
    assert me == {**PROFILE, **plain}
    reply = await person.call("PATCH", "/v1/me", {"nickname": " owl ", "show_read_marks": False})
    assert reply.fields == {**me, "nickname": "owl", "show_read_marks": False}
    assert await person.get("/v1/me") == reply.fields
    assert (await person.call("PATCH", "/v1/me", {})).fields == reply.fields
    for said, kept in (
        (" 카톡 fox ", "카톡 fox"),
        (None, None),
        ("x" * 100, "x" * 100),
        ("", None),
    ):
        reply = await person.call("PATCH", "/v1/me", {"contact": said})
        assert reply.fields["contact"] == kept


@pytest.mark.parametrize(
    "body",
    [
        {"credits": 99},
        {"premium": True},
        {"account": "A" * 16},
        {"birth_year": 1950},
        {"gender": "male"},
        {"nickname": None},
        {"nickname": "admin"},
        {"nickname": "x\u0000y"},
        {"show_read_marks": "yes"},
        {"show_read_marks": 1},
        {"contact": "x" * 101},
        {"contact": "a\u202eb"},
        {"contact": 5},
    ],
)
async def test_nothing_else_of_oneself_can_be_changed(town: Town, body: dict[str, object]) -> None:
    person = await town.sign_in(PHONE, PROFILE)
    before = await person.get("/v1/me")
    reply = await person.call("PATCH", "/v1/me", body)
    assert (reply.status, reply.code) == (400, "bad_request")
    assert await person.get("/v1/me") == before


async def test_deletion_stops_all_devices_at_once(town: Town) -> None:
    phone, pad = await town.sign_in(PHONE, PROFILE), await town.sign_in(PHONE)
    for person in (phone, pad):
        assert (await person.call("GET", "/v1/me")).status == 200
    reply = await phone.call("DELETE", "/v1/me")
    assert reply.status == 202
    assert reply.fields == {"erases_at": town.edge.clock() + 7 * 86_400_000}
    assert town.edge.nudges
    for person in (phone, pad):
        assert (await person.call("GET", "/v1/me")).code == "unauthenticated"
