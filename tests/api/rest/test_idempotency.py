"""Idempotency-Key: one effect and one answer, for one caller, one route and one body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock

from engine.errors import Conflict, NotFound, Unavailable
from engine.ids import AccountId, DeviceId, LikeId
from engine.limits import CID_CHARS_MAX, REQUEST_S_MAX
from engine.model.account import Account, Profile, SignIn
from engine.model.code_caps import Cap
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.policy import SignInPolicy
from engine.ports.accounts import DeviceDraft, PhoneKey
from engine.ports.idempotency import Answer
from tests.api.edge import DEVICE, ME, STRANGER, Edge, make_edge
from tests.api.fakes import KeptAnswers, OneAccount, make_store

LIKES = "/v1/groups/" + "g" * 16 + "/likes"
LIKE = {"member": "m" * 16, "intent": "friend"}
OTHER = AccountId("B" * 16)


@dataclass
class Desk:
    """Takes likes, in a different mood each time."""

    moods: list[Exception | None] = field(default_factory=list)
    placed: list[LikeRequest] = field(default_factory=list)
    delay_s: float = 0

    async def place(self, request: LikeRequest) -> LikeReceipt:
        self.placed.append(request)
        await trio.sleep(self.delay_s)
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            raise mood
        return LikeReceipt(LikeId(f"like{len(self.placed):012}"), 0, 3)


class TwoAccounts(OneAccount):
    """Two people, and signing in that always works."""

    def __init__(self) -> None:
        self.signed_in = 0

    async def account_of(self, device: DeviceId, account: AccountId) -> Account:
        if account == OTHER:
            return Account(OTHER, "owl", 1996, ME.gender, True, False, 0)
        return await super().account_of(device, account)

    async def sign_in(
        self,
        phone: PhoneKey,
        code_digest: bytes,
        profile: Profile | None,
        draft: DeviceDraft,
        policy: SignInPolicy,
        *,
        now_ms: int,
        tries: Sequence[Cap] = (),
    ) -> SignIn:
        self.signed_in += 1
        return SignIn(ME.account, draft.device, new=False)


def edge_with(desk: Desk, **ports: object) -> Edge:
    return make_edge(make_store(**({"accounts": TwoAccounts()} | ports)), desk=desk)


async def test_the_first_success_is_given_again() -> None:
    desk = Desk()
    edge = edge_with(desk)
    replies = [
        await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once") for _ in range(3)
    ]
    assert {reply.status for reply in replies} == {202}
    assert len({reply.data for reply in replies}) == 1
    assert len(desk.placed) == 1
    assert desk.placed[0].cid == "once"


async def test_without_a_key_every_call_counts() -> None:
    desk = Desk()
    edge = edge_with(desk)
    for _ in range(2):
        assert (await edge.call("POST", LIKES, LIKE, token=edge.token())).status == 202
    assert len({request.cid for request in desk.placed}) == 2


async def test_the_same_key_with_another_body_or_route_is_a_conflict() -> None:
    desk = Desk()
    edge = edge_with(desk)
    await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
    other_group = "/v1/groups/" + "h" * 16 + "/likes"
    for path, body in ((LIKES, {**LIKE, "intent": "romantic"}), (other_group, LIKE)):
        reply = await edge.call("POST", path, body, token=edge.token(), key="once")
        assert (reply.status, reply.code) == (409, "idempotency_conflict")
    assert len(desk.placed) == 1


async def test_a_key_belongs_to_its_caller() -> None:
    desk = Desk()
    edge = edge_with(desk)
    mine = await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
    theirs = await edge.call("POST", LIKES, LIKE, token=edge.token(OTHER, DEVICE), key="once")
    assert mine.data != theirs.data
    assert [request.sender for request in desk.placed] == [ME.account, OTHER]


@pytest.mark.parametrize("trouble", [Unavailable(), Conflict(), NotFound(), KeyError("bug")])
async def test_a_failure_leaves_the_key_free(trouble: Exception) -> None:
    desk = Desk(moods=[trouble])
    edge = edge_with(desk)
    first = await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
    assert first.status >= 400
    again = await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
    assert again.status == 202
    assert [request.cid for request in desk.placed] == ["once", "once"]


async def test_a_call_that_takes_too_long_leaves_the_key_free(autojump_clock: MockClock) -> None:
    desk = Desk(delay_s=REQUEST_S_MAX + 1)
    edge = edge_with(desk)
    began = autojump_clock.current_time()
    reply = await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
    assert reply.code == "unavailable"
    assert autojump_clock.current_time() - began == REQUEST_S_MAX
    desk.delay_s = 0
    assert (await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")).status == 202


async def test_the_same_key_at_once_is_busy(autojump_clock: MockClock) -> None:
    desk = Desk(delay_s=1)
    edge, codes = edge_with(desk), list[int]()

    async def call() -> None:
        reply = await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
        codes.append(reply.status)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call)
        nursery.start_soon(call)
    assert sorted(codes) == [202, 503]
    assert len(desk.placed) == 1
    assert autojump_clock.current_time() >= desk.delay_s


async def test_who_hangs_up_is_not_left_with_half_a_change(autojump_clock: MockClock) -> None:
    desk, answers = Desk(delay_s=1), KeptAnswers()
    edge = edge_with(desk, answers=answers)
    with trio.move_on_after(0.5):
        await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
    assert autojump_clock.current_time() >= desk.delay_s
    assert [answer is not None for _, answer in answers.kept.values()] == [True]


VERIFY = {"phone": "010-1234-5678", "code": "123456"}


async def test_tokens_are_given_again_and_kept_sealed() -> None:
    answers, accounts = KeptAnswers(), TwoAccounts()
    edge = edge_with(Desk(), answers=answers, accounts=accounts)
    path = "/v1/auth/otp/verify"
    first, again = [await edge.call("POST", path, VERIFY, key="k", peer=STRANGER) for _ in "12"]
    assert first.status == 200
    assert first.data == again.data
    assert accounts.signed_in == 1
    ((scope, _), (_, answer)) = next(iter(answers.kept.items()))
    assert STRANGER not in scope
    assert answer is not None
    for secret in ("access", "refresh"):
        assert str(first.fields[secret]).encode() not in answer.body
    # Another address with the same key is another caller.
    other = await edge.call("POST", path, VERIFY, key="k", peer="198.51.100.9")
    assert other.data != first.data


async def test_an_answer_whose_seal_is_gone_is_not_made_again() -> None:
    answers, desk = KeptAnswers(), Desk()
    edge = edge_with(desk, answers=answers)
    await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
    ((place, (digest, _)),) = answers.kept.items()
    answers.kept[place] = (digest, Answer(202, b"sealed by a key that was rotated away"))
    reply = await edge.call("POST", LIKES, LIKE, token=edge.token(), key="once")
    assert reply.code == "idempotency_conflict"
    assert len(desk.placed) == 1


class Forgetful(KeptAnswers):
    """A store that goes away after the effect."""

    async def finish(self, scope: str, key: str, answer: Answer) -> None:
        raise Unavailable


async def test_an_answer_that_cannot_be_kept_is_given_all_the_same() -> None:
    edge = edge_with(Desk(), answers=Forgetful())
    assert (await edge.call("POST", LIKES, LIKE, token=edge.token(), key="k")).status == 202


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "ü"])
async def test_a_key_has_a_form(key: str) -> None:
    desk = Desk()
    edge = edge_with(desk)
    reply = await edge.call("POST", LIKES, LIKE, token=edge.token(), key=key)
    assert (reply.status, reply.code) == (400, "bad_request")
    assert desk.placed == []


async def test_a_long_key_still_names_its_like() -> None:
    desk = Desk(moods=[Unavailable()])
    edge = edge_with(desk)
    for key in ("x" * 128, "x" * 128, "x" * 127 + "y"):
        await edge.call("POST", LIKES, LIKE, token=edge.token(), key=key)
    first, again, other = (request.cid for request in desk.placed)
    assert first == again != other
    assert len(first) <= CID_CHARS_MAX


async def test_a_refused_stranger_reserves_nothing() -> None:
    answers = KeptAnswers()
    edge = edge_with(Desk(), answers=answers)
    await edge.call("POST", LIKES, LIKE, token="x", key="once")
    await edge.call("POST", LIKES, {**LIKE, "x": 1}, token=edge.token(), key="once")
    assert answers.kept == {}
