"""Live pools by two real sockets against a real server, also across a kill."""

from __future__ import annotations

from tests.e2e.phone import calling
from tests.e2e.rest import seeded
from tests.e2e.server import Server

ANYBODY = {"intent": "friend"}
NOBODY_HERE = {"intent": "friend", "sides": ["other"]}


def test_two_who_wait_meet_also_when_the_server_was_killed_meanwhile(fresh_server: Server) -> None:
    server = fresh_server
    server.start()
    fox, owl, *_ = seeded(server, users=4, groups=1)
    pool = fox["group"]
    with calling(server.ws_url, fox["access"]) as one, calling(server.ws_url, owl["access"]) as two:
        waits = one.ask("pool.join", pool=pool, me={}, want=NOBODY_HERE, cid="a")
        assert (waits["ok"], waits["wait_band"]) == (True, "unknown")
        assert two.ask("pool.join", pool=pool, me={}, want=ANYBODY, cid="b")["ok"]
        said = one.ask("pool.explain", ticket=waits["ticket"])
        assert (said["considered_band"], said["blocked_by"]) == ("under_10", [])
    server.kill()
    server.start()
    with calling(server.ws_url, fox["access"]) as one, calling(server.ws_url, owl["access"]) as two:
        again = one.ask("pool.join", pool=pool, me={}, want=NOBODY_HERE, cid="a")
        assert again["ticket"] == waits["ticket"]
        assert one.ask("pool.update", ticket=waits["ticket"], want=ANYBODY)["ok"]
        mine, theirs = one.event("match.new"), two.event("match.new")
        assert mine["pool"] == theirs["pool"] == pool
        assert mine["room"] == theirs["room"]
        one.open(mine["room"])
        two.open(mine["room"])
        one.say(mine["room"], "c-1", "반가워요")
        assert two.event("msg.new")["body"] == "반가워요"
        over = one.ask("pool.leave", ticket=waits["ticket"])
        assert over["code"] == "conflict"


def test_who_leaves_is_not_introduced(fresh_server: Server) -> None:
    server = fresh_server
    server.start()
    fox, owl, *_ = seeded(server, users=4, groups=1)
    with calling(server.ws_url, fox["access"]) as one, calling(server.ws_url, owl["access"]) as two:
        waits = one.ask("pool.join", pool=fox["group"], me={}, want=ANYBODY, cid="a")
        left = one.ask("pool.leave", ticket=waits["ticket"])
        assert left["ok"]
        assert two.ask("pool.join", pool=fox["group"], me={}, want=ANYBODY, cid="b")["ok"]
        again = one.ask("pool.join", pool=fox["group"], me={}, want=ANYBODY, cid="c")
        assert again["ticket"] != waits["ticket"]
        assert one.event("match.new")["match"] == two.event("match.new")["match"]
