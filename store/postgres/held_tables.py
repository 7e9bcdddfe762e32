"""Which rows of which table are held about a person, and how their columns are read for an export.

The columns themselves and their names come from the data map: a new one that says something about
a person is exported from the moment it is classed there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from engine.ports.holdings import Section
from engine.rooms.report import Evidence
from store.connection import Record
from store.data_map import Table, load_data_map
from store.plain import plain
from store.postgres.accounts import open_contact
from store.postgres.like_batch import open_line
from store.postgres.meeting_box import MeetingBox
from store.vault import Vault

# A row holds the owner as `held_owner` and its place in the section as `held_key` beside the names
# of the export.
Opener = Callable[[Vault, Record], object]

MEETING = "JOIN meetings x USING (group_id)"


@dataclass(frozen=True, slots=True)
class HeldTable:
    """The rows of one table that are about a person, in the order of a key."""

    table: str
    key: str
    owner: str = "t.account_id = $1"
    joined: str = ""
    extra: str = ""  # what an opener needs beside the columns
    numbered: bool = False  # the key is a number
    said: Mapping[str, str] = field(default_factory=dict)  # columns that are not shown as they are
    opened: Mapping[str, Opener] = field(default_factory=dict)  # by their name in the export

    def sql(self, shown: Mapping[str, str]) -> str:
        """Write the statement: $1 the person, $2 the key before, $3 how many, $4 now."""
        start = "coalesce(nullif($2::text, ''), '-1')::bigint" if self.numbered else "$2::text"
        columns = [
            f"{self.said.get(column, f't.{column}')} AS {name}" for column, name in shown.items()
        ]
        columns += [f"t.{self.key}::text AS held_key", "$1::text AS held_owner"]
        columns += [self.extra] if self.extra else []
        return (
            f"SELECT {', '.join(columns)} FROM {self.table} t {self.joined} "  # noqa: S608  # no word of it comes from outside
            f"WHERE {self.owner} AND t.{self.key} > {start} AND $4::bigint IS NOT NULL "
            f"ORDER BY t.{self.key} LIMIT $3"
        )


def _contact(vault: Vault, row: Record) -> object:
    return open_contact(vault, row["held_owner"], row["contact"])


def _line(vault: Vault, row: Record) -> object:
    return open_line(vault, row["like"], row["line"])


def _text(vault: Vault, row: Record) -> object:
    sealed = vault.open(row["text"], f"report|{row['report']}")
    return msgspec.json.decode(sealed, type=Evidence).text


def _looks(vault: Vault, row: Record) -> object:
    looks = MeetingBox(vault, row).looks(row["held_owner"], row["looks"])
    return plain(looks)


def _said(vault: Vault, row: Record) -> object:
    said = MeetingBox(vault, row).said(row["description"], row["said"]).description
    return plain({"wanted": said.wanted, "intent": said.intent})


def _me(_: Vault, row: Record) -> object:
    return msgspec.json.decode(row["me"])


def _want(_: Vault, row: Record) -> object:
    return msgspec.json.decode(row["want"])


HELD: Mapping[Section, HeldTable] = {
    Section.ACCOUNT: HeldTable(
        "accounts",
        "account_id",
        said={"premium_until": "coalesce(t.premium_until, 0)"},
        opened={"contact": _contact},
    ),
    Section.DEVICES: HeldTable(
        "devices", "device_id", said={"revoked_at": "t.revoked_at IS NOT NULL"}
    ),
    Section.CONSENTS: HeldTable("consents", "number", numbered=True),
    Section.PUSH_TOKENS: HeldTable("push_tokens", "device_id"),
    Section.PUSH_SETTINGS: HeldTable("push_settings", "account_id"),
    Section.MEMBERSHIPS: HeldTable("memberships", "member_id"),
    Section.LIKE_COUNTS: HeldTable("like_counts", "group_id"),
    # Of a match that was not told yet nobody learns anything: its like is open.
    Section.LIKES: HeldTable(
        "likes",
        "cid",
        owner="t.sender_id = $1",
        said={
            "state": "CASE WHEN t.state = 'matched' AND t.told_at > $4 THEN 'open' ELSE t.state END"
        },
        opened={"line": _line},
    ),
    Section.MATCHES: HeldTable(
        "matches",
        "match_id",
        owner="(t.low_id = $1 OR t.high_id = $1) AND t.visible_at <= $4",
        said={"ended_at": "t.ended_at IS NOT NULL"},
    ),
    Section.MEETINGS: HeldTable(
        "meeting_people",
        "group_id",
        joined=MEETING,
        extra="t.group_id, x.key_wrapped",
        opened={"looks": _looks},
    ),
    Section.DESCRIPTIONS: HeldTable(
        "meeting_descriptions",
        "cid",
        joined=MEETING,
        extra="t.group_id, x.key_wrapped",
        opened={"said": _said},
    ),
    Section.TICKETS: HeldTable("tickets", "cid", opened={"me": _me, "want": _want}),
    Section.ROOMS: HeldTable(
        "room_members",
        "room_id",
        joined="JOIN rooms x ON x.room_id = t.room_id AND x.visible_at <= $4",
        said={"left_at": "t.left_at IS NOT NULL"},
    ),
    Section.BLOCKS: HeldTable("blocks", "blocked_id", owner="t.blocker_id = $1"),
    Section.REPORTS: HeldTable(
        "reports", "report_id", owner="t.reporter_id = $1", opened={"text": _text}
    ),
    Section.CREDIT_MOVES: HeldTable(
        "credit_moves", "number", owner="t.owner_id = $1", numbered=True
    ),
    Section.PLAN_TERMS: HeldTable("plan_terms", "command", owner="t.owner_id = $1"),
    Section.ORDERS: HeldTable("orders", "order_id", owner="t.owner_id = $1"),
    Section.SUBSCRIPTIONS: HeldTable("subscriptions", "subscription_id", owner="t.owner_id = $1"),
    Section.LOCATION_ACTS: HeldTable("location_acts", "act_id", numbered=True),
}


def mapped() -> Mapping[Section, Table]:
    """Return the table of each section; raises ValueError for a section that there is not."""
    return {Section(table.exported): table for table in load_data_map().values() if table.shown}
