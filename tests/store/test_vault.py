"""The vault: what is sealed opens with its key, in its place, and nowhere else."""

from __future__ import annotations

import os

import pytest

from store.grams import NONCE_BYTES
from store.vault import KEY_BYTES, Unsealable, Vault, open_body, seal_body

MASTER = b"m" * KEY_BYTES
NONCE = b"n" * NONCE_BYTES


def vault(master: bytes = MASTER, keys_max: int = 10) -> Vault:
    """Make a vault."""
    return Vault(master, os.urandom, keys_max=keys_max)


def test_a_body_opens_where_it_was_sealed_only() -> None:
    ours = vault()
    key = ours.learn("room", ours.new_room_key("room"))
    sealed = seal_body(key, b"hello", "room", 5, "fox", nonce=NONCE)
    assert b"hello" not in sealed
    assert open_body(key, sealed, "room", 5, "fox") == b"hello"
    for room, seq, sender in (("moor", 5, "fox"), ("room", 6, "fox"), ("room", 5, None)):
        with pytest.raises(Unsealable):
            open_body(key, sealed, room, seq, sender)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(Unsealable):
            open_body(key, bytes(changed), "room", 5, "fox")
    for cut in (b"", sealed[:11], sealed[:20]):
        with pytest.raises(Unsealable):
            open_body(key, cut, "room", 5, "fox")


def test_equal_bodies_look_different() -> None:
    ours = vault()
    key = ours.learn("room", ours.new_room_key("room"))
    nonces = [*ours.nonces(50), *ours.nonces(50)]
    sealed = {seal_body(key, b"hi", "room", 1, "fox", nonce=nonce) for nonce in nonces}
    assert len(sealed) == 100


def test_a_room_key_is_bound_to_its_room_and_to_the_master_key() -> None:
    wrapped = vault().new_room_key("room")
    with pytest.raises(Unsealable):
        vault().learn("other", wrapped)
    with pytest.raises(Unsealable):
        vault(b"x" * KEY_BYTES).learn("room", wrapped)
    other = vault().learn("other", vault().new_room_key("other"))
    sealed = seal_body(vault().learn("room", wrapped), b"hello", "room", 1, None, nonce=NONCE)
    with pytest.raises(Unsealable):
        open_body(other, sealed, "room", 1, None)


def test_the_key_not_used_longest_is_put_away() -> None:
    ours = vault(keys_max=2)
    wrapped = {room: ours.new_room_key(room) for room in "abc"}
    ours.learn("a", wrapped["a"])
    ours.learn("b", wrapped["b"])
    ours.key_of("a")
    ours.learn("c", wrapped["c"])
    assert [ours.knows(room) for room in "abc"] == [True, False, True]


@pytest.mark.parametrize("key", [b"", b"short", b"m" * 33])
def test_a_master_key_has_its_length(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(key, os.urandom)
