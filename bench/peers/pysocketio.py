"""The python-socketio peer: its ASGI app on uvicorn and uvloop, websocket only, no compression."""

from __future__ import annotations

import socket
from time import time_ns
from typing import Any

import socketio
import uvicorn

BACKLOG = 2_048
NS_PER_MS = 1_000_000
ALIAS_CHARS = 16  # As long as an id of Glimpse.

server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], http_compression=False)
seqs: dict[str, int] = {}


@server.event  # type: ignore[untyped-decorator, unused-ignore]
async def join(sid: str, room: str) -> dict[str, Any]:
    await server.enter_room(sid, room)
    return {"ok": True, "seq": seqs.get(room, 0)}


@server.event  # type: ignore[untyped-decorator, unused-ignore]
async def send(sid: str, said: dict[str, str]) -> dict[str, Any]:
    room = said["room"]
    seq = seqs[room] = seqs.get(room, 0) + 1
    event = {"room": room, "seq": seq, "at": time_ns() // NS_PER_MS, "from": sid[:ALIAS_CHARS]}
    kept = {"cid": said["cid"], "kind": said["kind"], "body": said["body"]}
    await server.emit("msg", {**event, **kept}, room=room)
    return {"ok": True, "seq": seq}


def main() -> None:
    """Listen on a free port of loopback until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    print(f"ready http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    app = socketio.ASGIApp(server)
    config = uvicorn.Config(
        app, loop="uvloop", log_level="warning", access_log=False, ws_per_message_deflate=False
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
