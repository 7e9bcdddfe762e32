"""The same message sent again and again: over two processes, two sockets, and a restart."""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack

import pytest

from engine.limits import ROOM_TAIL_EVENTS
from tests.e2e.phone import Phone, calling
from tests.e2e.rest import Json, seeded
from tests.e2e.server import Two
from tests.e2e.writer import history

_S_MAX = 60.0
_PARALLEL = 5  # on each of two sockets to each of two processes: twenty in all
_CIDS = 8


@pytest.fixture
def pair(two: Two) -> tuple[Json, Json]:
    """Two people with a room."""
    one, other = seeded(two[0], users=2, groups=1, pairs=True)
    return one, other


def _store(phone: Phone, room: object, cids: list[str], found: list[Json]) -> None:
    """Send messages, each again until it is stored: another process may have taken the room."""
    deadline = time.monotonic() + _S_MAX
    waiting = [(cid, phone.write(room, cid, f"body of {cid}")) for cid in cids]
    while waiting and time.monotonic() < deadline:
        cid, ref = waiting.pop(0)
        reply = phone.reply(ref)
        if reply["ok"] is True:
            found.append(reply)
        else:
            assert reply["code"] in {"busy", "unavailable"}, reply
            waiting.append((cid, phone.write(room, cid, f"body of {cid}")))


def _everywhere_at_once(two: Two, access: object, room: object, cids: list[str]) -> dict[str, int]:
    """Send each message twenty times in parallel over both processes; return its one seq."""
    seqs: dict[str, int] = {}
    with ExitStack() as stack:
        phones = [stack.enter_context(calling(one.ws_url, access)) for one in two for _ in range(2)]
        for cid in cids:
            found: list[Json] = []
            threads = [
                threading.Thread(target=_store, args=(phone, room, [cid] * _PARALLEL, found))
                for phone in phones
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(_S_MAX)
            assert len(found) == len(phones) * _PARALLEL, "a send was never stored"
            (seqs[cid],) = {int(str(one["seq"])) for one in found}
    return seqs


def test_a_cid_takes_effect_once_whoever_owns_the_room(two: Two, pair: tuple[Json, Json]) -> None:
    """faults.md 4 and 5. Guard: an append looks for its cids in the log, however old they are.

    In the first round others guard it as well: what a room remembers, its fence, and its seq.
    """
    one, other = pair
    room, cids = one["room"], [f"c{n}" for n in range(_CIDS)]
    first = _everywhere_at_once(two, one["access"], room, cids)
    assert first == {cid: n for n, cid in enumerate(cids, start=1)}
    more: list[Json] = []  # than a room loads when it wakes
    with calling(two[0].ws_url, other["access"]) as owl:
        _store(owl, room, [f"o{n}" for n in range(ROOM_TAIL_EVENTS)], more)
    assert len(more) == ROOM_TAIL_EVENTS
    for server in two:
        server.kill()
        server.start()
    assert _everywhere_at_once(two, one["access"], room, cids) == first
    for server in two:
        with calling(server.ws_url, one["access"]) as fox:
            assert fox.say(room, "c0", "something else")["code"] == "cid_conflict"
    log = history(two[1], str(other["access"]), str(room))
    assert [event["body"] for event in log[:_CIDS]] == [f"body of {cid}" for cid in cids]
    assert len({event["body"] for event in log}) == len(log) == _CIDS + ROOM_TAIL_EVENTS
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))


def test_two_sockets_of_one_client_do_not_swap_its_messages(
    two: Two, pair: tuple[Json, Json], rng: random.Random
) -> None:
    """faults.md 6: what is sent again on a new socket may overtake the old one, but not itself.

    Guard: a socket is read in order, a room takes its mail in order, a cid counts once.
    """
    one, other = pair
    room, cids = one["room"], [f"m{n}" for n in range(200)]
    pauses = [[rng.choice((0.0, 0.0, 0.0, 0.002)) for _ in cids] for _ in range(2)]

    def send_all(phone: Phone, pauses: list[float]) -> None:
        refs = []
        for cid, pause in zip(cids, pauses, strict=True):
            refs.append(phone.write(room, cid, cid))
            time.sleep(pause)
        answers = [phone.reply(ref) for ref in refs]
        assert all(answer["ok"] is True for answer in answers)
        assert [answer["seq"] for answer in answers] == list(range(1, len(cids) + 1))

    with ExitStack() as stack:
        phones = [stack.enter_context(calling(two[0].ws_url, one["access"])) for _ in range(2)]
        threads = [
            threading.Thread(target=send_all, args=pair)
            for pair in zip(phones, pauses, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_S_MAX)
    log = history(two[0], str(other["access"]), str(room))
    assert [event["body"] for event in log] == cids
