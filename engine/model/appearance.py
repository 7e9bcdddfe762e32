"""How a person looks at a meeting: what is said of it, and how well two sayings agree."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadRequest, ContactTooSoon
from engine.model.contacts import Grade, grade
from engine.model.text import is_control


class Colour(StrEnum):
    """What somebody would call a colour from across a room."""

    BLACK = "black"
    NAVY = "navy"
    CHARCOAL = "charcoal"
    WHITE = "white"
    IVORY = "ivory"
    GREY = "grey"
    BEIGE = "beige"
    BROWN = "brown"
    KHAKI = "khaki"
    RED = "red"
    PINK = "pink"
    WINE = "wine"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLONDE = "blonde"
    GREEN = "green"
    MINT = "mint"
    BLUE = "blue"
    SKY = "sky"
    PURPLE = "purple"
    LAVENDER = "lavender"


# Two people in one light do not agree on navy and black: a family counts as one colour.
_FAMILIES = (
    (Colour.BLACK, Colour.NAVY, Colour.CHARCOAL),
    (Colour.WHITE, Colour.IVORY, Colour.GREY),
    (Colour.BEIGE, Colour.BROWN, Colour.KHAKI),
    (Colour.RED, Colour.PINK, Colour.WINE),
    (Colour.ORANGE, Colour.YELLOW, Colour.BLONDE),
    (Colour.GREEN, Colour.MINT),
    (Colour.BLUE, Colour.SKY),
    (Colour.PURPLE, Colour.LAVENDER),
)
FAMILY: Mapping[Colour, int] = {
    colour: number for number, family in enumerate(_FAMILIES) for colour in family
}


class Upper(StrEnum):
    """Upper wear."""

    TSHIRT = "tshirt"
    SHIRT = "shirt"
    KNIT = "knit"
    HOODIE = "hoodie"
    JACKET = "jacket"
    COAT = "coat"
    DRESS = "dress"


class Lower(StrEnum):
    """Lower wear."""

    JEANS = "jeans"
    TROUSERS = "trousers"
    SHORTS = "shorts"
    SKIRT = "skirt"
    DRESS = "dress"


class HairLength(StrEnum):
    """How long the hair is."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class Height(StrEnum):
    """How tall somebody seems, among those who are here."""

    SHORT = "short"
    MEDIUM = "medium"
    TALL = "tall"


class Accessory(StrEnum):
    """What somebody wears or carries."""

    HAT = "hat"
    BAG = "bag"
    WATCH = "watch"
    EARRINGS = "earrings"
    NECKLACE = "necklace"
    SCARF = "scarf"
    MASK = "mask"


@dataclass(frozen=True, slots=True)
class Appearance:
    """What is said of a look; None, or nothing, where nothing is said."""

    upper: Upper | None = None
    upper_colour: Colour | None = None
    lower: Lower | None = None
    lower_colour: Colour | None = None
    glasses: bool | None = None
    hair: HairLength | None = None
    hair_colour: Colour | None = None
    height: Height | None = None
    accessories: frozenset[Accessory] = frozenset()
    shoes: Colour | None = None


class Feature(StrEnum):
    """What a look is made of; each has its weight."""

    UPPER = "upper"
    LOWER = "lower"
    GLASSES = "glasses"
    HAIR = "hair"
    HEIGHT = "height"
    ACCESSORIES = "accessories"
    SHOES = "shoes"


# Hundredths (domain.md), so that sums are exact.
WEIGHTS: Mapping[Feature, int] = {
    Feature.UPPER: 25,
    Feature.LOWER: 20,
    Feature.GLASSES: 15,
    Feature.HAIR: 15,
    Feature.HEIGHT: 10,
    Feature.ACCESSORIES: 10,
    Feature.SHOES: 5,
}

_FIELDS: Mapping[Feature, tuple[str, ...]] = {
    Feature.UPPER: ("upper", "upper_colour"),
    Feature.LOWER: ("lower", "lower_colour"),
    Feature.GLASSES: ("glasses",),
    Feature.HAIR: ("hair", "hair_colour"),
    Feature.HEIGHT: ("height",),
    Feature.ACCESSORIES: ("accessories",),
    Feature.SHOES: ("shoes",),
}

_HEIGHTS = tuple(Height)


def named(look: Appearance) -> str:
    """Write a look down, the same for two that every look fits alike."""
    words = []
    for feature in said(look):
        for part in _parts(look, feature):
            value = getattr(look, part)
            if isinstance(value, Colour):
                value = _FAMILIES[FAMILY[value]][0]
            elif isinstance(value, frozenset):
                value = "+".join(sorted(value))
            words.append(f"{part}={value}")
    return " ".join(words)


def said(look: Appearance) -> tuple[Feature, ...]:
    """List the features that a look says something of, the heaviest first."""
    return tuple(feature for feature in Feature if _parts(look, feature))


def only(look: Appearance, feature: Feature) -> Appearance:
    """Return what a look says of one feature."""
    match feature:
        case Feature.UPPER:
            return Appearance(upper=look.upper, upper_colour=look.upper_colour)
        case Feature.LOWER:
            return Appearance(lower=look.lower, lower_colour=look.lower_colour)
        case Feature.GLASSES:
            return Appearance(glasses=look.glasses)
        case Feature.HAIR:
            return Appearance(hair=look.hair, hair_colour=look.hair_colour)
        case Feature.HEIGHT:
            return Appearance(height=look.height)
        case Feature.ACCESSORIES:
            return Appearance(accessories=look.accessories)
        case Feature.SHOES:
            return Appearance(shoes=look.shoes)


def score(wanted: Appearance, seen: Appearance) -> float:
    """Say how well a person's own look agrees with a description: 0 to 1.

    Normalised over what the description says; what the person has not said does not agree.
    """
    features = said(wanted)
    weight = sum(WEIGHTS[feature] for feature in features)
    if not weight:
        return 0.0
    agreed = sum(WEIGHTS[feature] * _agree(wanted, seen, feature) for feature in features)
    return agreed / weight


def _parts(look: Appearance, feature: Feature) -> tuple[str, ...]:
    values = ((name, getattr(look, name)) for name in _FIELDS[feature])
    return tuple(name for name, value in values if value is not None and value != frozenset())


def _agree(wanted: Appearance, seen: Appearance, feature: Feature) -> float:
    return _mean(_near(getattr(wanted, p), getattr(seen, p)) for p in _parts(wanted, feature))


def _near(wanted: object, seen: object) -> float:
    match wanted, seen:
        case (Colour(), Colour()):
            return float(FAMILY[wanted] == FAMILY[seen])
        case (Height(), Height()):
            return 1 - abs(_HEIGHTS.index(wanted) - _HEIGHTS.index(seen)) / 2
        case (frozenset(), frozenset()):
            return len(wanted & seen) / len(wanted)
        case _:
            return float(wanted == seen)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def make_line(text: str, *, chars_max: int) -> str:
    """Return the free line of a look as it is kept; raises BadRequest, ContactTooSoon."""
    line = unicodedata.normalize("NFC", text).strip()
    if len(line) > chars_max:
        raise BadRequest(f"a line has at most {chars_max} characters")
    if any(is_control(char) for char in line):
        raise BadRequest("a line has no control characters")
    if grade(line) is Grade.CERTAIN:
        raise ContactTooSoon
    return line
