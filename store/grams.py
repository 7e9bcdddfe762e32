"""The search index of one room: an encrypted filter of pairs of characters beside each message.

Every pair of neighbouring characters of the folded text sets two of 512 bits (a Bloom filter in two
halves), at places that the room's key tells. The filter is then encrypted by counter mode from the
message's own nonce on, so two filters of the same text have nothing in common, and without the key
a filter is 64 random bytes. Whoever has the key decrypts one column of bits of thousands of filters
at once: no loop of Python runs over messages.

docs/adr/0011 has the figures, and says what is seen by whom.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

NONCE_BYTES = 12
FILTER_BYTES = 64
GRAMS_BYTES = NONCE_BYTES + FILTER_BYTES

# More bits of a long query than this let nearly nothing through that the first ones did not stop.
BITS_TRIED_MAX = 24

# A longer text has its filter full without counting: folding makes no usual text that long.
CHARS_MAX = 4_096

_PURPOSE = b"glimpse.v1 search"
_BLOCK = 16
_STREAM = b"".join(b"%b" + bytes([0, 0, 0, block]) for block in range(FILTER_BYTES // _BLOCK))

_BITS = FILTER_BYTES * 8
_HALF_BITS = _BITS // 2

# Which bits of the sum of a pair name its place in each half.
_LOW_SHIFT, _HIGH_SHIFT = np.uint64(24), np.uint64(32)
_PLACE = np.uint64(_HALF_BITS - 1)

# Two characters side by side in 32 bits each; this leaves the first of them, in 64 bits.
_FIRSTS = int.from_bytes(b"\xff\xff\xff\xff\x00\x00\x00\x00" * (CHARS_MAX // 2), "little")
_FACTOR_BYTES = 5

# For each bit of a byte, what turns the byte into that bit.
_PICK = [bytes(value >> bit & 1 for value in range(256)) for bit in range(8)]


class Grams:
    """Writes and reads the filters of one room."""

    __slots__ = ("_encrypt", "factors")

    def __init__(self, room_key: bytes) -> None:
        size = 32 + 2 * _FACTOR_BYTES
        derived = HKDFExpand(SHA256(), length=size, info=_PURPOSE).derive(room_key)
        # Only ever used on counters: the stream of counter mode, many nonces in one call.
        cipher = Cipher(algorithms.AES(derived[:32]), modes.ECB())  # noqa: S305
        self._encrypt = cipher.encryptor().update
        one, other = derived[32:-_FACTOR_BYTES], derived[-_FACTOR_BYTES:]
        self.factors = int.from_bytes(one) | 1, int.from_bytes(other) | 1

    def stream(self, nonce: bytes) -> bytes:
        """Return what the filter beside this nonce is encrypted with."""
        stream: bytes = self._encrypt(_STREAM % (nonce, nonce, nonce, nonce))
        return stream

    def marks(self, rows: bytes, wanted: str, *, start: int, stride: int) -> bytes:
        """Look into many filters: one byte for each, 1 where a message may say `wanted`.

        `rows` holds what `sealed` gave at `start` of every `stride` bytes.
        """
        count = len(rows) // stride
        counters = bytearray(_BLOCK * count)
        for place in range(NONCE_BYTES):
            counters[place::_BLOCK] = rows[start + place :: stride]
        streams: dict[int, bytes] = {}
        left = int.from_bytes(b"\x01" * count)
        for place in self._places(wanted):
            byte = place >> 3
            block, within = divmod(byte, _BLOCK)
            if block not in streams:
                counters[_BLOCK - 1 :: _BLOCK] = bytes([block]) * count
                streams[block] = self._encrypt(counters)
            sealed = int.from_bytes(rows[start + NONCE_BYTES + byte :: stride])
            column = sealed ^ int.from_bytes(streams[block][within::_BLOCK])
            left &= int.from_bytes(column.to_bytes(count).translate(_PICK[place & 7]))
            if not left:
                break
        return left.to_bytes(count)

    def _places(self, wanted: str) -> Sequence[int]:
        low, high = self._tokens(wanted)
        return sorted({*low, *(_HALF_BITS + place for place in high)})[:BITS_TRIED_MAX]

    def _tokens(self, folded: str) -> tuple[bytes, bytes]:
        """Return a place in each half for every pair of neighbours.

        All pairs at once, in one large number each for the pairs that begin at an even and at an
        odd character: a sum of products with secret factors, of which 16 bits are taken. Nothing
        carries from one pair to the next: 21 and 40 bits are 61, and two of them 62 of 64.
        """
        points = int.from_bytes(folded.encode("utf-32-le", "surrogatepass"), "little")
        chars = len(folded)
        evens, odds = points & _FIRSTS, points >> 32 & _FIRSTS
        one, other = self.factors
        size = 4 * (chars + 1)
        tokens = (evens * one + odds * other).to_bytes(size, "little")[: chars // 2 * 8]
        tokens += (odds * one + (evens >> 64) * other).to_bytes(size, "little")[
            : (chars - 1) // 2 * 8
        ]
        return tokens[_FACTOR_BYTES - 2 :: 8], tokens[_FACTOR_BYTES - 1 :: 8]


# A message: whose room, its folded text, and the nonce of its body.
Message = tuple[Grams, str, bytes]


def sealed_filters(messages: Sequence[Message]) -> bytes:
    """Return the filters of many messages for the store, in their order, each of GRAMS_BYTES.

    All of a commit at once, in a dozen calls of numpy: one by one they cost more than sealing.
    """
    if not messages:
        return b""
    filters = np.packbits(_bits(messages), axis=1, bitorder="little")
    streams = b"".join([grams.stream(nonce) for grams, _, nonce in messages])
    nonces = b"".join([nonce for _, _, nonce in messages])
    rows = np.empty((len(messages), GRAMS_BYTES), np.uint8)
    rows[:, :NONCE_BYTES] = np.frombuffer(nonces, np.uint8).reshape(-1, NONCE_BYTES)
    rows[:, NONCE_BYTES:] = filters ^ np.frombuffer(streams, np.uint8).reshape(-1, FILTER_BYTES)
    return rows.tobytes()


def _bits(messages: Sequence[Message]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return a row of 0 and 1 for each message; `Grams._tokens` says where the ones stand."""
    texts = [folded[: CHARS_MAX + 1] for _, folded, _ in messages]
    sizes = np.array([len(text) for text in texts])
    joined = "".join(texts).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(joined, "<u4").astype(np.uint64)
    factors = np.array([grams.factors for grams, _, _ in messages], np.uint64).repeat(sizes, axis=0)
    sums = points * factors[:, 0]
    sums[:-1] += points[1:] * factors[:-1, 1]
    rows = np.arange(0, len(texts) * _BITS, _BITS).repeat(sizes)
    # What begins with the last character of a text is no pair: it goes where nobody looks.
    rows[np.cumsum(sizes) - 1] = len(texts) * _BITS
    bits = np.zeros(len(texts) * _BITS + _BITS, np.uint8)
    bits[rows + (sums >> _LOW_SHIFT & _PLACE).view(np.int64)] = 1
    bits[rows + (sums >> _HIGH_SHIFT & _PLACE).view(np.int64) + _HALF_BITS] = 1
    table = bits[:-_BITS].reshape(len(texts), _BITS)
    table[sizes > CHARS_MAX] = 1
    return table
