"""A deploy that rolls: the program before it and the one after share a database and clients."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trio

from store.asyncio_bridge import open_bridge
from store.migrate import FOLDER, migrate, read_migrations
from tests.e2e.phone import calling
from tests.e2e.probe import until
from tests.e2e.rest import Json, seeded
from tests.e2e.server import Server
from tests.e2e.writer import acked, check, load
from tests.postgres import databases_of

_WRITERS = 4
_LOAD_S = (0.3, 0.8)
_S_MAX = 30.0

# What the next release may do to tables that this one writes: add, and forbid nothing.
_NEXT = """-- compat: {compat}
ALTER TABLE rooms ADD COLUMN colour text;
ALTER TABLE room_events ADD COLUMN weight integer NOT NULL DEFAULT 1;
ALTER TABLE room_members ADD COLUMN mood text NOT NULL DEFAULT '';
CREATE TABLE colours (room_id text PRIMARY KEY);
"""


@pytest.fixture
def database(pytestconfig: pytest.Config) -> str:
    """A database of one's own."""
    return databases_of(pytestconfig).empty()


@pytest.fixture
def rolling(database: str, tmp_path: Path) -> Iterator[Server]:
    """The program of today over it; `serve` migrates nothing that it does not know."""
    server = Server(tmp_path / "data", environment="bench", database=database)
    server.start()
    yield server
    assert server.stop() == 0


def _migrated(database: str, folder: Path) -> list[str]:
    """Apply what the next release brings along."""
    shutil.copytree(FOLDER, folder)
    known = len(read_migrations())
    (folder / f"{known + 1:04}_next.sql").write_text(_NEXT.format(compat=known))

    async def main() -> list[str]:
        async with open_bridge() as bridge:
            return list(await migrate(bridge, database, folder=folder))

    return trio.run(main)


def test_todays_program_goes_on_over_the_next_schema(
    rolling: Server, database: str, tmp_path: Path, rng: random.Random
) -> None:
    """faults.md 28. Guards: a program starts over a newer schema that its rows still fit, and no
    statement depends on which columns there are beside its own.
    """
    people = seeded(rolling, users=_WRITERS, groups=1, pairs=True)
    with load(rolling, people) as writers:
        time.sleep(rng.uniform(*_LOAD_S))
        assert len(_migrated(database, tmp_path / "next")) == 1  # under a server that writes
        before = acked(writers)
        until(lambda: acked(writers) > before + _WRITERS, within_s=_S_MAX)
        assert rolling.stop() == 0
        rolling.start()  # again the old one: a deploy that is taken back
        time.sleep(rng.uniform(*_LOAD_S))
    assert not [line for line in rolling.lines if "Traceback" in line]
    for writer in writers:
        check(rolling, writer)


def test_a_client_of_tomorrow_is_told_what_today_cannot_do(rolling: Server) -> None:
    """faults.md 28: what is not known yet is refused by code, and the session lives on."""
    one, other = seeded(rolling, users=2, groups=1, pairs=True)
    room = one["room"]
    with ExitStack() as stack:
        fox, owl = (
            stack.enter_context(calling(rolling.ws_url, who["access"])) for who in (one, other)
        )
        for phone in (fox, owl):
            phone.open(room)
        strange: list[Json] = [
            fox.ask("msg.paint", room=room, colour="red"),
            fox.ask("msg.send", room=room, cid="a", kind="text", body="a", colour="red"),
            fox.ask("msg.send", room=room, cid="b", kind="hologram", body="b"),
        ]
        assert [(answer["ok"], answer["code"]) for answer in strange] == [
            (False, "bad_request")
        ] * 3
        assert fox.say(room, "c", "as ever")["seq"] == 1
        assert owl.event("msg.new")["body"] == "as ever"
