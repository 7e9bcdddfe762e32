"""An event becomes bytes once for each codec and form, and the quick way writes the same bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ids import Alias
from engine.rooms.events import DELETED_CONTENT, Event, EventName
from engine.wire import codec as codec_module
from engine.wire import event_frames
from engine.wire.codec import Codec, encode, ok, posted_ok
from engine.wire.event_frames import EventFrames
from engine.wire.frames import event_fields
from engine.wire.websocket import server_frame
from tests.builders import EPOCH, FOX, ROOM, make_event

TEXTS = st.text(max_size=80)
NUMBERS = st.integers(min_value=0, max_value=2**53 - 1)
CONTENTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just(dict(DELETED_CONTENT)),
    st.builds(lambda body: {"kind": "text", "body": body}, TEXTS),
    st.builds(
        lambda lat, label, seq: {
            "kind": "location",
            "body": {"lat": lat, "lng": -lat, "label": label},
            "reply_to": seq,
            "caution": True,
        },
        st.floats(-90, 90),
        TEXTS,
        NUMBERS,
    ),
)


def test_an_event_is_framed_once_for_each_codec_and_form(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counted(opcode: int, payload: bytes) -> bytes:
        calls.append(opcode)
        return server_frame(opcode, payload)

    monkeypatch.setattr(event_frames, "server_frame", counted)
    monkeypatch.setattr(codec_module, "server_frame", counted)
    frames = EventFrames.of(ROOM, EPOCH, make_event(1, sender=FOX, cid="c"))
    for _ in range(3):
        for codec in Codec:
            assert b"cid" not in frames.frame(codec)
            assert b"cid" in frames.frame(codec, own=True)
    assert len(calls) == 4


@pytest.mark.parametrize("codec", Codec)
@given(
    content=CONTENTS,
    seq=NUMBERS,
    at=NUMBERS,
    sender=TEXTS | st.none(),
    cid=TEXTS | st.none(),
    forms=st.permutations([False, True]),
)
def test_a_message_has_the_bytes_of_its_fields(
    codec: Codec,
    content: dict[str, Any],
    seq: int,
    at: int,
    sender: str | None,
    cid: str | None,
    forms: list[bool],
) -> None:
    alias = None if sender is None else Alias(sender)
    event = Event(seq, at, EventName.MESSAGE, alias, cid, content)
    frames = EventFrames.of(ROOM, EPOCH, event)
    for own in forms:
        fields = event_fields(ROOM, EPOCH, event, own=False)
        if own and cid is not None:
            fields["cid"] = cid
        assert frames.frame(codec, own=own) == encode(codec, fields)


@pytest.mark.parametrize("codec", Codec)
@given(ref=TEXTS | NUMBERS, seq=NUMBERS, epoch=NUMBERS, at=NUMBERS, dup=st.booleans())
def test_the_answer_to_a_message_has_the_bytes_of_its_fields(
    codec: Codec, ref: int | str, seq: int, epoch: int, at: int, *, dup: bool
) -> None:
    written = posted_ok(codec, ref, seq=seq, epoch=epoch, at=at, dup=dup)
    assert written == ok(codec, ref, {"seq": seq, "epoch": epoch, "at": at, "dup": dup})
