"""Commands by what they need of a room's owner, and one that has begun and waits for its commit."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import msgspec

from actors.commands import (
    BeIn,
    CloseRoom,
    Delete,
    MarkRead,
    Open,
    Post,
    React,
    Refresh,
    Reveal,
    RoomCommand,
    TakenOver,
    Type,
)
from engine.errors import NotFound
from engine.rooms.events import Event, Posted
from engine.rooms.reveals import Sides

# What changes the log, and so is answered after its commit.
Lasting = Post | Delete | React | Reveal | Refresh | CloseRoom
Change = Lasting | MarkRead | Type | BeIn
Slow = Open | Refresh | Reveal | TakenOver

_NOTHING_SHOWN: Final[Sides] = MappingProxyType({})


class Begun(msgspec.Struct):
    """A command whose events wait for their commit; `target` is the older message it names."""

    command: Lasting
    target: Event | None
    posted: Posted | None = None
    sides: Sides = _NOTHING_SHOWN  # what a reveal would show


def writes(command: RoomCommand) -> bool:
    """Whether only the owner of a room can do this."""
    if isinstance(command, Refresh):
        return command.moved is not None
    return not isinstance(command, Open | Type | BeIn | TakenOver)


def existing(target: Event | None) -> Event:
    """Return what a command speaks of; raises NotFound where there is none."""
    if target is None:
        raise NotFound("there is no such message")
    return target


def answer(begun: Begun, epoch: int) -> None:
    """Say that it is done."""
    command = begun.command
    if isinstance(command, Post):
        assert begun.posted is not None
        command.reply.done((epoch, begun.posted))
    else:
        command.reply.done(None)
