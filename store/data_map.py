"""The data map: what every column is for, whose it is, and what erasing a person does to it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FILE = Path(__file__).with_name("data_map.toml")


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


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the map."""

    name: str
    purpose: str
    erased: str  # what goes: "row", "emptied …" or "kept: why"
    columns: Mapping[str, DataClass]

    @property
    def kept(self) -> bool:
        """Whether its rows outlive the person."""
        return self.erased.startswith("kept: ")


def load_data_map(file: Path = FILE) -> Mapping[str, Table]:
    """Read the map; raises ValueError for a class that there is not, KeyError for a gap."""
    with file.open("rb") as stream:
        data = tomllib.load(stream)
    return {
        name: Table(
            name,
            fields["purpose"],
            fields["erased"],
            {column: DataClass(kind) for column, kind in fields["columns"].items()},
        )
        for name, fields in data.items()
    }
