"""Official groups over REST: a code by mail opens the door."""

from __future__ import annotations

import re

import pytest
import trio

from engine.ids import GroupId
from engine.model.group import GroupDraft, Visibility
from engine.model.mail import read_mail
from engine.ports.official import MailKey
from tests.api.people import Person, Town, make_town

GROUP = GroupId("O" * 16)
PATH = f"/v1/groups/{GROUP}"
MAIL = "kim@snu.ac.kr"


@pytest.fixture
async def town() -> Town:
    made = make_town()
    draft = GroupDraft("SNU", "", "", (), Visibility.PUBLIC, "")
    store = made.edge.services.store
    await store.official.make(GROUP, draft, ["snu.ac.kr"], now_ms=made.edge.clock())
    return made


async def code_for(person: Person, mail: str = MAIL) -> str:
    """Have a code sent and read it in the mail."""
    reply = await person.call("POST", f"{PATH}/proofs/mail", {"mail": mail})
    assert (reply.status, reply.fields) == (202, {"expires_in": 1800})
    (newest, *_) = person.town.edge.mails.recent(mail)
    found = re.search(r"\d{6}", str(newest["text"]))
    assert found is not None
    return found.group()


async def join(person: Person, proof: object) -> tuple[int, str]:
    reply = await person.call("POST", f"{PATH}/join", {"proof": proof})
    return reply.status, "" if reply.status == 200 else reply.code


async def test_who_reads_the_mail_is_in(town: Town) -> None:
    me = await town.newcomer()
    assert await join(me, None) == (403, "verification_required")
    code = await code_for(me)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert await join(me, {"mail": MAIL, "code": wrong}) == (403, "verification_required")
    assert await join(me, {"mail": "KIM+x@snu.ac.kr", "code": f" {code} "}) == (200, "")
    assert await join(me, {"mail": MAIL, "code": code}) == (403, "verification_required")


async def test_nobody_learns_whether_an_address_is_taken(town: Town) -> None:
    me, prober = await town.newcomer(), await town.newcomer()
    assert await join(me, {"mail": MAIL, "code": await code_for(me)}) == (200, "")
    ask = f"{PATH}/proofs/mail"
    taken = await prober.call("POST", ask, {"mail": MAIL})
    free = await prober.call("POST", ask, {"mail": "lee@snu.ac.kr"})
    assert (taken.status, taken.data) == (free.status, free.data)
    # Both boxes have mail: who waits for the answer cannot tell them apart by time either.
    assert [one["mail"] for one in town.edge.mails.recent(None)] == ["lee@snu.ac.kr", MAIL, MAIL]
    assert await join(prober, {"mail": MAIL, "code": "000000"}) == (403, "verification_required")


@pytest.mark.parametrize(
    "proof",
    [
        {"mail": MAIL},
        {"mail": MAIL, "code": 123456},
        {"mail": 1, "code": "123456"},
        {"mail": "kim", "code": "123456"},
        {"mail": MAIL, "code": "1" * 17},
    ],
)
async def test_a_proof_has_its_form(town: Town, proof: dict[str, object]) -> None:
    assert await join(await town.newcomer(), proof) == (400, "bad_request")


async def test_mail_is_capped_by_person_and_by_address(town: Town) -> None:
    me = await town.newcomer()
    ask = f"{PATH}/proofs/mail"
    for number in range(5):
        # Tags do not make a box another one.
        reply = await me.call("POST", ask, {"mail": f"kim+{number}@snu.ac.kr"})
        assert reply.status == 202
    assert (await me.call("POST", ask, {"mail": "lee@snu.ac.kr"})).status == 429
    other = await town.newcomer()
    refused = await other.call("POST", ask, {"mail": MAIL})
    assert (refused.status, refused.code) == (429, "rate_limited")
    assert len(town.edge.mails.recent(None)) == 5


async def test_guesses_are_capped_over_new_codes(town: Town) -> None:
    me = await town.newcomer()
    answers = []
    for _ in range(4):
        code = await code_for(me)
        for _ in range(3):
            wrong = f"{(int(code) + 1) % 10**6:06}"
            answers.append(await join(me, {"mail": MAIL, "code": wrong}))
    assert answers[:10] == [(403, "verification_required")] * 10
    assert answers[10:] == [(429, "rate_limited")] * 2
    assert await join(me, {"mail": MAIL, "code": code}) == (429, "rate_limited")


async def test_parallel_guesses_are_three(town: Town) -> None:
    me = await town.newcomer()
    code = int(await code_for(me))
    answers: list[tuple[int, str]] = []

    async def guess(number: int) -> None:
        proof = {"mail": MAIL, "code": f"{(code + 1 + number) % 10**6:06}"}
        answers.append(await join(me, proof))

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(guess, number)
    assert all(status != 200 for status, _ in answers)
    assert await join(me, {"mail": MAIL, "code": f"{code:06}"}) != (200, "")


async def test_what_is_kept_of_an_address_is_a_keyed_hash(town: Town) -> None:
    me = await town.newcomer()
    assert await join(me, {"mail": MAIL, "code": await code_for(me)}) == (200, "")
    mails = town.edge.keys.mails
    keys = {mails.key(read_mail(text)) for text in (MAIL, "KIM+a@snu.ac.kr")}
    (key,) = keys
    assert isinstance(key, MailKey)
    assert b"kim" not in key.digest


async def test_other_addresses_and_groups_have_no_code(town: Town) -> None:
    me = await town.newcomer()
    for mail in ("kim@evil-snu.ac.kr", "kim@snu.ac.kr.evil.kr", "kim@snu.ac.kr\r\nBcc: a@b.kr"):
        reply = await me.call("POST", f"{PATH}/proofs/mail", {"mail": mail})
        assert (reply.status, reply.code) == (400, "bad_request")
    nowhere = f"/v1/groups/{'x' * 16}/proofs/mail"
    assert (await me.call("POST", nowhere, {"mail": MAIL})).status == 404
    assert town.edge.mails.recent(None) == []
