"""Contract of consents: rows are only added, and the last word of each purpose holds."""

from __future__ import annotations

import pytest
import trio

from engine.errors import BadRequest, ConsentRequired
from engine.model.consent import VERSIONS, Consent, Purpose, check_saying, require
from tests.store.world import SECOND_MS, World


async def test_the_last_word_of_each_purpose_holds_and_all_are_kept(world: World) -> None:
    me, other = await world.enter(world.phone()), await world.enter(world.phone())
    consents = world.store.consents
    words = [
        Consent(Purpose.TERMS, 1, granted=True, said_ms=world.now_ms),
        Consent(Purpose.PUSH, 1, granted=True, said_ms=world.now_ms + 1),
        Consent(Purpose.PUSH, 1, granted=False, said_ms=world.now_ms + 2),
    ]
    for one in words:
        await consents.say(me.account, one)
    assert list(await consents.latest(me.account)) == [words[2], words[0]]
    assert list(await consents.history(me.account)) == words
    assert list(await consents.latest(other.account)) == []


async def test_saying_the_same_again_adds_nothing(world: World) -> None:
    me = await world.enter(world.phone())

    async def say() -> None:
        await world.store.consents.say(
            me.account, Consent(Purpose.MARKETING, 1, granted=True, said_ms=world.now_ms)
        )

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(say)
    world.clock.now_ms += SECOND_MS
    await say()
    assert len(await world.store.consents.history(me.account)) == 1


def test_one_consent_never_stands_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Consent(Purpose.PUSH, 1, granted=True, said_ms=1)
    require([given], Purpose.PUSH)
    for consents in ([], [given]):
        with pytest.raises(ConsentRequired):
            require(consents, Purpose.LOCATION)
    with pytest.raises(ConsentRequired):
        require([Consent(Purpose.PUSH, 1, granted=False, said_ms=2)], Purpose.PUSH)
    monkeypatch.setitem(VERSIONS, Purpose.PUSH, 2)
    with pytest.raises(ConsentRequired):
        require([given], Purpose.PUSH)
    check_saying(Purpose.PUSH, 1, granted=False)  # older words can be taken back
    for version in (0, 1, 3):
        with pytest.raises(BadRequest):
            check_saying(Purpose.PUSH, version, granted=True)
