"""A link that dies without a word: the process notices by itself and keeps nothing of it."""

from __future__ import annotations

from contextlib import ExitStack, closing

from engine.limits import SILENCE_S_MAX
from tests.e2e.cable import Cable
from tests.e2e.phone import calling
from tests.e2e.probe import numbers, open_files, until
from tests.e2e.rest import seeded
from tests.e2e.server import Server

_SLACK_S = 10.0
_GHOSTS = 5


def test_who_is_behind_a_dead_link_is_gone_within_a_minute(fresh_server: Server) -> None:
    """faults.md 2. Guard: who has been silent for too long is dropped, socket, session and all."""
    fresh_server.start()
    assert SILENCE_S_MAX <= 60
    one, other = seeded(fresh_server, users=2, groups=1, pairs=True)
    room = one["room"]
    with closing(Cable(fresh_server.ws_port)) as cable, ExitStack() as stack:
        fox = stack.enter_context(calling(fresh_server.ws_url, one["access"]))
        fox.open(room)
        before = open_files(fresh_server)
        far = f"ws://127.0.0.1:{cable.port}/v1/ws"
        ghosts = [
            stack.enter_context(calling(far, other["access"], ping_s=None)) for _ in range(_GHOSTS)
        ]
        for ghost in ghosts:
            ghost.open(room)
        assert fox.event("presence")["online"] is True
        assert open_files(fresh_server) >= before + _GHOSTS
        cable.pull()

        def alone() -> bool:
            fox.ask("room.open", room=room)  # a client that lives says something now and then
            return numbers(fresh_server)["glimpse_sessions"] == 1

        until(alone, within_s=SILENCE_S_MAX + _SLACK_S)
        assert fox.event("presence")["online"] is False
        assert numbers(fresh_server)["glimpse_connections"] == 1
        # Our own questions by HTTP leave sockets behind for a moment.
        until(lambda: open_files(fresh_server) < before + _GHOSTS, within_s=_SLACK_S)
        assert fox.say(room, "alone")["ok"] is True
