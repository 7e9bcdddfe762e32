"""The two sides of a comparison: Glimpse and a peer, each with an address and seats to fill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.errors import UnusableError
from bench.load.dialect import Dialect, Seat
from bench.load.glimpse import GlimpseDialect
from bench.peers.start import peer_dialect, peer_server
from bench.seed import Order, seeded_accounts, ws_url
from bench.targets import Target, glimpse_server, glimpse_settings, loopback, measured

PAIR = 2
# Official groups hold 1,000; a crowd without rooms is spread over groups well below it.
GROUP_MEMBERS_MAX = 500
# A peer's rooms have names as long as Glimpse's ids.
ID_CHARS = 16


@dataclass(frozen=True, slots=True)
class Side:
    """One server that is up, what it speaks, and who sits where."""

    name: str
    pid: int
    host: str
    port: int
    dialect: Dialect
    seats: tuple[Seat, ...]


@contextmanager
def our_side(
    clients: int, room_size: int, *, codec: str, url: str | None, restarted: bool = False
) -> Iterator[Side]:
    """Start the engine (or take the one at `url`) and seed what the run needs.

    `restarted` after seeding: what seeding freed would otherwise hide what sessions take.
    """
    if url is not None or not restarted:
        with measured(url) as target:
            yield seated(target, clients, room_size, codec=codec)
        return
    with glimpse_settings() as settings:
        with glimpse_server(settings) as target:
            seats = _seats(target.url, clients, room_size)
        with glimpse_server(settings) as target:
            yield _glimpse(target, seats, codec)


def seated(target: Target, clients: int, room_size: int, *, codec: str) -> Side:
    """Seed what a run needs in an engine that is up."""
    return _glimpse(target, _seats(target.url, clients, room_size), codec)


@contextmanager
def peer_side(name: str, clients: int, room_size: int) -> Iterator[Side]:
    """Start a peer; its rooms come into being when somebody joins."""
    with peer_server(name) as target:
        host, port, _ = loopback(target.url)
        seats = tuple(
            Seat("", f"r{index // room_size:0{ID_CHARS - 1}}" if room_size else "")
            for index in range(clients)
        )
        yield Side(name, target.pid, host, port, peer_dialect(name), seats)


def _glimpse(target: Target, seats: tuple[Seat, ...], codec: str) -> Side:
    host, port, path = loopback(ws_url(target.url))
    dialect = GlimpseDialect(codec, path=path)
    return Side(target.name, target.pid, host, port, dialect, seats)


def _seats(url: str, clients: int, room_size: int) -> tuple[Seat, ...]:
    accounts = seeded_accounts(url, _order(clients, room_size))
    seats = tuple(Seat(one.access, one.room if room_size else "") for one in accounts)
    if room_size:
        _check_rooms(seats, room_size)
    return seats


def _order(clients: int, room_size: int) -> Order:
    if room_size > PAIR:
        return Order(users=clients, groups=1, room_size=room_size)
    groups = -(-clients // GROUP_MEMBERS_MAX)
    return Order(users=clients, groups=groups, pairs=room_size == PAIR)


def _check_rooms(seats: tuple[Seat, ...], room_size: int) -> None:
    members: dict[str, int] = {}
    for seat in seats:
        members[seat.room] = members.get(seat.room, 0) + 1
    wrong = [room for room, count in members.items() if count != room_size or not room]
    if wrong:
        raise UnusableError(
            f"the server seeded {len(wrong)} rooms that are not of {room_size} members"
        )
