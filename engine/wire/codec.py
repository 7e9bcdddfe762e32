"""Both subprotocols: bytes to client frames, strictly, and server fields to finished frames.

Decoding is lenient nowhere. The usual frame takes the fast path, a typed decoder that refuses
unknown fields; only what it refuses, and what might hide a repeated key, is read again slowly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Final

import msgpack
import msgspec

from engine.errors import BadFrame, BadRequest, Outage, Refused
from engine.limits import FRAME_DEPTH_MAX
from engine.wire.frames import QUIET_OPS, ClientFrame, Fields, MessageSend, Ref
from engine.wire.strict_json import parse_object
from engine.wire.websocket import BINARY, TEXT, server_frame


class Codec(Enum):
    """The subprotocols; the value is the name that is negotiated."""

    JSON = "glimpse.v1.json"
    MSGPACK = "glimpse.v1.msgpack"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A well-formed frame that asks for something this protocol does not have."""

    ref: int | str
    refusal: Refused


Decoded = ClientFrame | Rejected

_JSON: Final = Codec.JSON  # looking a member up in its class is slow enough to show
_json_decoder: Final = msgspec.json.Decoder(ClientFrame)
_json_encoder: Final = msgspec.json.Encoder()
_packer: Final = msgpack.Packer(use_bin_type=True)

# op, id, room, cid, kind, body
_SENT_KEYS: Final = 6


def decode(codec: Codec, opcode: int, data: bytes) -> Decoded:
    """Read one message of a client; raises BadFrame where it is not a frame at all."""
    if codec is _JSON:
        if opcode != TEXT:
            raise BadFrame("this subprotocol has text frames")
        try:
            frame: ClientFrame = _json_decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _judge(parse_object(data))
        # Every key is followed by a colon: a frame with as many colons as fields repeats no key.
        if data.count(b":") != _keys_of(frame):
            parse_object(data)
        return frame
    if opcode != BINARY:
        raise BadFrame("this subprotocol has binary frames")
    return _judge(_unpack(data))


def _keys_of(frame: ClientFrame) -> int:
    """Count the keys the shortest writing of this frame has, `op` included."""
    if type(frame) is MessageSend:
        return _SENT_KEYS if frame.reply_to is None else _SENT_KEYS + 1
    count = 1
    for name in frame.__struct_fields__:
        value = getattr(frame, name)
        if value is None:
            continue
        count += 1
        if name == "after":
            count += 2
        elif isinstance(value, dict):
            count += len(value)
    return count


def _judge(fields: dict[str, object]) -> Decoded:
    """Tell a malformed frame from a well-formed one that asks for too much."""
    op, ref = fields.get("op"), fields.get("id")
    if not isinstance(op, str):
        raise BadFrame("a frame is an object with an op")
    if ref is None and op not in QUIET_OPS:
        raise BadFrame("an op needs an id")
    try:
        frame: ClientFrame = msgspec.convert(fields, ClientFrame)
    except msgspec.ValidationError as exc:
        try:
            name = msgspec.convert(ref, Ref)
        except msgspec.ValidationError:
            raise BadFrame("an id is a string or an integer") from None
        return Rejected(name, BadRequest(_reason(exc)))
    return frame


def _reason(exc: msgspec.ValidationError) -> str:
    """Say what is wrong by type and place, without what the client wrote."""
    said = str(exc)
    if said.startswith("Object contains unknown field"):
        return "an unknown field"
    if said.startswith("Invalid value"):
        return "an unknown op"
    return said[:200]


def _unpack(data: bytes) -> dict[str, object]:
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=True,
            object_pairs_hook=_unique,
            ext_hook=_no_extension,
        )
    except BadFrame:
        raise
    except (ValueError, msgpack.exceptions.UnpackException):
        raise BadFrame("this is not MessagePack") from None
    if not isinstance(value, dict):
        raise BadFrame("a frame is an object")
    _check_values(value, FRAME_DEPTH_MAX)
    return value


def _unique(pairs: list[tuple[object, object]]) -> dict[str, object]:
    fields = {key: value for key, value in pairs if isinstance(key, str)}
    if len(fields) != len(pairs):
        raise BadFrame("a key is repeated or not a string")
    return fields


def _no_extension(_code: int, _data: bytes) -> object:
    raise BadFrame("extension types are not used")


def _check_values(value: object, levels: int) -> None:
    """Refuse what JSON has not got either, so that a frame means the same in both codecs."""
    if isinstance(value, bytes | msgpack.Timestamp):
        raise BadFrame("binary and extension types are not used")
    if isinstance(value, float) and not isfinite(value):
        raise BadFrame("a number is out of range")
    if isinstance(value, dict | list):
        if levels == 0:
            raise BadFrame("nested too deep")
        for item in value.values() if isinstance(value, dict) else value:
            _check_values(item, levels - 1)


def encode(codec: Codec, fields: Fields) -> bytes:
    """Return one finished WebSocket frame."""
    if codec is _JSON:
        return server_frame(TEXT, _json_encoder.encode(fields))
    return server_frame(BINARY, _packer.pack(fields))


def ok(codec: Codec, ref: int | str, fields: Fields) -> bytes:
    """Return the reply to an op that was done."""
    return encode(codec, {"re": ref, "ok": True} | fields)


def posted_ok(codec: Codec, ref: int | str, *, seq: int, epoch: int, at: int, dup: bool) -> bytes:
    """Return the reply to a message that is durable: where it stands."""
    if codec is not _JSON:
        return ok(codec, ref, {"seq": seq, "epoch": epoch, "at": at, "dup": dup})
    text = b'{"re":%b,"ok":true,"seq":%d,"epoch":%d,"at":%d,"dup":%b}'
    known = b"true" if dup else b"false"
    return server_frame(TEXT, text % (_json_encoder.encode(ref), seq, epoch, at, known))


def refusal(codec: Codec, ref: int | str, why: Refused | Outage) -> bytes:
    """Return the reply to an op that was not done."""
    fields: Fields = {"re": ref, "ok": False, "code": why.code, "message": str(why)}
    if why.retry_after_ms is not None:
        fields["retry_after_ms"] = why.retry_after_ms
    return encode(codec, fields)
