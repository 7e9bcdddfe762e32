"""Matches in which nobody speaks end after 30 days, by both doors; premium puts that off once."""

from __future__ import annotations

import pytest
import trio

from engine.model.policy import MatchPolicy
from tests.api.likes.street import Street

SILENT_S = MatchPolicy().silent_s


async def end_silent(street: Street) -> None:
    """Let the worker look for silent matches until it finds no more."""
    silence, looked = street.store.silence, trio.Event()
    with pytest.MonkeyPatch.context() as patch:

        async def end_and_say(policy: MatchPolicy, *, now_ms: int) -> int:
            ended = await type(silence).end_due(silence, policy, now_ms=now_ms)
            if not ended:
                looked.set()
            return ended

        patch.setattr(silence, "end_due", end_and_say)
        await street.worked(looked)
    street.node.nudge()


async def test_a_silent_match_ends_for_both_and_one_with_a_word_stays(street: Street) -> None:
    fox, owl, cat, rat = await street.circle(4)
    await street.meet(fox, owl, street.ids[:2])
    await street.meet(cat, rat, street.ids[2:])
    (spoken,) = await cat.items("/v1/matches")
    assert (await cat.said("room.open", room=spoken["room"]))["ok"] is True
    words = {"room": spoken["room"], "cid": "m", "kind": "text", "body": "Hello!"}
    assert (await cat.said("msg.send", **words))["ok"] is True
    (silent,) = await fox.items("/v1/matches")
    for person in (fox, owl):
        assert (await person.said("room.open", room=silent["room"]))["ok"] is True
    await street.later(SILENT_S - 60)
    await end_silent(street)
    assert await fox.matches() == await owl.matches() == ["open"]
    await street.later(60)
    await end_silent(street)
    ended = [await person.hears("match.ended") for person in (fox, owl)]
    told = {"ev": "match.ended", "match": silent["match"], "room": silent["room"]}
    assert ended == [[told], [told]]
    assert await fox.matches() == await owl.matches() == ["ended"]
    assert await cat.matches() == await rat.matches() == ["open"]
    for person in (fox, owl):
        await person.hears("room.closed")
        late = await person.said("msg.send", **{**words, "room": silent["room"]})
        assert late["code"] == "room_closed"


async def test_premium_puts_the_end_off_once(street: Street) -> None:
    fox, owl, *_ = await street.circle(4)
    await street.meet(fox, owl, street.ids[:2])
    (match,) = await fox.items("/v1/matches")
    extend = f"/v1/matches/{match['match']}/extend"
    refused = await fox.call("POST", extend)
    assert (refused.status, refused.code) == (403, "premium_required")
    await fox.is_given("--plan", "premium")
    assert (await fox.call("POST", extend)).status < 300
    assert (await fox.call("POST", extend)).status < 300, "it is so already"
    await street.later(SILENT_S)
    await end_silent(street)
    assert await fox.matches() == await owl.matches() == ["open"]
    await street.later(SILENT_S)
    await end_silent(street)
    assert await fox.matches() == await owl.matches() == ["ended"]
