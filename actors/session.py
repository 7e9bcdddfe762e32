"""The session actor: one connected client, its ops in, its answers out in their order.

A session has no task of its own. The hub calls it with what it read; whoever works for it answers
through a slot; what it sends, the line below it keeps, joins and writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, assert_never

from actors.audience import Listener
from actors.commands import (
    BeIn,
    Delete,
    MarkRead,
    Open,
    Opened,
    PlaceLike,
    Post,
    React,
    Reveal,
    TakeBackLike,
    Type,
)
from actors.likes import LikeDesk
from actors.line import Line
from actors.people import People, Rates
from actors.pool_ops import pool_command
from actors.pools import PoolDesk
from actors.replies import Reply
from actors.reveals import RevealDesk
from actors.rooms import Rooms
from actors.slots import (
    AllowanceReply,
    OkReply,
    OpenedReply,
    PostedReply,
    QuietReply,
    ReceiptReply,
)
from engine.errors import BadFrame, BadRequest, Busy, NotFound, Outage, RateLimited, Refused
from engine.ids import AccountId, DeviceId, GroupId, LikeId, MatchId, MemberId, RoomId, is_id
from engine.limits import (
    BAD_FRAMES_PER_MINUTE_MAX,
    OPEN_ROOMS_PER_SESSION_MAX,
    OPS_IN_FLIGHT_MAX,
    OUTBOX_BYTES_MAX,
    PAGE_EVENTS_DEFAULT,
    PAGE_EVENTS_MAX,
)
from engine.model.like import Intent, LikeRequest, make_line
from engine.model.like_undo import TakeBack
from engine.model.policy import Policy
from engine.model.reveal import RevealAct, RevealStep
from engine.rooms.message import clean_emoji, make_content
from engine.sessions.replies import Replies, Slot
from engine.wire import frames as wire
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec, Decoded, Rejected, decode, encode, ok, refusal

_MINUTE_S: Final = 60.0

_ACTS: Final[dict[type[wire.Frame], RevealAct]] = {
    wire.RevealOffer: RevealAct.OFFER,
    wire.RevealAccept: RevealAct.ACCEPT,
    wire.RevealWithdraw: RevealAct.WITHDRAW,
}

# What changes a room beside messages, and has a rate of its own.
_CHANGES: Final = (
    wire.MessageDelete,
    wire.MessageReact,
    wire.RevealOffer,
    wire.RevealAccept,
    wire.RevealWithdraw,
)


class Desk(Protocol):
    """The node's parts that a session talks to."""

    rooms: Rooms
    likes: LikeDesk
    reveals: RevealDesk
    pools: PoolDesk
    people: People
    policy: Policy
    now_s: Callable[[], float]


class Session(Listener):
    """One client after its hello."""

    __slots__ = (
        "_account",
        "_bad_frames",
        "_desk",
        "_device",
        "_ended",
        "_line",
        "_open_rooms",
        "_opens",
        "_paging",
        "_quiet",
        "_rates",
        "_replies",
        "full",
    )

    def __init__(
        self,
        line: Line,
        codec: Codec,
        account: AccountId,
        device: DeviceId,
        desk: Desk,
        *,
        premium: bool = False,
    ) -> None:
        self._line = line
        self.codec = codec
        self._account = account
        self._device = device
        self._desk = desk
        self._replies = Replies()
        self._open_rooms: dict[RoomId, int] = {}  # each with the number of its newest open
        self._opens = 0
        self._paging = 0  # events that opens under way may answer with
        self._quiet = 0  # ops under way that get no answer
        self._bad_frames: list[float] = []
        self._ended = False
        self.full = False  # so many ops wait that no more may be read
        self._rates = desk.people.rates(account, premium=premium) if desk.policy.limited else None

    @property
    def device(self) -> DeviceId:
        """Where it signed in."""
        return self._device

    # --- to the client -------------------------------------------------------------------

    def show(self, frame: bytes, room: RoomId | None = None) -> None:
        """Take events; they never overtake an answer of their room that waits its turn."""
        if self._replies.waiting_bytes and self._replies.hold(frame, room):
            self._bound()
        else:
            self._line.send(frame)

    def show_ephemeral(self, frame: bytes) -> None:
        """Take an event that may be dropped: also where it had to wait behind an answer."""
        if self._replies.waiting_bytes == 0:
            self._line.send_ephemeral(frame)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """End the session."""
        self._line.close(code, reason)

    def move(self, line: Line) -> None:
        """From now on another line leads to the client."""
        self._line = line

    def answer(
        self, slot: Slot, frame: bytes | None, *, room: str | None = None, paged: int = 0
    ) -> None:
        """Put an op's answer, of a room if one gave it, in its place and send what is ready."""
        if self._ended:
            return
        self._paging -= paged
        for ready in self._replies.settle(slot, frame, room):
            self._line.send(ready)
        if self._replies.waiting_bytes:
            self._bound()
        self._read_on()

    def relieve(self) -> None:
        """Note that an op without an answer is done, or never will be."""
        self._quiet -= 1
        self._read_on()

    def _read_on(self) -> None:
        if self.full and not (self._ended or self._is_full()):
            self.full = False
            self._line.resume()

    def _bound(self) -> None:
        """What waits behind a slow op is bounded as what waits for a slow client is (I10)."""
        if self._replies.waiting_bytes > OUTBOX_BYTES_MAX:
            self._line.close(CloseCode.SLOW_CONSUMER, "too much waits behind an op")

    def refuse(
        self, slot: Slot, ref: int | str | None, why: Refused | Outage, *, paged: int = 0
    ) -> None:
        """Answer that an op was not done."""
        self.answer(slot, None if ref is None else refusal(self.codec, ref, why), paged=paged)

    # --- from the client -----------------------------------------------------------------

    def receive(self, opcode: int, data: bytes) -> None:
        """Act on one message of the client."""
        try:
            frame = decode(self.codec, opcode, data)
        except BadFrame:
            self._bad_frame()
            return
        slot = self._replies.open()
        try:
            if self._rates is not None:
                self._limit(frame, self._rates)
            if isinstance(frame, Rejected):
                raise frame.refusal
            self._dispatch(frame, slot)
        except (Refused, Outage) as why:
            self.refuse(slot, frame.ref if isinstance(frame, Rejected) else frame.id, why)
        self.full = self._is_full()

    def _is_full(self) -> bool:
        under_way = max(len(self._replies), self._quiet)
        return under_way >= OPS_IN_FLIGHT_MAX or self._paging >= PAGE_EVENTS_MAX

    def _bad_frame(self) -> None:
        now = self._desk.now_s()
        self._bad_frames = [at for at in self._bad_frames if now - at <= _MINUTE_S] + [now]
        self._line.send(encode(self.codec, {"ev": "error", "code": BadFrame.code}))
        if len(self._bad_frames) >= BAD_FRAMES_PER_MINUTE_MAX:
            self._line.close(CloseCode.PROTOCOL_ABUSE, "too many malformed frames")

    def _limit(self, frame: Decoded, rates: Rates) -> None:
        """Take from the person's rates; raises RateLimited, and ends who goes on all the same."""
        now_s = self._desk.now_s()
        try:
            rates.ops.spend(now_s)
            if isinstance(frame, wire.MessageSend):
                rates.messages.spend(now_s)
            elif isinstance(frame, _CHANGES):
                rates.changes.spend(now_s)
            elif isinstance(frame, wire.Typing):
                rates.typing.spend(now_s)
            elif isinstance(frame, wire.PoolFrame):
                rates.pools.spend(now_s)
        except RateLimited:
            if rates.refusals.take(now_s) > 0:
                self._line.close(CloseCode.PROTOCOL_ABUSE, "far beyond the rates")
            raise

    def _dispatch(self, frame: wire.ClientFrame, slot: Slot) -> None:
        desk = self._desk
        match frame:
            case wire.MessageSend():
                self._post(frame, slot)
            case wire.RoomOpen():
                self._open(frame, slot)
            case wire.RoomClose():
                self._close(frame, slot)
            case wire.MessageDelete() | wire.MessageReact():
                desk.rooms.tell(_room(frame.room), self._change(frame, slot))
            case wire.RevealOffer() | wire.RevealAccept() | wire.RevealWithdraw():
                desk.reveals.tell(self._reveal(frame, slot))
            case wire.Read():
                mark = MarkRead(self._account, frame.seq, self._quiet_reply(slot, frame.id))
                self._tell_quietly(frame, mark, slot)
            case wire.Typing():
                note = Type(self._account, self, frame.on, self._quiet_reply(slot, frame.id))
                self._tell_quietly(frame, note, slot)
            case wire.LikeSend() | wire.LikeUndo() | wire.LikeCancel():
                desk.likes.tell(self._like(frame, slot))
            case wire.PoolJoin() | wire.PoolUpdate() | wire.PoolLeave() | wire.PoolExplain():
                desk.pools.tell(pool_command(frame, self, slot, self._account, desk.policy.pools))
            case wire.Hello():
                raise BadRequest("hello has been said")
            case _:
                assert_never(frame)

    def _post(self, frame: wire.MessageSend, slot: Slot) -> None:
        content = make_content(frame.kind, frame.body, frame.reply_to, self._desk.policy.chat)
        if not frame.cid.isprintable():
            raise BadRequest("a cid has no control characters")
        room = RoomId(frame.room)
        if room not in self._open_rooms:
            room = _room(frame.room)
        to = PostedReply(self, slot, frame.id, room)
        self._desk.rooms.tell(room, Post(self._account, frame.cid, content, to))

    def _open(self, frame: wire.RoomOpen, slot: Slot) -> None:
        room = _room(frame.room)
        if room not in self._open_rooms and len(self._open_rooms) >= OPEN_ROOMS_PER_SESSION_MAX:
            raise Busy("too many rooms are open in this session")
        after = None if frame.after is None else (frame.after.epoch, frame.after.seq)
        number = self._opens + 1
        limit = frame.limit or PAGE_EVENTS_DEFAULT
        to: Reply[Opened] = OpenedReply(self, slot, frame.id, room=room, number=number, limit=limit)
        self._desk.rooms.tell(room, Open(self._account, self, after, limit, to))
        self._open_rooms[room] = self._opens = number
        self._paging += limit

    def _close(self, frame: wire.RoomClose, slot: Slot) -> None:
        room = _room(frame.room)
        self._open_rooms.pop(room, None)
        if self._desk.rooms.shows(room, self):
            self._desk.rooms.forget(room, self)
            self.answer(slot, ok(self.codec, frame.id, {}))
        else:  # the room knows whether the person is in it; behind an open that is under way
            self._desk.rooms.tell(room, BeIn(self._account, OkReply(self, slot, frame.id)))

    def _quiet_reply(self, slot: Slot, ref: int | str | None) -> Reply[None]:
        return QuietReply(self) if ref is None else OkReply(self, slot, ref)

    def _tell_quietly(
        self, frame: wire.Read | wire.Typing, command: MarkRead | Type, slot: Slot
    ) -> None:
        self._desk.rooms.tell(_room(frame.room), command)
        if frame.id is None:  # nobody waits for it; had it been refused, `receive` would say so
            self._quiet += 1
            self.answer(slot, None)

    def _change(self, frame: wire.MessageDelete | wire.MessageReact, slot: Slot) -> Delete | React:
        to = OkReply(self, slot, frame.id)
        if isinstance(frame, wire.MessageDelete):
            return Delete(self._account, frame.seq, to)
        return React(self._account, frame.seq, clean_emoji(frame.emoji), frame.on, to)

    def _reveal(
        self,
        frame: wire.RevealOffer | wire.RevealAccept | wire.RevealWithdraw,
        slot: Slot,
    ) -> Reveal:
        if not is_id(frame.match):
            raise NotFound("there is no such room")
        try:
            step = RevealStep(frame.step)
        except ValueError:
            raise BadRequest("step is profile, photo or contact") from None
        to = OkReply(self, slot, frame.id)
        return Reveal(self._account, MatchId(frame.match), step, _ACTS[type(frame)], to)

    def _like(
        self, frame: wire.LikeSend | wire.LikeUndo | wire.LikeCancel, slot: Slot
    ) -> PlaceLike | TakeBackLike:
        if not isinstance(frame, wire.LikeSend):
            return self._take_back(frame, slot)
        if not (is_id(frame.group) and is_id(frame.member)):
            raise NotFound("there is no such member")
        try:
            intent = Intent(frame.intent)
        except ValueError:
            raise BadRequest("intent is friend or romantic") from None
        request = LikeRequest(
            group=GroupId(frame.group),
            sender=self._account,
            member=MemberId(frame.member),
            intent=intent,
            super=bool(frame.super),
            cid=frame.cid,
            line=make_line(frame.line or "", self._desk.policy.likes),
            shown=bool(frame.shown),
        )
        return PlaceLike(request, ReceiptReply(self, slot, frame.id))

    def _take_back(self, frame: wire.LikeUndo | wire.LikeCancel, slot: Slot) -> TakeBackLike:
        if not is_id(frame.like):
            raise NotFound("there is no such like")
        how = TakeBack.UNDO if isinstance(frame, wire.LikeUndo) else TakeBack.CANCEL
        to = AllowanceReply(self, slot, frame.id)
        return TakeBackLike(self._account, LikeId(frame.like), how, to)

    def follows(self, room: RoomId) -> bool:
        """Whether it still wants what it asked for: it may have closed the room or be gone."""
        return room in self._open_rooms

    def unfollow(self, room: RoomId, number: int) -> None:
        """An open failed: forget the room, unless an older or a newer open has it."""
        if self._open_rooms.get(room) == number and not self._desk.rooms.shows(room, self):
            del self._open_rooms[room]

    def end(self) -> None:
        """The line is down: leave the rooms. Nothing here waits, so that it cannot be cancelled."""
        if self._ended:
            return
        self._ended = True
        for room in self._open_rooms:
            self._desk.rooms.forget(room, self)
        self._open_rooms.clear()
        self._desk.people.leave(self._account, self)

    @property
    def ended(self) -> bool:
        """Whether the line is down."""
        return self._ended


def _room(text: str) -> RoomId:
    if not is_id(text):
        raise NotFound("there is no such room")
    return RoomId(text)
