"""The numbers of proofs at the doors of groups (domain.md, Groups)."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class ProofPolicy:
    """Codes by mail, places and papers: how long, how often, how near."""

    mail_code_ttl_s: int = 1_800
    mail_code_tries_max: int = 3
    mail_codes_per_hour_max: int = 5
    mail_codes_per_domain_hour_max: int = 200
    mail_codes_per_hour_total_max: int = 5_000
    wrong_mail_codes_per_hour_max: int = 10
    radius_m_min: int = 10
    radius_m_max: int = 1_000
    accuracy_m_max: int = 100
    speed_kmh_max: int = 300
    place_code_s: int = 60
    place_hours_max: int = 12
    location_acts_kept_s: int = 15_897_600
    paper_days: int = 14
    paper_again_s: int = 86_400
    papers_open_max: int = 3

    def __post_init__(self) -> None:
        for one in fields(self):
            if getattr(self, one.name) < 1:
                raise ValueError(f"{one.name} is at least 1, not {getattr(self, one.name)}")
