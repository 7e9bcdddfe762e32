"""One event as finished frames: for each codec one for its sender and one for all others."""

from __future__ import annotations

from typing import Final

import msgspec

from engine.ids import RoomId
from engine.rooms.events import Event, EventName
from engine.wire.codec import Codec, encode
from engine.wire.frames import Fields, event_fields
from engine.wire.websocket import TEXT, server_frame

# Looking a member up in its class is slow enough to show, with every message.
_JSON: Final = Codec.JSON
_MESSAGE, _REVEALED = EventName.MESSAGE, EventName.REVEAL_DONE
_encode: Final = msgspec.json.Encoder().encode


class EventFrames:
    """One event, framed at most once for each codec and each of its two forms."""

    __slots__ = ("_fields", "_frames", "_own", "_own_frames")

    def __init__(self, fields: Fields, own: Fields | None = None) -> None:
        self._fields = fields
        self._own = own  # what the sender sees in place of, or beside, what the others see
        # Each codec with its frame: there are two, and hashing a member costs more than a look.
        self._frames: list[tuple[Codec, bytes]] = []
        self._own_frames: list[tuple[Codec, bytes]] = []

    @classmethod
    def of(cls, room: RoomId, epoch: int, event: Event) -> EventFrames:
        """Frame a durable event; its sender's sessions see the `cid`."""
        own: Fields | None = None
        if event.name is _MESSAGE:
            if event.sender is not None and event.content:
                return _MessageFrames(room, epoch, event)
            own = None if event.cid is None else {"cid": event.cid}
        elif event.name is _REVEALED:
            own = {"peer": event.content["theirs"]}
        return EventFrames(event_fields(room, epoch, event, own=False), own)

    def frame(self, codec: Codec, *, own: bool = False) -> bytes:
        """Return the finished frame; `own` for a session of the sender."""
        mine = self._own if own else None
        frames = self._frames if mine is None else self._own_frames
        for framed, frame in frames:
            if framed is codec:
                return frame
        frame = self._made(codec, mine)
        frames.append((codec, frame))
        return frame

    def _made(self, codec: Codec, mine: Fields | None) -> bytes:
        return encode(codec, self._fields if mine is None else {**self._fields, **mine})


class _MessageFrames(EventFrames):
    """A message: its text is put together from parts, and once for both forms."""

    __slots__ = ("_epoch", "_event", "_room", "_text")

    def __init__(self, room: RoomId, epoch: int, event: Event) -> None:
        super().__init__({}, None if event.cid is None else {"cid": event.cid})
        self._room = room
        self._epoch = epoch
        self._event = event
        self._text = b""

    def _made(self, codec: Codec, mine: Fields | None) -> bytes:
        if codec is not _JSON:
            self._fields = self._fields or event_fields(
                self._room, self._epoch, self._event, own=False
            )
            return super()._made(codec, mine)
        text = self._text = self._text or self._written()
        if mine is None:
            return server_frame(TEXT, text)
        return server_frame(TEXT, b"%b,%b" % (text[:-1], _encode(mine)[1:]))

    def _written(self) -> bytes:
        """Write what `event_fields` has as JSON, in its order."""
        event = self._event
        head = b'{"ev":"msg.new","room":%b,"epoch":%d,"seq":%d,"at":%d,"from":%b,%b'
        room, sender, said = _encode(self._room), _encode(event.sender), _encode(event.content)
        return head % (room, self._epoch, event.seq, event.at, sender, said[1:])
