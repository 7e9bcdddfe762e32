"""Identifiers: opaque random strings, one NewType for each thing that has one."""

from __future__ import annotations

import re
from typing import NewType

# 96 random bits: among 10^9 ids of one kind a collision has a chance of about 10^-11.
ID_BYTES = 12

# base64url of ID_BYTES, without padding.
ID_CHARS = 16

_ID = re.compile(r"[A-Za-z0-9_-]{16}\Z")

AccountId = NewType("AccountId", str)  # never leaves the server
DeviceId = NewType("DeviceId", str)  # one signed-in device, the family of its refresh tokens
GroupId = NewType("GroupId", str)
MemberId = NewType("MemberId", str)  # a person inside one group
RoomId = NewType("RoomId", str)
Alias = NewType("Alias", str)  # a person inside one room
MatchId = NewType("MatchId", str)
LikeId = NewType("LikeId", str)
TicketId = NewType("TicketId", str)
OrderId = NewType("OrderId", str)
SubscriptionId = NewType("SubscriptionId", str)
DescriptionId = NewType("DescriptionId", str)  # of somebody seen at a meeting
NodeId = NewType("NodeId", str)
ReportId = NewType("ReportId", str)
FileId = NewType("FileId", str)  # a photo or a paper that somebody handed in
ReviewId = NewType("ReviewId", str)  # of a paper that shows who belongs
BlockId = NewType("BlockId", str)  # a block, as its owner names it


def is_id(text: str) -> bool:
    """Say whether `text` has the form of an id; nothing else can name a row."""
    return _ID.match(text) is not None
