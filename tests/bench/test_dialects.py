"""Each dialect: how it joins, what it sends, what it makes of an answer."""

from __future__ import annotations

import json

import msgspec
import pytest

from bench.load.dialect import (
    Ack,
    Answer,
    Delivery,
    Dialect,
    RefusedByServerError,
    Script,
    Seat,
    Step,
    Trouble,
)
from bench.load.glimpse import HELLO_REF, OPEN_REF, GlimpseDialect, PlainDialect
from bench.load.socketio import SocketIoDialect

SEAT = Seat("token-1", "room-1")


def packed(codec: str, value: object) -> bytes:
    return msgspec.json.encode(value) if codec == "json" else msgspec.msgpack.encode(value)


def unpacked(codec: str, payload: bytes) -> object:
    decode = msgspec.json.decode if codec == "json" else msgspec.msgpack.decode
    value: object = decode(payload)
    return value


def end_of(script: Script, payload: bytes) -> int:
    with pytest.raises(StopIteration) as end:
        script.send(payload)
    assert isinstance(end.value.value, int)
    return end.value.value


@pytest.mark.parametrize("codec", ["json", "msgpack"])
def test_glimpse_says_hello_then_opens_its_room_whatever_comes_between(codec: str) -> None:
    script = GlimpseDialect(codec).join(SEAT)
    hello = unpacked(codec, next(script))
    assert hello == {"op": "hello", "id": HELLO_REF, "token": "token-1"}
    opening = unpacked(codec, script.send(packed(codec, {"re": HELLO_REF, "ok": True})))
    assert opening == {"op": "room.open", "id": OPEN_REF, "room": "room-1", "limit": 1}
    assert script.send(packed(codec, {"ev": "presence", "online": True})) == b""
    assert end_of(script, packed(codec, {"re": OPEN_REF, "ok": True, "seq": 7, "events": []})) == 7


def test_glimpse_without_a_room_only_says_hello() -> None:
    script = GlimpseDialect("json").join(Seat("token-1", ""))
    next(script)
    assert end_of(script, packed("json", {"re": HELLO_REF, "ok": True})) == 0


def test_a_refused_join_says_why() -> None:
    script = GlimpseDialect("json").join(SEAT)
    next(script)
    with pytest.raises(RefusedByServerError, match="unauthenticated"):
        script.send(packed("json", {"re": HELLO_REF, "ok": False, "code": "unauthenticated"}))


@pytest.mark.parametrize("codec", ["json", "msgpack"])
def test_glimpse_sends_a_message_of_the_protocol(codec: str) -> None:
    payload = GlimpseDialect(codec).say(SEAT, number=3, cid="c3", body="hi")
    assert unpacked(codec, payload) == {
        "op": "msg.send",
        "id": 3,
        "room": "room-1",
        "cid": "c3",
        "kind": "text",
        "body": "hi",
    }


MESSAGE = {
    "ev": "msg.new",
    "room": "room-1",
    "epoch": 1,
    "seq": 9,
    "at": 1,
    "from": "a",
    "kind": "text",
    "body": 'say "hi" 안녕',
    "new_field": {"seq": 1},
}


@pytest.mark.parametrize("codec", ["json", "msgpack"])
@pytest.mark.parametrize(
    ("frame", "meaning"),
    [
        (MESSAGE, Delivery(9, 'say "hi" 안녕')),
        ({"re": 4, "ok": True, "seq": 9, "epoch": 1, "at": 1, "dup": False}, Ack(4, 9)),
        ({"re": 4, "ok": False, "code": "busy"}, Trouble("message 4 refused: busy")),
        ({"ev": "room.joined", "room": "room-1", "epoch": 1, "seq": 10, "at": 1}, Step(10)),
        ({"ev": "read", "room": "room-1", "from": "a", "seq": 10}, None),
        ({"ev": "typing", "room": "room-1", "from": "a", "on": True}, None),
        ({"ev": "msg.reaction", "seq": 3, "body": {"not": "text"}}, Step(3)),
        ({"ev": "error", "code": "bad_frame"}, Trouble("event error bad_frame")),
    ],
)
def test_what_glimpse_hears(codec: str, frame: dict[str, object], meaning: object) -> None:
    assert GlimpseDialect(codec).hear(packed(codec, frame)) == meaning


@pytest.mark.parametrize("dialect", [GlimpseDialect("json"), PlainDialect(), SocketIoDialect()])
def test_noise_is_trouble_never_an_exception(dialect: Dialect) -> None:
    for noise in (b"", b"{", b"42[", b"[]", b'{"ev":"msg.new","body":1}', b'42["msg",{}]', b"43x"):
        assert isinstance(dialect.hear(noise), Trouble)


def test_plain_opens_its_room_at_once() -> None:
    script = PlainDialect().join(SEAT)
    assert json.loads(next(script))["op"] == "room.open"
    assert end_of(script, b'{"re":%d,"ok":true,"seq":2}' % OPEN_REF) == 2


def test_socketio_shakes_hands_and_answers_pings_on_the_way() -> None:
    script = SocketIoDialect().join(SEAT)
    assert next(script) == b""
    assert script.send(b'0{"sid":"x","pingInterval":25000}') == b"40"
    assert script.send(b'40{"sid":"y"}') == b'420["join","room-1"]'
    assert script.send(b"2") == b"3"
    assert end_of(script, b'430[{"ok":true,"seq":5}]') == 5


def test_socketio_messages_and_answers() -> None:
    dialect = SocketIoDialect()
    said = dialect.say(SEAT, number=12, cid="c12", body="hi")
    assert said.startswith(b"4212[")
    draft = {"room": "room-1", "cid": "c12", "kind": "text", "body": "hi"}
    assert json.loads(said[4:]) == ["send", draft]
    assert dialect.hear(b'42["msg",{"seq":3,"body":"hi","room":"r"}]') == Delivery(3, "hi")
    assert dialect.hear(b'4312[{"ok":true,"seq":3}]') == Ack(12, 3)
    assert dialect.hear(b"2") == Answer(b"3")
    assert isinstance(dialect.hear(b'4312[{"ok":false,"seq":0}]'), Trouble)
    assert isinstance(dialect.hear(b"41"), Trouble)
