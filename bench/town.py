"""A town to call in: people in groups, each group with a room and some talk in it, and phones."""

from __future__ import annotations

import random
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from api.client import Client
from api.client.auth import CodeProof, CodeRequest, send_code, verify_code
from api.client.dev import SentTexts, read_outbox
from api.client.groups import list_groups
from api.client.likes import NewLike, send_like
from api.client.members import list_members
from api.client.rooms import read_history
from api.client.shared import FirstProfile
from bench.errors import UnusableError
from bench.limits import CALL_S
from bench.load.calls import Asked
from bench.load.crowd import Crowd
from bench.load.dialect import Seat
from bench.load.glimpse import GlimpseDialect
from bench.load.talk import Talk
from bench.seed import Account, Order, seeded_accounts, ws_url
from bench.targets import loopback

BODY_CHARS = 64
IN_FLIGHT = 4
# Nobody's: the regulator keeps them for films.
PHONE = "010-0{:03}-{:04}"
PHONES_IN_A_BLOCK = 10_000


@dataclass(slots=True)
class Town:
    """Who lives there; each of its methods asks one call of somebody drawn at random."""

    accounts: Sequence[Account]
    phones: deque[str]  # that wait for nothing
    chance: random.Random
    codes: deque[tuple[str, str]] = field(default_factory=deque)  # that wait to be typed in
    liked: int = 0

    def sign_in(self) -> Asked:
        """Type a code in, if one has come; else let one be sent."""
        if self.codes:
            phone, code = self.codes.popleft()
            proof = CodeProof(phone=phone, code=code)
            return Asked("sign_in", verify_code(proof), None, lambda _: self.phones.append(phone))
        return self.send_code()

    def send_code(self) -> Asked:
        """Let a code be sent to the next phone, and look it up where the dev server shows it."""
        if not self.phones:
            raise UnusableError("all phones wait for a code: the server does not keep up")
        phone = self.phones.popleft()

        def sent(texts: SentTexts) -> None:
            self.codes.append((phone, texts.items[0].code))

        look = Asked("outbox", read_outbox(phone=phone), None, sent)
        return Asked("send_code", send_code(CodeRequest(phone=phone)), None, lambda _: look)

    def groups(self) -> Asked:
        """Look at the groups there are."""
        return Asked("groups", list_groups(), self.somebody().access)

    def members(self) -> Asked:
        """Look at the people of one's group."""
        me = self.somebody()
        return Asked("members", list_members(me.group), me.access)

    def like(self) -> Asked:
        """Like a neighbour; nobody does so twice in a run."""
        me, neighbour = self.accounts[self.liked], self.accounts[self.liked + 1]
        self.liked = (self.liked + 2) % (len(self.accounts) - 1)
        if me.group != neighbour.group:
            return self.like()
        body = NewLike(member=neighbour.member, intent="friend")
        return Asked("like", send_like(me.group, body), me.access)

    def messages(self) -> Asked:
        """Read the newest messages of one's group."""
        me = self.somebody()
        return Asked("messages", read_history(me.room), me.access)

    def somebody(self) -> Account:
        """Draw somebody."""
        return self.chance.choice(self.accounts)


def by_turns(asks: Sequence[Callable[[], Asked]]) -> Callable[[], Asked]:
    """Ask one thing after the other, and begin again."""
    number = -1

    def ask() -> Asked:
        nonlocal number
        number += 1
        return asks[number % len(asks)]()

    return ask


def settled(url: str, *, users: int, groups: int, messages: int, phones: int) -> Town:
    """Make a town in the server at `url`."""
    accounts = seeded_accounts(url, Order(users, groups, room_size=-(-users // groups)))
    _let_talk(url, accounts, messages)
    return Town(accounts, deque(signed_up(url, phones)), random.Random(users))


def _let_talk(url: str, accounts: Sequence[Account], messages: int) -> None:
    """Let one person of each room say so much."""
    speakers = {account.room: Seat(account.access, account.room) for account in accounts}
    host, port, path = loopback(ws_url(url))
    with Crowd(GlimpseDialect("json", path=path), host, port) as crowd:
        crowd.join(speakers.values())
        crowd.settle()
        talk = Talk(crowd, body_chars=BODY_CHARS, tag=f"{secrets.token_hex(4)}-")
        count = messages * len(speakers)
        talk.run(crowd.clients, messages=count, in_flight=min(IN_FLIGHT, messages))
    if talk.lost or talk.tally.troubles:
        raise UnusableError(f"the rooms did not fill: {talk.lost} lost, {talk.tally.told}")


def signed_up(url: str, count: int) -> list[str]:
    """Let so many people come with a phone, and return their phones."""
    numbers = (PHONE.format(*divmod(n, PHONES_IN_A_BLOCK)) for n in range(count))
    with httpx.Client(base_url=url, timeout=CALL_S) as http:
        return [_sign_up(Client(http), phone) for phone in numbers]


def _sign_up(anybody: Client, phone: str) -> str:
    anybody.send(send_code(CodeRequest(phone=phone)))
    code = anybody.send(read_outbox(phone=phone)).items[0].code
    profile = FirstProfile(nickname=f"p{phone[-4:]}", birth_year=1995, gender="other")
    anybody.send(verify_code(CodeProof(phone=phone, code=code, profile=profile)))
    return phone
