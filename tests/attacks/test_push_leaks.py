"""faults.md 52: whatever is told, to whomever and by whomever, the bytes are those of any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from actors.pusher import Pusher
from engine.ids import AccountId, Alias, DeviceId, RoomId
from engine.model.account import Gender
from engine.model.policy import Policy
from engine.model.push import Language, PushKind, PushSettings, PushToken
from engine.ports.meter import NoMeter
from engine.ports.pushes import Spoken
from engine.rooms.events import Event, EventName, RoomKind
from store.memory.push_outbox import MemoryPushLooks, MemoryPushOutbox
from store.memory.push_rows import TokenRow
from store.memory.state import AccountRow, Memory, RoomMemberRow, RoomRow
from store.providers.fcm_pushes import FcmPlace, FcmPushes, open_fcm
from tests.doubles.fcm import Fcm, open_double

NOW_MS = 1_790_000_000_000
POLICY = Policy()
TOKEN = "device:APA91b-the-same"  # of nobody


def make_world(name: str, language: Language) -> Memory:
    memory = Memory()
    me, device = AccountId(f"account of {name}"), DeviceId(f"device of {name}")
    memory.accounts[me] = AccountRow(me, None, name, 1995, Gender.OTHER)
    memory.pushes.tokens[device] = TokenRow(device, me, PushToken(TOKEN), NOW_MS)
    memory.pushes.settings[me] = PushSettings(language=language)
    return memory


async def note(memory: Memory, kind: PushKind, name: str) -> None:
    """Let something happen in this world."""
    me = AccountId(f"account of {name}")
    if kind is not PushKind.MESSAGE:
        memory.pushes.note(kind, [me], now_ms=NOW_MS)
        return
    peer, room = Alias(f"peer of {name}"), RoomId(f"room of {name}")
    mine = RoomMemberRow(Alias("mine"), me, name)
    members = {mine.alias: mine, peer: RoomMemberRow(peer, AccountId("peer"), "peer")}
    row = RoomRow(room, RoomKind.MATCH, None, 0, NOW_MS, members)
    words = {"kind": "text", "body": f"a secret of {name}"}
    row.events = [Event(1, NOW_MS, EventName.MESSAGE, peer, "cid", words)]
    memory.rooms[room] = row
    looks = MemoryPushLooks(memory)
    await looks.look([Spoken(room)], POLICY.pushes, now_ms=NOW_MS)


@dataclass
class Carrier:
    """FCM, and what it hears."""

    fcm: Fcm
    provider: FcmPushes

    async def hears(self, kind: PushKind, name: str, language: Language) -> bytes:
        """Return all that it hears of one event of one world."""
        memory = make_world(name, language)
        await note(memory, kind, name)
        pusher = Pusher(
            MemoryPushOutbox(memory),
            self.provider,
            POLICY,
            now_ms=lambda: NOW_MS,
            chance=lambda: 0.5,
            meter=NoMeter(),
        )
        before = len(self.fcm.asked)
        assert await pusher.send_due() == 1
        (asked,) = self.fcm.asked[before:]
        return json.dumps(sorted(asked.headers.items())).encode() + asked.body


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with open_double() as fcm, open_fcm(FcmPlace(fcm.url, fcm.account())) as provider:
        yield Carrier(fcm, provider)


@pytest.mark.parametrize("language", Language)
async def test_no_byte_of_a_push_depends_on_what_it_is_about(
    carrier: Carrier, language: Language
) -> None:
    heard = {await carrier.hears(kind, "fox", language) for kind in PushKind}
    heard |= {await carrier.hears(kind, "a much longer name", language) for kind in PushKind}
    assert len(heard) == 1


async def test_it_holds_no_name_no_text_and_no_id(carrier: Carrier) -> None:
    await carrier.hears(PushKind.MESSAGE, "canary", Language.ENGLISH)
    (body,) = carrier.fcm.sent
    for word in (b"canary", b"secret", b"room", b"device of", b"account", b"peer", b"message of"):
        assert word not in body
    message = json.loads(body)["message"]
    assert message.keys() == {"token", "notification", "android", "apns", "webpush"}
    assert "data" not in message
