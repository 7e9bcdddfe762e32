"""The door of REST: lets connections in until it is closed, then sees the calls off."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial

import trio
from hypercorn.typing import ASGIFramework

from api.rest.line import Line
from engine.limits_outside import HTTP_IDLE_S


async def serve_http(
    app: ASGIFramework,
    listener: socket.socket,
    closing: trio.Event,
    *,
    now_s: Callable[[], float],
    idle_s: float = HTTP_IDLE_S,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `closing` and then until every call is answered; the listener stays open.

    Whoever cannot wait so long sets a deadline around it. What a call raises ends its connection.
    """
    lines: set[Line] = set()

    async def answer(stream: trio.SocketStream) -> None:
        try:
            line = Line(app, stream, idle_s=idle_s, now_s=now_s)
        except OSError:  # They have gone before they were let in.
            await trio.aclose_forcefully(stream)
            return
        lines.add(line)
        try:
            await line.run()
        finally:
            lines.discard(line)

    # What closes here closes its own copy: the door stays its opener's.
    door = trio.SocketListener(trio.socket.from_stdlib_socket(listener.dup()))
    async with trio.open_nursery() as calls, door:
        async with trio.open_nursery() as coming:
            coming.start_soon(partial(trio.serve_listeners, answer, [door], handler_nursery=calls))
            task_status.started()
            await closing.wait()
            coming.cancel_scope.cancel()
        for line in lines:
            line.end()
