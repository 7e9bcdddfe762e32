"""Caps of sign-in codes over REST: whose messages are paid for, and who may guess how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.model.policy import Policy, SignInPolicy
from tests.api.edge import STRANGER, Reply
from tests.api.people import Town, make_town

PROFILE = {"nickname": "여우", "birth_year": 1996, "gender": "female"}


def town_with(**numbers: object) -> Town:
    sign_in = replace(SignInPolicy(), **numbers)  # type: ignore[arg-type]  # numbers of the policy
    return make_town(policy=replace(Policy(), sign_in=sign_in))


async def ask(town: Town, phone: str, peer: str = STRANGER) -> Reply:
    return await town.edge.call("POST", "/v1/auth/otp", {"phone": phone}, peer=peer)


async def guess(town: Town, phone: str, code: str, peer: str = STRANGER) -> Reply:
    body = {"phone": phone, "code": code, "profile": PROFILE}
    return await town.edge.call("POST", "/v1/auth/otp/verify", body, peer=peer)


async def test_an_address_has_so_many_codes_sent_and_no_more() -> None:
    town = town_with(codes_per_address_hour_max=3)
    answers = [await ask(town, f"010-{1000 + n}-0000") for n in range(5)]
    assert [answer.status for answer in answers] == [202] * 3 + [429] * 2
    assert answers[3].code == "rate_limited"
    assert len(town.edge.texts.sent) == 3
    assert (await ask(town, "010-7000-0000", peer="203.0.113.8")).status == 202


async def test_a_network_of_ipv6_is_one_address() -> None:
    town = town_with(codes_per_address_hour_max=1)
    assert (await ask(town, "010-1000-0000", peer="2001:db8::1")).status == 202
    assert (await ask(town, "010-2000-0000", peer="2001:db8::ffff:2")).status == 429
    assert (await ask(town, "010-3000-0000", peer="2001:db8:0:1::1")).status == 202


async def test_numbers_of_one_range_share_a_cap_from_wherever_they_are_asked_for() -> None:
    town = town_with(codes_per_prefix_hour_max=2)
    answers = [await ask(town, f"010-4444-{n:04}", peer=f"198.51.100.{n + 1}") for n in range(4)]
    assert [answer.status for answer in answers] == [202, 202, 429, 429]
    assert (await ask(town, "010-4445-0000")).status == 202


@pytest.mark.parametrize("which", ["codes_per_hour_total_max", "codes_per_day_total_max"])
async def test_all_codes_together_have_a_cap(which: str) -> None:
    town = town_with(**{which: 4})
    answers = [
        await ask(town, f"010-{1000 + n}-{n:04}", peer=f"198.51.100.{n + 1}") for n in range(6)
    ]
    assert [answer.status for answer in answers] == [202] * 4 + [429] * 2
    assert len(town.edge.texts.sent) == 4


async def test_a_cap_says_nothing_of_whether_a_number_is_known() -> None:
    town = town_with(codes_per_prefix_hour_max=2)
    await town.sign_in("010-5555-0001", PROFILE)
    await ask(town, "010-5555-0002")
    known, unknown = await ask(town, "010-5555-0001"), await ask(town, "010-5555-0003")
    assert (known.status, known.data) == (unknown.status, unknown.data)
    assert known.code == "rate_limited"


async def test_ten_wrong_codes_an_hour_whatever_is_asked_for_between() -> None:
    town = make_town()
    phone = "010-6666-0001"
    answers = []
    for _ in range(3):
        code = await town.code_for(phone)
        wrong = "000000" if code != "000000" else "111111"
        answers += [await guess(town, phone, wrong) for _ in range(4)]
    assert [answer.status for answer in answers] == [401] * 10 + [429] * 2
    assert (await guess(town, phone, code)).code == "rate_limited"


async def test_guesses_from_one_address_are_counted_over_numbers() -> None:
    town = town_with(wrong_codes_per_address_hour_max=3)
    answers = [await guess(town, f"010-{1000 + n}-0000", "123456") for n in range(5)]
    assert [answer.status for answer in answers] == [401] * 3 + [429] * 2
    assert (await guess(town, "010-9000-0000", "123456", peer="203.0.113.9")).status == 401


@pytest.mark.parametrize("phone", ["+15005550006", "+8613800138000", "+81 90-1234-5678", "+882123"])
async def test_codes_go_to_the_countries_of_the_policy_only(phone: str) -> None:
    town = make_town()
    assert (await ask(town, phone)).code == "bad_request"
    assert not town.edge.texts.sent


async def test_another_country_is_a_line_of_the_policy() -> None:
    town = town_with(phone_countries=("+82", "+81"))
    assert (await ask(town, "+81 90-1234-5678")).status == 202
    assert town.edge.texts.sent[0]["phone"] == "+819012345678"
    assert (await ask(town, "+82 2-123-4567")).code == "bad_request"
    assert (await ask(town, "+1 500 555 0006")).code == "bad_request"


async def test_codes_that_nobody_uses_raise_an_alarm() -> None:
    town = town_with(codes_alarm_min=3, codes_per_address_hour_max=100)
    for number in range(4):
        await ask(town, f"010-{1000 + number}-0000")
    metrics = town.edge.services.meter.text().decode()  # type: ignore[attr-defined]  # the real meter
    assert "glimpse_codes_alarms_total 2.0" in metrics
    assert "glimpse_codes_sent_total 4.0" in metrics
