"""Reply addresses of a session: each puts its answer into the place of its op."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import Outage, Refused
from engine.ids import RoomId
from engine.model.like import LikeReceipt
from engine.ports.likes import Allowance
from engine.rooms.events import Occupant, Posted
from engine.wire.codec import ok, posted_ok
from engine.wire.frames import Fields, event_fields

if TYPE_CHECKING:
    from actors.commands import Opened
    from actors.pool_commands import Waits
    from actors.session import Session
    from engine.matching.explain import Explained
    from engine.sessions.replies import Slot


class _SlotReply:
    __slots__ = ("_about", "_paged", "_ref", "_session", "_slot", "settled")

    def __init__(
        self, session: Session, slot: Slot, ref: int | str, about: RoomId | None = None
    ) -> None:
        self._about = about  # the room whose events may not overtake the answer
        self._session = session
        self._slot = slot
        self._ref = ref
        self._paged = 0  # events that the answer may hold
        self.settled = False

    def fail(self, why: Refused | Outage) -> None:
        """It was not done, or nobody knows."""
        if not self.settled:
            self.settled = True
            self._session.refuse(self._slot, self._ref, why, paged=self._paged)

    def _ok(self, fields: Fields) -> None:
        self._answer(ok(self._session.codec, self._ref, fields))

    def _answer(self, frame: bytes) -> None:
        if not self.settled:
            self.settled = True
            self._session.answer(self._slot, frame, room=self._about, paged=self._paged)


class OkReply(_SlotReply):
    """Done, and nothing more to say."""

    def done(self, value: None) -> None:
        """Say ok."""
        del value
        self._ok({})


class QuietReply:
    """Nobody hears of it, but until it is done it counts as an op under way."""

    __slots__ = ("_session", "settled")

    def __init__(self, session: Session) -> None:
        self._session = session
        self.settled = False

    def done(self, value: object) -> None:
        """Count it no more."""
        del value
        self._settle()

    def fail(self, why: Refused | Outage) -> None:
        """Count it no more."""
        del why
        self._settle()

    def _settle(self) -> None:
        if not self.settled:
            self.settled = True
            self._session.relieve()


class PostedReply(_SlotReply):
    """A message is durable."""

    def done(self, value: tuple[int, Posted]) -> None:
        """Say where it stands."""
        epoch, posted = value
        event, codec = posted.event, self._session.codec
        self._answer(
            posted_ok(codec, self._ref, seq=event.seq, epoch=epoch, at=event.at, dup=posted.dup)
        )


class OpenedReply(_SlotReply):
    """A room is open."""

    __slots__ = ("_number", "_room")

    def __init__(
        self,
        session: Session,
        slot: Slot,
        ref: int | str,
        *,
        room: RoomId,
        number: int,
        limit: int,
    ) -> None:
        super().__init__(session, slot, ref, room)
        self._room = room
        self._number = number
        self._paged = limit

    def fail(self, why: Refused | Outage) -> None:
        """The room is not followed, unless it was before or a later open still may."""
        if not self.settled:
            self._session.unfollow(self._room, self._number)
        super().fail(why)

    def done(self, value: Opened) -> None:
        """Say what the room holds."""
        fields: Fields = {
            "epoch": value.epoch,
            "seq": value.seq,
            "recovered": value.recovered,
            "members": [_member(one, value) for one in value.members],
            "me": value.me,
            "events": [
                event_fields(self._room, value.epoch, one, own=one.sender == value.me)
                for one in value.events
            ],
        }
        if value.more:
            fields["more"] = True
        self._ok(fields)


def _member(one: Occupant, value: Opened) -> Fields:
    """Show a member; how far they have read only where they let others see it."""
    fields: Fields = {"alias": one.alias, "nickname": one.nickname}
    if one.alias in value.reads:
        fields["read"] = one.read
    if value.online is not None:
        fields["online"] = one.alias in value.online
    return fields


class ReceiptReply(_SlotReply):
    """A like was stored; the answer is the same whatever the other side did (I8)."""

    def done(self, value: LikeReceipt) -> None:
        """Say what is left."""
        self._ok({"like": value.like, "left_today": value.left_today, "credits": value.credits})


class AllowanceReply(_SlotReply):
    """A like was taken back; the answer is the same whether or not a match went with it (I8)."""

    def done(self, value: Allowance) -> None:
        """Say what is left."""
        self._ok({"left_today": value.left_today, "credits": value.credits})


class WaitsReply(_SlotReply):
    """Somebody waits in a pool; the answer says nothing of who else does."""

    def done(self, value: Waits) -> None:
        """Say for how long."""
        seconds = value.expires_in_ms // 1_000
        fields: Fields = {"ticket": value.ticket, "expires_in_s": seconds}
        self._ok({**fields, "wait_band": value.wait.value})


class ExplainedReply(_SlotReply):
    """Which wishes rule out most people."""

    def done(self, value: Explained) -> None:
        """Say it in bands."""
        said = value.explanation
        blocked_by = [
            {"constraint": name, "share_band": share.value} for name, share in said.blocked_by
        ]
        self._ok(
            {
                "waiting_s": value.waited_ms // 1_000,
                "considered_band": said.considered.value,
                "blocked_by": blocked_by,
                "wait_band": said.wait.value,
            }
        )
