"""Reports over REST, and how an operator reads them; whom they are about hears nothing."""

from __future__ import annotations

from typing import cast

import pytest

from engine.errors import Conflict, NotFound
from tests.api.operating import ask
from tests.api.people import Fields, Person, Town, make_town


@pytest.fixture
def town() -> Town:
    return make_town()


async def talk(town: Town) -> tuple[str, Person, Person, str]:
    """Let two people match, one of whom says three things; return room, both, and their alias."""
    group, people, members = await town.group_of(4)
    match = await town.match(group, people[0], people[1], members)
    room, peer = str(match["room"]), cast("Fields", match["peer"])
    await town.say(room, str(peer["alias"]), "hello", "\x1b[2Jgive me money", "now")
    return room, people[0], people[1], str(peer["alias"])


async def test_a_report_reaches_an_operator_with_what_was_said(town: Town) -> None:
    room, victim, _, alias = await talk(town)
    body = {"member": alias, "category": "fraud", "seq": 2, "text": "money, after two lines"}
    reply = await victim.call("POST", f"/v1/rooms/{room}/reports", body)
    assert (reply.status, set(reply.fields)) == (201, {"report"})
    report = str(reply.fields["report"])
    listed = await ask(town, "reports")
    assert listed.splitlines() == [f"{report}  2025-06-15 15:06:42Z  fraud", "1 open"]
    look = ("--operator", "ops-kim", "--why", "the list")
    told = await ask(town, "report", report, *look)
    assert "> 2  2025-06-15 15:06:42Z  reported: \N{REPLACEMENT CHARACTER}[2Jgive me money" in told
    assert "the reporter says: money, after two lines" in told
    assert await ask(town, "report", report, *look, "--close", "warned")
    assert await ask(town, "reports") == "0 open"
    with pytest.raises(Conflict):
        await ask(town, "report", report, *look, "--close", "nothing")
    with pytest.raises(NotFound):
        await ask(town, "report", "nowhere", *look)
    log = (await ask(town, "log")).splitlines()
    assert len(log) == 3
    assert "ops-kim" in log[0]
    assert log[-1] == "2 looks, unbroken"


async def test_a_report_that_waits_too_long_is_overdue(town: Town) -> None:
    room, victim, _, alias = await talk(town)
    body = {"member": alias, "category": "spam"}
    await victim.call("POST", f"/v1/rooms/{room}/reports", body)
    town.edge.clock.sleep(86_400)
    assert "overdue" not in await ask(town, "reports")
    town.edge.clock.sleep(1)
    assert "overdue" in await ask(town, "reports")


async def test_whom_it_is_about_sees_no_difference(town: Town) -> None:
    room, victim, culprit, alias = await talk(town)
    paths = ["/v1/matches", "/v1/rooms", "/v1/me", f"/v1/rooms/{room}/messages"]
    before = [(await culprit.call("GET", path)).data for path in paths]
    due = await town.store.outbox.due(now_ms=2**53, limit=1_000)
    body = {"member": alias, "category": "harassment"}
    assert (await victim.call("POST", f"/v1/rooms/{room}/reports", body)).status == 201
    assert [(await culprit.call("GET", path)).data for path in paths] == before
    assert await town.store.outbox.due(now_ms=2**53, limit=1_000) == due


async def test_reporting_again_is_the_same_report_and_too_many_are_refused(town: Town) -> None:
    room, victim, _, alias = await talk(town)
    path = f"/v1/rooms/{room}/reports"
    body: Fields = {"member": alias, "category": "spam", "seq": 1}
    first = await victim.call("POST", path, body, key="once")
    again = await victim.call("POST", path, body, key="once")
    fresh = await victim.call("POST", path, {**body, "category": "threat"})
    assert first.data == again.data == fresh.data
    await town.say(room, alias, *map(str, range(30)))
    codes = [(await victim.call("POST", path, {**body, "seq": seq})).status for seq in range(2, 22)]
    assert codes == [201] * 19 + [429]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"member": "nobody0000000000"}, 404, "not_found"),
        ({"member": "no id"}, 404, "not_found"),
        ({"category": "ugly"}, 400, "bad_request"),
        ({"seq": 0}, 400, "bad_request"),
        ({"seq": 9}, 404, "not_found"),
        ({"text": "x" * 501}, 400, "bad_request"),
        ({"text": "x" * 2_001}, 400, "bad_request"),
        ({"text": "\x1b[2J"}, 400, "bad_request"),
        ({"room": "R"}, 400, "bad_request"),
    ],
)
async def test_what_is_no_report_is_refused(
    town: Town, change: Fields, status: int, code: str
) -> None:
    room, victim, _, alias = await talk(town)
    body = {"member": alias, "category": "spam", **change}
    reply = await victim.call("POST", f"/v1/rooms/{room}/reports", body)
    assert (reply.status, reply.code) == (status, code)


async def test_a_stranger_reports_nobody(town: Town) -> None:
    room, _, _, alias = await talk(town)
    stranger = await town.newcomer()
    body = {"member": alias, "category": "spam"}
    reply = await stranger.call("POST", f"/v1/rooms/{room}/reports", body)
    assert (reply.status, reply.code) == (404, "not_found")
