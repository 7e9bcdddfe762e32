"""Four writers over one pool: a ticket has one match, and none after it was left (I6, I13)."""

from __future__ import annotations

import random

from engine.ids import TicketId
from engine.matching.ticket import Me, Want
from engine.model.like import Intent
from engine.ports.tickets import Meeting, TicketDraft
from tests.postgres import Databases
from tests.store.acts import Act, Block, Meet, Quit, Wait
from tests.store.test_like_races import Scene
from tests.store.world import NOON_MS, POLICY
from tests.store.writers import WRITERS, open_writers

PEOPLE = 40
ROUNDS = 6
EVENTS = "SELECT account_id, content->>'match' AS match FROM outbox WHERE kind = 'match.new'"


def test_whatever_four_writers_do_at_once_a_ticket_has_one_match(
    databases: Databases, rng: random.Random
) -> None:
    dsn = databases.fresh()
    with open_writers(dsn, rng) as writers:
        scene = Scene(dsn, writers, rng)
        people = scene.people(PEOPLE, 1)
        made: list[str] = []
        left: set[str] = set()
        for _ in range(ROUNDS):
            drafts = [
                TicketDraft(
                    TicketId(scene.fresh()),
                    user.group,
                    user.account,
                    scene.fresh(),
                    Me(),
                    Want(Intent.FRIEND),
                )
                for user in rng.sample(people, PEOPLE // 2)
            ]
            joins: list[list[Act]] = [[Wait(one) for one in drafts[n::WRITERS]] for n in range(4)]
            writers.do(joins, POLICY, NOON_MS)
            shares: list[list[Act]] = [_tick(scene, drafts, rng) for _ in range(WRITERS)]
            for share in shares:
                leaver = rng.choice(drafts)
                share.append(Quit(leaver.account, leaver.ticket))
            blocker, blocked = rng.sample(people, 2)
            shares[0].append(Block(blocker.account, blocked.account, on=True))
            for share in shares:
                rng.shuffle(share)
            for share, answers in zip(shares, writers.do(shares, POLICY, NOON_MS), strict=True):
                for act, answer in zip(share, answers, strict=True):
                    assert isinstance(answer, str)
                    if isinstance(act, Meet):
                        made += answer.split()
                    elif isinstance(act, Quit) and answer == "ok":
                        left.add(act.ticket)
    matched = {row["ticket_id"] for row in scene.rows(_of("matched"))}
    assert len(made) > ROUNDS, "nothing was at stake"
    assert len(made) == len(set(made))
    assert len(matched) == 2 * len(made)
    assert set(made) <= matched
    assert not matched & left
    matches = scene.rows("SELECT match_id, low_id, high_id FROM matches")
    assert (
        len(matches)
        == len(made)
        == len(scene.rows("SELECT room_id FROM rooms WHERE kind = 'match'"))
    )
    assert len({(row["low_id"], row["high_id"]) for row in matches}) == len(matches)
    told = sorted((row["match"], row["account_id"]) for row in scene.rows(EVENTS))
    sides = [(row["match_id"], row[side]) for row in matches for side in ("low_id", "high_id")]
    assert told == sorted(sides)


def _tick(scene: Scene, drafts: list[TicketDraft], rng: random.Random) -> list[Act]:
    """Every process pairs the same tickets, each in another way."""
    tickets = [one.ticket for one in drafts]
    rng.shuffle(tickets)
    pairs = zip(tickets[::2], tickets[1::2], strict=True)
    meetings = [Meeting(one, other, scene.fresh_ids()) for one, other in pairs]
    half = len(meetings) // 2
    group = drafts[0].group
    return [Meet(group, meetings[:half]), Meet(group, meetings[half:])]


def _of(state: str) -> str:
    return f"SELECT ticket_id FROM tickets WHERE state = '{state}'"
