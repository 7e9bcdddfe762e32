"""The numbers of proofs at the doors of groups (domain.md, Groups)."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class ProofPolicy:
    """Codes by mail: how long they are good, how often they may be tried and asked for."""

    mail_code_ttl_s: int = 1_800
    mail_code_tries_max: int = 3
    mail_codes_per_hour_max: int = 5
    mail_codes_per_domain_hour_max: int = 200
    mail_codes_per_hour_total_max: int = 5_000
    wrong_mail_codes_per_hour_max: int = 10

    def __post_init__(self) -> None:
        for one in fields(self):
            if getattr(self, one.name) < 1:
                raise ValueError(f"{one.name} is at least 1, not {getattr(self, one.name)}")
