"""The messages of a conversation, written and framed before it begins.

Encoding and masking are the client's work, not the server's: done ahead, they cost the run nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.load.crowd import Client
from bench.load.dialect import Dialect
from bench.load.frames import client_frame
from bench.load.tally import Message

# Letters only, so that no content filter sees a phone number in the number of a message.
LETTERS = str.maketrans("0123456789", "bcdfghjklm")
NUMBER_CHARS = 10
PADDING = " the quick brown fox jumps over the lazy dog and runs back home" * 17


class Post:
    """All messages of one crowd, by number and by body, and the readers of every room."""

    def __init__(
        self, dialect: Dialect, clients: Sequence[Client], *, chars: int, tag: str
    ) -> None:
        self.messages: list[Message] = []
        self.by_body: dict[str, Message] = {}
        self.readers: list[int] = []
        self._dialect = dialect
        self._chars = chars
        self._tag = tag
        rooms: dict[str, int] = {}
        for client in clients:
            client.room = rooms.setdefault(client.seat.room, len(rooms))
            if client.room == len(self.readers):
                self.readers.append(0)
            self.readers[client.room] += 1

    def write(self, speakers: Sequence[Client], *, messages: int) -> None:
        """Give the speakers `messages` drafts in all, as evenly as it goes."""
        for index, speaker in enumerate(speakers):
            share = messages // len(speakers) + (index < messages % len(speakers))
            speaker.drafts = [self.draft(speaker) for _ in range(share)]
            speaker.drafts.reverse()  # Taken from the end.

    def agrees(self, message: Message, seq: int) -> bool:
        """Remember the first seq told for a message; every later one must be the same."""
        if message.seq < 0:
            message.seq = seq
        return message.seq == seq

    def draft(self, client: Client) -> tuple[Message, bytes]:
        """Write one message of a client, and the finished frame that sends it."""
        number = len(self.messages)
        word = f"{number:0{NUMBER_CHARS}}".translate(LETTERS)
        # Ends in a full stop: a server may trim blanks, and then the body came back changed.
        body = (word + PADDING)[: self._chars - 1] + "."
        readers = self.readers[client.room]
        message = Message(number, room=client.room, sender=client.index, readers=readers)
        self.messages.append(message)
        self.by_body[body] = message
        payload = self._dialect.say(
            client.seat, number=number, cid=f"{self._tag}{number}", body=body
        )
        return message, client_frame(self._dialect.opcode, payload)
