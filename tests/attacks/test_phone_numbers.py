"""Who has an account is not told: an asker gets the same bytes for every kind of number.

faults.md 58. The kinds are: somebody's, a deleted one's, a banned one's, and nobody's. What the
asker does not have is the code; all that can be asked without it is asked, beyond the limits too.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from store.memory.state import Memory
from tests.api.edge import STRANGER, Reply
from tests.api.people import Fields, Town, make_town

PHONE = "010-5151-5151"
PROFILE: Fields = {"nickname": "fox", "birth_year": 1996, "gender": "female"}
HOUR_S = 3_600
Said = tuple[int, Mapping[str, str], bytes]


async def town_in_which(kind: str) -> Town:
    """Make a town in which the number is of a kind, and everything about it is long ago."""
    memory = Memory()
    town = make_town(memory=memory)
    if kind != "nobody":
        person = await town.sign_in(PHONE, PROFILE)
        if kind == "deleted":
            assert (await person.call("DELETE", "/v1/me")).status == 202
        if kind == "banned":
            (row,) = memory.accounts.values()
            row.state = "banned"
    town.edge.clock.sleep(2 * HOUR_S)
    return town


def said(reply: Reply) -> Said:
    """Return all that the asker sees of an answer."""
    headers = {key: value for key, value in reply.headers.items() if key != "x-request-id"}
    return reply.status, headers, reply.data


async def everything_asked(town: Town) -> list[Said]:
    """Ask for codes and guess them, as often as one is let, and some more."""
    heard = list[Said]()

    async def ask(path: str, body: Fields) -> None:
        heard.append(said(await town.edge.call("POST", path, body, peer=STRANGER)))

    for phone in (PHONE, "+82 10 5151 5151"):
        await ask("/v1/auth/otp/verify", {"phone": phone, "code": "123456"})
    for number in range(6):
        await ask("/v1/auth/otp", {"phone": PHONE})
        wrong = f"{(int(str(town.edge.texts.sent[0]['code'])) + 1) % 10**6:06}"
        for code in (wrong, "", "x" * 16):
            body: Fields = {"phone": PHONE, "code": code}
            await ask("/v1/auth/otp/verify", body)
            await ask("/v1/auth/otp/verify", {**body, "profile": {**PROFILE, "birth_year": 2020}})
        town.edge.clock.sleep(number)
    return heard


@pytest.mark.parametrize("kind", ["somebody", "deleted", "banned"])
async def test_every_number_is_answered_as_one_that_nobody_has(kind: str) -> None:
    worlds = [await town_in_which(one) for one in (kind, "nobody")]
    texts = [len(town.edge.texts.sent) for town in worlds]
    known, unknown = [await everything_asked(town) for town in worlds]
    assert known == unknown
    assert {status for status, *_ in unknown} == {202, 401, 403, 429}
    # As many texts are sent, so that the time of an answer says nothing either.
    sent = [len(town.edge.texts.sent) - before for town, before in zip(worlds, texts, strict=True)]
    assert sent[0] == sent[1] == 5
