"""The product's numbers as validated data; `policy.toml` beside this file holds the defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from math import isfinite
from typing import TypeVar, get_args, get_origin, get_type_hints

from engine.model.meeting_policy import MeetingPolicy
from engine.model.pool_policy import PoolPolicy
from engine.model.proof_policy import ProofPolicy
from engine.model.push_policy import PushPolicy

T = TypeVar("T")

# A finer tick would tell who was online when a match came about (I8).
_TICK_S_MIN = 0.1

# A country by its code; numbers of all others are refused.
_COUNTRY = re.compile(r"\+[1-9][0-9]{0,2}")

# Counts of likers: a shorter window or a smaller number would point at one of them (I8).
_COUNT_EVERY_S_MIN = 3_600
_COUNT_LIKERS_MIN = 3


def _positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (isfinite(number) and number > 0):
            raise ValueError(f"{name} must be above zero, not {number}")


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Codes, tokens and devices (domain.md, Accounts)."""

    code_ttl_s: int = 300
    code_tries_max: int = 5
    codes_per_hour_max: int = 5
    codes_per_address_hour_max: int = 100
    codes_per_prefix_hour_max: int = 200
    codes_per_hour_total_max: int = 20_000
    codes_per_day_total_max: int = 100_000
    codes_alarm_min: int = 100
    codes_used_percent_min: int = 20
    wrong_codes_per_hour_max: int = 10
    wrong_codes_per_address_hour_max: int = 100
    phone_countries: tuple[str, ...] = ("+82",)
    access_ttl_s: int = 3_600
    refresh_ttl_s: int = 7 * 86_400
    devices_max: int = 5
    years_min: int = 19
    nickname_chars_min: int = 2
    nickname_chars_max: int = 10
    deletion_grace_s: int = 7 * 86_400

    def __post_init__(self) -> None:
        _positive(
            code_ttl_s=self.code_ttl_s,
            code_tries_max=self.code_tries_max,
            codes_per_hour_max=self.codes_per_hour_max,
            codes_per_address_hour_max=self.codes_per_address_hour_max,
            codes_per_prefix_hour_max=self.codes_per_prefix_hour_max,
            codes_per_hour_total_max=self.codes_per_hour_total_max,
            codes_per_day_total_max=self.codes_per_day_total_max,
            codes_alarm_min=self.codes_alarm_min,
            wrong_codes_per_hour_max=self.wrong_codes_per_hour_max,
            wrong_codes_per_address_hour_max=self.wrong_codes_per_address_hour_max,
            access_ttl_s=self.access_ttl_s,
            refresh_ttl_s=self.refresh_ttl_s,
            devices_max=self.devices_max,
            years_min=self.years_min,
            nickname_chars_min=self.nickname_chars_min,
        )
        if self.nickname_chars_max < self.nickname_chars_min:
            raise ValueError("nickname_chars_max is below nickname_chars_min")
        if not self.phone_countries or not all(map(_COUNTRY.fullmatch, self.phone_countries)):
            raise ValueError('phone_countries are written like "+82"')


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """Sizes of groups and when matching opens (domain.md, Groups)."""

    official_members_max: int = 1_000
    created_members_max: int = 100
    location_members_max: int = 20
    pending_max: int = 100  # who asks to come into one group
    invite_days: int = 7
    invite_uses_max: int = 100
    invites_open_max: int = 10  # of one person in one group
    name_chars_max: int = 100
    description_chars_max: int = 500
    matching_members_min: int = 4
    matching_per_side_min: int = 2
    groups_created_per_day_max: int = 10
    nickname_keeps_s: int = 7 * 86_400  # then it may be changed again
    proofs: ProofPolicy = field(default_factory=ProofPolicy)
    history_before_joining: bool = False  # who joins the group's room reads what was said before

    def __post_init__(self) -> None:
        _positive(
            official_members_max=self.official_members_max,
            created_members_max=self.created_members_max,
            location_members_max=self.location_members_max,
            pending_max=self.pending_max,
            invite_days=self.invite_days,
            invite_uses_max=self.invite_uses_max,
            invites_open_max=self.invites_open_max,
            name_chars_max=self.name_chars_max,
            description_chars_max=self.description_chars_max,
            matching_members_min=self.matching_members_min,
            matching_per_side_min=self.matching_per_side_min,
            nickname_keeps_s=self.nickname_keeps_s,
        )


@dataclass(frozen=True, slots=True)
class LikePolicy:
    """Likes, what they cost, and how coarsely anything of them is told (domain.md, Likes)."""

    free_per_day: int = 1
    credits_each: int = 1
    supers_per_day_max: int = 3
    line_chars_max: int = 100
    again_after_s: int = 14 * 86_400
    undo_within_s: int = 300
    match_tick_s: float = 2.0
    answer_step_s: float = 0.025
    count_likers_min: int = 3
    count_members_min: int = 10
    count_every_s: int = 21_600
    count_delay_s: int = 3_600
    count_for_s: int = 14 * 86_400
    count_several_min: int = 5
    count_many_min: int = 10

    def __post_init__(self) -> None:
        _positive(
            credits_each=self.credits_each,
            supers_per_day_max=self.supers_per_day_max,
            line_chars_max=self.line_chars_max,
            again_after_s=self.again_after_s,
            undo_within_s=self.undo_within_s,
            match_tick_s=self.match_tick_s,
            answer_step_s=self.answer_step_s,
            count_for_s=self.count_for_s,
        )
        if self.free_per_day < 0:
            raise ValueError(f"free_per_day is zero or more, not {self.free_per_day}")
        least = {
            "match_tick_s": (self.match_tick_s, _TICK_S_MIN),
            "count_every_s": (self.count_every_s, _COUNT_EVERY_S_MIN),
            "count_delay_s": (self.count_delay_s, _COUNT_EVERY_S_MIN),
            "count_likers_min": (self.count_likers_min, _COUNT_LIKERS_MIN),
            "count_several_min": (self.count_several_min, self.count_likers_min + 1),
            "count_many_min": (self.count_many_min, self.count_several_min + 1),
        }
        for name, (number, bound) in least.items():
            if number < bound:
                raise ValueError(f"{name} is at least {bound}, not {number}")


@dataclass(frozen=True, slots=True)
class ChatPolicy:
    """Messages and their rates (domain.md, Chat)."""

    text_chars_max: int = 1_000
    messages_per_minute_max: int = 30
    messages_burst_max: int = 50
    premium_messages_per_minute_max: int = 100
    changes_per_minute_max: int = 60  # deletions and reactions
    changes_burst_max: int = 30
    typing_max: int = 10
    typing_window_s: float = 10.0
    typing_s: float = 5.0
    delete_within_s: int = 300
    presence_every_s: float = 5.0
    presence_in_groups: bool = False
    ops_per_second_max: int = 50
    ops_burst_max: int = 200
    refusals_per_minute_max: int = 1_000  # beyond the rates; then the connection is closed

    def __post_init__(self) -> None:
        _positive(
            text_chars_max=self.text_chars_max,
            messages_per_minute_max=self.messages_per_minute_max,
            messages_burst_max=self.messages_burst_max,
            premium_messages_per_minute_max=self.premium_messages_per_minute_max,
            changes_per_minute_max=self.changes_per_minute_max,
            changes_burst_max=self.changes_burst_max,
            typing_max=self.typing_max,
            typing_window_s=self.typing_window_s,
            typing_s=self.typing_s,
            delete_within_s=self.delete_within_s,
            presence_every_s=self.presence_every_s,
            ops_per_second_max=self.ops_per_second_max,
            ops_burst_max=self.ops_burst_max,
            refusals_per_minute_max=self.refusals_per_minute_max,
        )


@dataclass(frozen=True, slots=True)
class RestPolicy:
    """Rates of REST calls; a person taps a few times a second, a carrier's address is shared."""

    sign_in_calls_per_minute_max: int = 120  # each address
    sign_in_calls_burst_max: int = 300
    calls_per_minute_max: int = 1_200  # each account
    calls_burst_max: int = 200
    searches_per_minute_max: int = 60  # a second's pause after each key is 60; pages come on top
    searches_burst_max: int = 30
    exports_per_minute_max: int = 1  # all that is held about somebody: hundreds of statements
    exports_burst_max: int = 3
    uploads_per_minute_max: int = 10  # photos, papers, and what is shown or said in rooms
    uploads_burst_max: int = 10

    def __post_init__(self) -> None:
        _positive(
            sign_in_calls_per_minute_max=self.sign_in_calls_per_minute_max,
            sign_in_calls_burst_max=self.sign_in_calls_burst_max,
            calls_per_minute_max=self.calls_per_minute_max,
            calls_burst_max=self.calls_burst_max,
            searches_per_minute_max=self.searches_per_minute_max,
            searches_burst_max=self.searches_burst_max,
            exports_per_minute_max=self.exports_per_minute_max,
            exports_burst_max=self.exports_burst_max,
            uploads_per_minute_max=self.uploads_per_minute_max,
            uploads_burst_max=self.uploads_burst_max,
        )


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """How long a match may stay without a message (domain.md, Matches and rooms)."""

    silent_s: int = 30 * 86_400

    def __post_init__(self) -> None:
        _positive(silent_s=self.silent_s)


@dataclass(frozen=True, slots=True)
class ReportPolicy:
    """Reports: how many, how much is kept with them, and for how long (compliance)."""

    per_day_max: int = 20
    text_chars_max: int = 500
    messages_before: int = 20
    messages_after: int = 5
    answer_within_s: int = 86_400
    keep_s: int = 3 * 365 * 86_400

    def __post_init__(self) -> None:
        _positive(
            per_day_max=self.per_day_max,
            text_chars_max=self.text_chars_max,
            messages_before=self.messages_before,
            answer_within_s=self.answer_within_s,
            keep_s=self.keep_s,
        )
        if self.messages_after < 0:
            raise ValueError(f"messages_after is zero or more, not {self.messages_after}")


@dataclass(frozen=True, slots=True)
class Policy:
    """Every number of the product that is not a technical bound."""

    timezone: str = "Asia/Seoul"
    limited: bool = True  # False lifts the rates (environment `bench`), nothing else
    asks_sensitive: bool = False  # True (production): romantic wishes need the consent to them
    sign_in: SignInPolicy = field(default_factory=SignInPolicy)
    groups: GroupPolicy = field(default_factory=GroupPolicy)
    likes: LikePolicy = field(default_factory=LikePolicy)
    meetings: MeetingPolicy = field(default_factory=MeetingPolicy)
    chat: ChatPolicy = field(default_factory=ChatPolicy)
    rest: RestPolicy = field(default_factory=RestPolicy)
    pools: PoolPolicy = field(default_factory=PoolPolicy)
    matches: MatchPolicy = field(default_factory=MatchPolicy)
    reports: ReportPolicy = field(default_factory=ReportPolicy)
    pushes: PushPolicy = field(default_factory=PushPolicy)


def policy_from(data: Mapping[str, object]) -> Policy:
    """Build the policy from a parsed file; raises ValueError that names what is wrong."""
    return _build(Policy, data, where="policy")


def _build(kind: type[T], data: Mapping[str, object], *, where: str) -> T:
    hints = get_type_hints(kind)
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]  # only called with dataclasses
    values: dict[str, object] = {}
    for name, value in data.items():
        if name not in known:
            raise ValueError(f"{where}.{name} is not a setting of the policy")
        values[name] = _value(hints[name], value, where=f"{where}.{name}")
    for item in fields(kind):  # type: ignore[arg-type]  # as above
        if item.name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise ValueError(f"{where}.{item.name} is missing")
    return kind(**values)


def _value(wanted: object, value: object, *, where: str) -> object:
    """Return one value of the file as what the policy wants; lists become tuples."""
    if get_origin(wanted) is tuple and isinstance(value, list):
        inner = get_args(wanted)[0]
        return tuple(_value(inner, item, where=f"{where}[{n}]") for n, item in enumerate(value))
    if isinstance(wanted, type) and is_dataclass(wanted) and isinstance(value, Mapping):
        return _build(wanted, value, where=where)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is wanted:
        return value
    raise ValueError(f"{where} must be of type {getattr(wanted, '__name__', wanted)}")
