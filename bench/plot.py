"""One question, one picture: bars with their names and figures on them, as SVG.

The look is that of the product: paper and ink, our bar in the accent, everybody else in greys,
no legend, and the machine and the date under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

PAPER, INK, ACCENT, ACCENT_PALE = "#f7f8f6", "#17211c", "#1f7a53", "#a9cdbb"
GREYS = ("#8d9690", "#a3aba6", "#b9c0bb", "#ccd1ce")
SVG = 'xmlns="http://www.w3.org/2000/svg"'
FONT = "system-ui, 'Apple SD Gothic Neo', 'Noto Sans KR', sans-serif"

WIDTH = 760
LEFT, RIGHT = 190, 215
TOP, BAR, GAP, BOTTOM = 76, 28, 16, 46
TITLE_PX, TEXT_PX, SMALL_PX = 20, 15, 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One server: its figure, and what comes on top of it (ours: PostgreSQL)."""

    name: str
    value: float
    on_top: float = 0.0
    ours: bool = False
    note: str = ""


def bars(title: str, unit: str, rows: Sequence[Bar], *, under: str) -> str:
    """Draw the rows, the smallest first: small is good."""
    assert rows
    rows = sorted(rows, key=lambda row: row.value + row.on_top)
    most = max(row.value + row.on_top for row in rows)
    scale = (WIDTH - LEFT - RIGHT) / most if most > 0 else 0.0
    height = TOP + len(rows) * (BAR + GAP) + BOTTOM
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    told = "; ".join(f"{row.name} {row.value:.1f} {unit}" for row in rows)
    parts = [
        f'<svg {SVG} {size} role="img" font-family="{escape(FONT)}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(told)}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        _text(24, 34, title, px=TITLE_PX, weight=600),
        _text(24, 56, f"{unit}; shorter is better", px=SMALL_PX, faint=True),
    ]
    greys = iter(GREYS * len(rows))
    for number, row in enumerate(rows):
        fill = ACCENT if row.ours else next(greys)
        parts += _row(row, TOP + number * (BAR + GAP), scale, fill)
    parts.append(_text(24, height - 18, under, px=SMALL_PX, faint=True))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(row: Bar, top: int, scale: float, fill: str) -> list[str]:
    weight = 600 if row.ours else 400
    middle = top + BAR / 2 + TEXT_PX / 3
    width, extra = row.value * scale, row.on_top * scale
    figure = f"{row.value:.1f}"
    if row.on_top:
        figure += f" + {row.on_top:.1f} PostgreSQL"
    parts = [
        _text(LEFT - 12, middle, row.name, px=TEXT_PX, weight=weight, end=True),
        f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR}" rx="3" fill="{fill}"/>',
    ]
    if extra:
        parts.append(
            f'<rect x="{LEFT + width:.1f}" y="{top}" width="{extra:.1f}" height="{BAR}" rx="3"'
            f' fill="{ACCENT_PALE}"/>'
        )
    label = f"{figure}  {row.note}".rstrip()
    parts.append(_text(LEFT + width + extra + 10, middle, label, px=TEXT_PX, weight=weight))
    return parts


def _text(
    x: float, y: float, text: str, *, px: int, weight: int = 400, end: bool = False,
    faint: bool = False,
) -> str:  # fmt: skip
    anchor = ' text-anchor="end"' if end else ""
    opacity = ' fill-opacity="0.72"' if faint else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{px}" font-weight="{weight}" fill="{INK}"'
        f'{opacity}{anchor} style="font-variant-numeric: tabular-nums">{escape(text)}</text>'
    )
