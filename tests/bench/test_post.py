"""The prepared messages: distinct, of the asked length, and nothing a server would change."""

from __future__ import annotations

import socket

import pytest

from bench.limits import BODY_CHARS_MAX, BODY_CHARS_MIN
from bench.load.crowd import Client
from bench.load.dialect import Seat
from bench.load.glimpse import PlainDialect
from bench.load.post import Post


@pytest.fixture
def clients() -> list[Client]:
    dialect = PlainDialect()
    seats = [Seat("", room) for room in ("a", "b", "a")]
    with socket.socket() as sock:
        return [Client(n, seat, sock, dialect.join(seat)) for n, seat in enumerate(seats)]


@pytest.mark.parametrize("chars", [*range(BODY_CHARS_MIN, 90), BODY_CHARS_MAX])
def test_a_body_is_as_long_as_asked_and_survives_trimming(
    clients: list[Client], chars: int
) -> None:
    post = Post(PlainDialect(), clients, chars=chars, tag="t")
    post.write(clients, messages=6)
    assert len(post.by_body) == 6
    for body in post.by_body:
        assert len(body) == chars
        assert body == body.strip()
        assert not any(sign.isdigit() for sign in body)


def test_every_message_expects_the_readers_of_its_room(clients: list[Client]) -> None:
    post = Post(PlainDialect(), clients, chars=64, tag="t")
    post.write(clients, messages=5)
    assert [len(client.drafts) for client in clients] == [2, 2, 1]
    assert [(message.room, message.left) for message in post.messages] == [
        (0, 2),
        (0, 2),
        (1, 1),
        (1, 1),
        (0, 2),
    ]
    # Drafts leave from the end, so the first message is the last of its list.
    assert clients[0].drafts[-1][0] is post.messages[0]


def test_the_first_seq_told_is_the_one_all_must_tell(clients: list[Client]) -> None:
    post = Post(PlainDialect(), clients, chars=64, tag="t")
    post.write(clients, messages=1)
    (message,) = post.messages
    assert post.agrees(message, 7)
    assert post.agrees(message, 7)
    assert not post.agrees(message, 8)
