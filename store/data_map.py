"""The data map: what every column is for, whose it is, and what erasure and export do with it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("data_map.toml")

WITHHELD = "not: "  # in place of a name in the export: why it is not there


class DataClass(StrEnum):
    """What a column says, and of whom."""

    IDENTIFIER = "identifier"
    PERSONAL = "personal"
    SEALED = "sealed"
    PSEUDONYM = "pseudonym"
    TECHNICAL = "technical"

    @property
    def about_somebody(self) -> bool:
        """Whether an erasure has to reach it."""
        return self is not DataClass.TECHNICAL

    @property
    def about_its_person(self) -> bool:
        """Whether the person may ask for it: all of that but the ids of accounts."""
        return self.about_somebody and self is not DataClass.IDENTIFIER


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the map."""

    name: str
    purpose: str
    erased: str  # what goes: "row", "emptied …" or "kept: why"
    columns: Mapping[str, DataClass]
    exported: str  # its section of the export, or "not: why"; empty where it is about nobody
    named: Mapping[str, str]  # columns whose name in the export is another, or "not: why"

    @property
    def of_somebody(self) -> bool:
        """Whether it holds anything of a person."""
        return any(kind.about_somebody for kind in self.columns.values())

    @property
    def shown(self) -> Mapping[str, str]:
        """The columns that are exported, with their names there.

        What says something about a person is, unless the map says why not. An account id never
        leaves the server, and what is about nobody is left out, unless the map names it.
        """
        if not self.exported or self.exported.startswith(WITHHELD):
            return {}
        names = {
            column: self.named.get(column, column if kind.about_its_person else WITHHELD)
            for column, kind in self.columns.items()
        }
        return {column: name for column, name in names.items() if not name.startswith(WITHHELD)}

    @property
    def kept(self) -> bool:
        """Whether its rows outlive the person."""
        return self.erased.startswith("kept: ")


def load_data_map(file: Path = FILE) -> Mapping[str, Table]:
    """Read the map; raises ValueError for a class that there is not, KeyError for a gap."""
    with file.open("rb") as stream:
        data = tomllib.load(stream)
    return {name: _table(name, fields) for name, fields in data.items()}


def _table(name: str, fields: Mapping[str, Any]) -> Table:
    columns = {column: DataClass(kind) for column, kind in fields["columns"].items()}
    named = fields.get("export", {})
    if strange := named.keys() - columns.keys():
        raise ValueError(f"{name} has no {', '.join(sorted(strange))} to export")
    table = Table(
        name, fields["purpose"], fields["erased"], columns, fields.get("exported", ""), named
    )
    if table.of_somebody != bool(table.exported):
        raise ValueError(f"{name} says whether it is exported where it is of somebody, only there")
    return table
