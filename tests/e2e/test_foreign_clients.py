"""Two clients nobody here wrote, one JSON and one MessagePack, see one room in one order."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

from websockets.sync.client import connect
from websockets.typing import Subprotocol

from bench.peers.start import find_node
from tests.e2e.rest import seeded
from tests.e2e.server import Server

FOLDER = Path(__file__).parent / "foreign"
EACH = 20
_S_MAX = 120.0


def _install(npm: tuple[str, ...]) -> None:
    subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=FOLDER,
        check=True,
        capture_output=True,
        timeout=_S_MAX,
    )


def test_json_and_msgpack_see_the_same_order(fresh_server: Server) -> None:
    node, npm = find_node()
    _install(npm)
    fresh_server.start()
    one, other = seeded(fresh_server, users=2, groups=1, pairs=True)
    assert one["room"] == other["room"]
    arguments = [fresh_server.ws_url, other["access"], other["room"], EACH, 2 * EACH]
    theirs = subprocess.Popen(
        [node, "chat.js", *map(str, arguments)],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen: list[list[object]] = []
    guard = threading.Timer(_S_MAX, theirs.kill)
    guard.start()
    with connect(fresh_server.ws_url, subprotocols=[Subprotocol("glimpse.v1.json")]) as ws:
        assert ws.subprotocol == "glimpse.v1.json"
        ws.send(json.dumps({"op": "hello", "id": "h", "token": one["access"]}))
        ws.send(json.dumps({"op": "room.open", "id": "o", "room": one["room"]}))
        for number in range(EACH):
            ws.send(
                json.dumps(
                    {
                        "op": "msg.send",
                        "id": number,
                        "room": one["room"],
                        "cid": f"py-{number}",
                        "kind": "text",
                        "body": f"파이썬 {number}",
                    }
                )
            )
        while len(seen) < 2 * EACH:
            frame = json.loads(ws.recv(timeout=20))
            assert frame.get("ok", True) is True, frame
            found = frame["events"] if frame.get("re") == "o" else [frame]
            seen += [[e["seq"], e["body"]] for e in found if e.get("ev") == "msg.new"]
    output, _ = theirs.communicate(timeout=_S_MAX)
    guard.cancel()
    assert theirs.returncode == 0, output
    assert json.loads(output) == seen
    assert [seq for seq, _ in seen] == list(range(1, 2 * EACH + 1))
