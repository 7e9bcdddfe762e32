"""People who come in and then read nothing: a crowd whose sockets are left alone until the end."""

from __future__ import annotations

from time import monotonic

from bench.limits import CUT_OFF_S, EVENTS_PER_POLL_MAX, READ_BYTES
from bench.load.crowd import Client, Crowd
from bench.load.frames import Opcode, split_frames

# What a phone in a pocket takes, so that what it does not read waits at the server.
RECEIVE_BYTES = 4_096
SLOW_CONSUMER = 4001


def count_cut(crowd: Crowd) -> int:
    """Read what is left for everybody; count those who were cut off for being slow."""
    pending = {client.sock.fileno(): client for client in crowd.clients}
    cut, deadline = 0, monotonic() + CUT_OFF_S
    while pending and monotonic() < deadline:
        for fd, _ in crowd.epoll.poll(deadline - monotonic(), EVENTS_PER_POLL_MAX):
            verdict = _read(pending[fd])
            if verdict is not None:
                crowd.epoll.unregister(fd)
                del pending[fd]
                cut += verdict
    return cut


def _read(client: Client) -> bool | None:
    """Read once; say at the end whether the server ended it as slow (None: not the end yet)."""
    try:
        data = client.recv(READ_BYTES)
    except ConnectionResetError:
        return True  # dropped, since it did not even read that it was too slow
    if not data:
        return False
    frames, client.rest = split_frames(client.rest + data)
    codes = [payload[:2] for opcode, payload in frames if opcode == Opcode.CLOSE]
    return codes[0] == SLOW_CONSUMER.to_bytes(2, "big") if codes else None
