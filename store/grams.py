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

_HALF_BITS = FILTER_BYTES * 4
_BITS = [1 << place for place in range(_HALF_BITS)]
_ALL_BITS = (1 << 2 * _HALF_BITS) - 1

# Two characters side by side in 32 bits each; this leaves the first of them, in 64 bits.
_FIRSTS = int.from_bytes(b"\xff\xff\xff\xff\x00\x00\x00\x00" * (CHARS_MAX // 2), "little")
_FACTOR_BYTES = 5

# For each bit of a byte, what turns the byte into that bit.
_PICK = [bytes(value >> bit & 1 for value in range(256)) for bit in range(8)]


class Grams:
    """Writes and reads the filters of one room."""

    __slots__ = ("_encrypt", "_factors")

    def __init__(self, room_key: bytes) -> None:
        size = 32 + 2 * _FACTOR_BYTES
        derived = HKDFExpand(SHA256(), length=size, info=_PURPOSE).derive(room_key)
        # Only ever used on counters: the stream of counter mode, many nonces in one call.
        cipher = Cipher(algorithms.AES(derived[:32]), modes.ECB())  # noqa: S305
        self._encrypt = cipher.encryptor().update
        one, other = derived[32:-_FACTOR_BYTES], derived[-_FACTOR_BYTES:]
        self._factors = int.from_bytes(one) | 1, int.from_bytes(other) | 1

    def sealed(self, folded: str, nonce: bytes) -> bytes:
        """Return the filter of a message for the store."""
        stream = self._encrypt(_STREAM % (nonce, nonce, nonce, nonce))
        bits = self._filter(folded) ^ int.from_bytes(stream, "little")
        return nonce + bits.to_bytes(FILTER_BYTES, "little")

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

    def _filter(self, folded: str) -> int:
        """Return the filter itself."""
        if len(folded) > CHARS_MAX:
            return _ALL_BITS
        low, high = self._tokens(folded)
        bits, one_half, other_half = _BITS, 0, 0
        for place in low:
            one_half |= bits[place]
        for place in high:
            other_half |= bits[place]
        return one_half | other_half << _HALF_BITS

    def _places(self, wanted: str) -> Sequence[int]:
        low, high = self._tokens(wanted)
        return sorted({*low, *(_HALF_BITS + place for place in high)})[:BITS_TRIED_MAX]

    def _tokens(self, folded: str) -> tuple[bytes, bytes]:
        """Return a place in each half for every pair of neighbours.

        All pairs at once, in one large number each for the pairs that begin at an even and at an
        odd character: a sum of products with secret factors, of which 16 bits are taken. Nothing
        carries from one pair to the next: 21 and 40 bits are 61, and two of them 62 of 64.
        """
        points, chars = (
            int.from_bytes(folded.encode("utf-32-le", "surrogatepass"), "little"),
            len(folded),
        )
        evens, odds = points & _FIRSTS, points >> 32 & _FIRSTS
        one, other = self._factors
        size = 4 * (chars + 1)
        tokens = (evens * one + odds * other).to_bytes(size, "little")[: chars // 2 * 8]
        tokens += (odds * one + (evens >> 64) * other).to_bytes(size, "little")[
            : (chars - 1) // 2 * 8
        ]
        return tokens[_FACTOR_BYTES - 2 :: 8], tokens[_FACTOR_BYTES - 1 :: 8]
