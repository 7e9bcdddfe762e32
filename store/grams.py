"""The search index of one room: an encrypted filter of pairs of characters beside each message.

Every pair of neighbouring characters of the folded text sets two of 512 bits (a Bloom filter in two
halves), at places that only the room's key tells. The filter is then encrypted with a key stream
that begins at the message's own nonce (counter mode), so two filters of the same text have nothing
in common, and without the key a filter is 64 random bytes. Whoever has the key decrypts one column
of bits of thousands of filters at once: no loop of Python runs over messages.

docs/adr/0011 has the figures, and says what is seen by whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

NONCE_BYTES = 12
FILTER_BYTES = 64
GRAMS_BYTES = NONCE_BYTES + FILTER_BYTES

# More bits of a long query than this let nearly nothing through that the first ones did not stop.
BITS_TRIED_MAX = 24

_PURPOSE = b"glimpse.v1 search"
_BLOCK = 16
_HALF_BITS = FILTER_BYTES * 4

# The last byte of a block says what it is for, so that one key serves tokens and key stream.
_TOKEN = b"\xff"
_STREAM = tuple(bytes([0, 0, 0, number]) for number in range(FILTER_BYTES // _BLOCK))
_LAYOUT = b"".join(b"%b" + number for number in _STREAM)

_LOW = [1 << bit for bit in range(_HALF_BITS)]
_HIGH = [1 << bit for bit in range(_HALF_BITS, 2 * _HALF_BITS)]
# For each bit of a byte, what turns the byte into that bit.
_BIT = [bytes(value >> bit & 1 for value in range(256)) for bit in range(8)]


class Grams:
    """Writes and reads the filters of one room."""

    __slots__ = ("_encrypt",)

    def __init__(self, room_key: bytes) -> None:
        key = HKDFExpand(SHA256(), length=32, info=_PURPOSE).derive(room_key)
        # Blocks by themselves are a keyed function, no more is wanted: the mode is made around it.
        cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
        self._encrypt = cipher.encryptor().update

    def sealed(self, folded: str, nonce: bytes) -> bytes:
        """Return the filter of a message for the store."""
        low, high = self._tokens(folded)
        bits = reduce(or_, map(_LOW.__getitem__, low), 0)
        bits |= reduce(or_, map(_HIGH.__getitem__, high), 0)
        stream = self._encrypt(_LAYOUT % ((nonce,) * len(_STREAM)))
        return nonce + (bits ^ int.from_bytes(stream, "little")).to_bytes(FILTER_BYTES, "little")

    def marks(self, rows: bytes, wanted: str, *, start: int, stride: int) -> bytes:
        """Look into many filters: one byte for each, 1 where a message may say `wanted`.

        `rows` holds what `sealed` gave at `start` of every `stride` bytes.
        """
        count = len(rows) // stride
        nonces = bytearray(_BLOCK * count)
        for place in range(NONCE_BYTES):
            nonces[place::_BLOCK] = rows[start + place :: stride]
        streams: dict[int, bytes] = {}
        left = int.from_bytes(b"\x01" * count)
        for bit in self._bits(wanted):
            byte = bit >> 3
            block, place = divmod(byte, _BLOCK)
            if block not in streams:
                nonces[_BLOCK - 1 :: _BLOCK] = bytes([block]) * count
                streams[block] = self._encrypt(nonces)
            sealed = int.from_bytes(rows[start + NONCE_BYTES + byte :: stride])
            column = sealed ^ int.from_bytes(streams[block][place::_BLOCK])
            left &= int.from_bytes(column.to_bytes(count).translate(_BIT[bit & 7]))
            if not left:
                break
        return left.to_bytes(count)

    def _bits(self, wanted: str) -> Sequence[int]:
        low, high = self._tokens(wanted)
        return sorted({*low, *(_HALF_BITS + bit for bit in high)})[:BITS_TRIED_MAX]

    def _tokens(self, folded: str) -> tuple[bytes, bytes]:
        """Return a place in each half for every pair of neighbours."""
        points = folded.encode("utf-32-le")
        pairs = len(folded) - 1
        blocks = bytearray(_BLOCK * pairs)
        for byte in range(3):  # A code point has three bytes.
            blocks[byte::_BLOCK] = points[byte:-4:4]
            blocks[byte + 3 :: _BLOCK] = points[byte + 4 :: 4]
        blocks[_BLOCK - 1 :: _BLOCK] = _TOKEN * pairs
        tokens = self._encrypt(blocks)
        return tokens[::_BLOCK], tokens[1::_BLOCK]
