"""Accounts, groups and rooms to work with, made by a running server (protocol.md, section 4)."""

from __future__ import annotations

import http.client
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.errors import EXIT_OK, UnusableError
from bench.limits import SEED_ANSWER_S, SEED_LINE_BYTES_MAX, SEED_USERS_MAX
from bench.targets import loopback

DEFAULT_URL = "http://127.0.0.1:8080"
REFUSAL_BYTES_MAX = 2_000
ROOM_MEMBERS_MIN = 2


@dataclass(frozen=True, slots=True)
class Order:
    """How many of what."""

    users: int
    groups: int
    pairs: bool = False
    room_size: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.users <= SEED_USERS_MAX:
            raise UnusableError(f"--users must be 1 to {SEED_USERS_MAX}")
        if not 1 <= self.groups <= self.users:
            raise UnusableError("--groups must be 1 to the number of users")
        if self.room_size and not ROOM_MEMBERS_MIN <= self.room_size <= self.users:
            raise UnusableError("--room-size must be 2 to the number of users")

    def body(self) -> bytes:
        """Return the request's body; what was not asked for is left out."""
        fields: dict[str, int | bool] = {"users": self.users, "groups": self.groups}
        if self.pairs:
            fields["pairs"] = True
        if self.room_size:
            fields["room_size"] = self.room_size
        return msgspec.json.encode(fields)


class Account(msgspec.Struct, frozen=True):
    """One line of the answer."""

    user: int
    access: str
    group: str
    member: str
    room: str = ""


class Problem(msgspec.Struct):
    """The part of a problem document that a person needs."""

    code: str = ""
    detail: str = ""


class Config(msgspec.Struct):
    """The part of `GET /v1/config` that the bench needs."""

    ws_url: str


def seeded_lines(url: str, order: Order) -> Iterator[bytes]:
    """Ask the server at `url` for `order` and return its lines as they come, checked."""
    host, port, _ = loopback(url)
    headers = {"Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(host, port, timeout=SEED_ANSWER_S)) as connection:
        count = 0
        try:
            connection.request("POST", "/v1/dev/seed", order.body(), headers)
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK:
                raise UnusableError(_refusal(answer))
            while line := answer.readline(SEED_LINE_BYTES_MAX):
                _account(line)
                count += 1
                yield line
        except (OSError, http.client.HTTPException) as exc:
            raise UnusableError(f"no server answers at {url}: {exc}") from exc
        if count != order.users:
            raise UnusableError(f"the server seeded {count} of {order.users} users and stopped")


def seeded_accounts(url: str, order: Order) -> list[Account]:
    """Return what `seeded_lines` returns, read."""
    return [_account(line) for line in seeded_lines(url, order)]


def ws_url(url: str) -> str:
    """Ask the server for the address of its WebSocket."""
    host, port, _ = loopback(url)
    with closing(http.client.HTTPConnection(host, port, timeout=SEED_ANSWER_S)) as connection:
        try:
            connection.request("GET", "/v1/config")
            answer = connection.getresponse()
            return msgspec.json.decode(answer.read(), type=Config).ws_url
        except (OSError, http.client.HTTPException, msgspec.MsgspecError) as exc:
            raise UnusableError(f"no usable /v1/config at {url}: {exc}") from exc


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `python -m bench seed`."""
    parser.add_argument("--users", type=int, required=True, help="accounts to make")
    parser.add_argument("--groups", type=int, required=True, help="groups to spread them over")
    parser.add_argument("--pairs", action="store_true", help="match them two by two")
    parser.add_argument("--room-size", type=int, default=0, help="group rooms of this many members")
    parser.add_argument("--out", type=Path, help="write the lines here instead of stdout")
    parser.add_argument("--url", default=DEFAULT_URL, help=f"the server (default {DEFAULT_URL})")


def run(arguments: Namespace) -> int:
    """Seed, and pass each line on as it comes."""
    order = Order(
        users=arguments.users,
        groups=arguments.groups,
        pairs=arguments.pairs,
        room_size=arguments.room_size,
    )
    lines = seeded_lines(arguments.url, order)
    first = next(lines)  # A refusal must not empty the file that is there.
    with ExitStack() as stack:
        out: Path | None = arguments.out
        try:
            sink = stack.enter_context(out.open("wb")) if out else sys.stdout.buffer
            sink.write(first)
            sink.writelines(lines)
            sink.flush()
        except BrokenPipeError:
            raise
        except OSError as exc:
            raise UnusableError(f"cannot write {out or 'to stdout'}: {exc.strerror}") from exc
    return EXIT_OK


def _account(line: bytes) -> Account:
    try:
        return msgspec.json.decode(line, type=Account)
    except msgspec.MsgspecError as exc:
        raise UnusableError(f"not a seed line: {line[:80]!r} ({exc})") from exc


def _refusal(answer: http.client.HTTPResponse) -> str:
    body = answer.read(REFUSAL_BYTES_MAX)
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except msgspec.MsgspecError:
        problem = Problem()
    said = f"{problem.code} {problem.detail}".strip() or answer.reason
    return f"the server refuses to seed: {answer.status} {said}"
