"""Three charts as SVG text, made by hand: bars, stacked bars, lines on logarithmic axes. They bring their background, for light and dark pages."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, LABEL, BAR, GAP, TOP = 760, 190, 22, 10, 46
INK, FAINT, GRID = "#1f2933", "#52606d", "#d9e2ec"
OURS, OTHERS = "#0b6e99", "#9fb3c8"
COLOURS = ("#0b6e99", "#c05621", "#2f855a", "#6b46c1", "#b7791f", "#97266d", "#4a5568", "#2b6cb0")


def bars(title: str, values: Mapping[str, float], *, unit: str, ours: str) -> str:
    """A bar for each name, in the order given; `ours` stands out."""
    most = max(values.values(), default=0) or 1
    scale = (WIDTH - LABEL - 130) / most
    parts = []
    for at, (name, value) in enumerate(values.items()):
        y = TOP + at * (BAR + GAP)
        parts += [
            _text(LABEL - 8, y + BAR - 6, name, anchor="end", bold=name == ours),
            _box(LABEL, y, value * scale, OURS if name == ours else OTHERS, f"{name}: {number(value)} {unit}"),
            _text(LABEL + value * scale + 6, y + BAR - 6, f"{number(value)} {unit}", colour=FAINT),
        ]
    return _page(title, TOP + len(values) * (BAR + GAP) + 6, parts)


def stacked(title: str, rows: Mapping[str, Mapping[str, float]], *, unit: str) -> str:
    """A bar for each row, of parts in one order of colours, with a legend."""
    names = list(dict.fromkeys(part for parts in rows.values() for part in parts))
    colours = dict(zip(names, COLOURS * (1 + len(names) // len(COLOURS)), strict=False))
    scale = (WIDTH - LABEL - 130) / (max((sum(parts.values()) for parts in rows.values()), default=0) or 1)
    drawn = []
    for at, (row, parts) in enumerate(rows.items()):
        x, y = float(LABEL), TOP + at * (BAR + GAP)
        drawn.append(_text(LABEL - 8, y + BAR - 6, row, anchor="end"))
        for part, value in parts.items():
            drawn.append(_box(x, y, value * scale, colours[part], f"{part}: {number(value)} {unit}"))
            x += value * scale
        drawn.append(_text(x + 6, y + BAR - 6, f"{number(sum(parts.values()))} {unit}", colour=FAINT))
    return _page(title, _legend(drawn, colours, TOP + len(rows) * (BAR + GAP) + 14), drawn)


def lines(title: str, series: Mapping[str, Sequence[tuple[float, float]]], *, x_unit: str, y_unit: str, ours: str) -> str:
    """A line for each series of (x, y) above zero, both axes logarithmic, with a legend."""
    points = [point for line in series.values() for point in line]
    x_of, _ = _axis([x for x, _ in points], 70, WIDTH - 40)
    x_ticks = sorted({x for x, _ in points})
    y_of, y_ticks = _axis([y for _, y in points], TOP + 240, TOP + 10)
    drawn = []
    for tick in y_ticks:
        drawn += [_line([(70, y_of(tick)), (WIDTH - 40, y_of(tick))], GRID, 1), _text(64, y_of(tick) + 4, number(tick), anchor="end", colour=FAINT)]
    for tick in x_ticks:
        drawn.append(_text(x_of(tick), TOP + 258, f"{tick:g} {x_unit}", anchor="middle", colour=FAINT))
    drawn.append(_text(64, TOP - 4, y_unit, anchor="end", colour=FAINT))
    colours = dict(zip([ours, *(name for name in series if name != ours)], COLOURS, strict=False))
    for name, line in series.items():
        drawn.append(_line([(x_of(x), y_of(y)) for x, y in line], colours[name], 3 if name == ours else 1.5))
        drawn += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3" fill="{colours[name]}"/>' for x, y in line]
    return _page(title, _legend(drawn, colours, TOP + 278), drawn)


def number(value: float) -> str:
    """Three figures, with thousands marked."""
    if value >= 100:
        return f"{round(value, 2 - math.floor(math.log10(value))):,.0f}"
    return f"{value:.3g}"


def _axis(values: Sequence[float], low: float, high: float) -> tuple:
    """A function from value to coordinate, and the ticks: one, two and five times the powers of ten."""
    least, most = math.log10(min(values)), math.log10(max(values))
    margin = (most - least) * 0.06 or 0.1
    least, most = least - margin, most + margin

    def place(value: float) -> float:
        return low + (math.log10(value) - least) / (most - least) * (high - low)

    steps = [factor * 10.0**power for power in range(math.floor(least), math.ceil(most) + 1) for factor in (1, 2, 5)]
    return place, [step for step in steps if least <= math.log10(step) <= most]


def _legend(drawn: list[str], colours: Mapping[str, str], y: float) -> float:
    """Add the legend; returns the height that the chart then has."""
    x = 20.0
    for name, colour in colours.items():
        if x + 28 + 7 * len(name) > WIDTH:
            x, y = 20.0, y + 20
        drawn += [f'<rect x="{x:.0f}" y="{y:.0f}" width="12" height="12" fill="{colour}"/>', _text(x + 17, y + 10, name)]
        x += 34 + 7 * len(name)
    return y + 26


def _page(title: str, height: float, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title, {chr(34): "&quot;"})}"'
    style = 'font-family="system-ui, sans-serif" font-size="13"'
    ground = f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>'
    return "\n".join([f"{head} {style}>", f"<title>{escape(title)}</title>", ground, _text(20, 26, title, bold=True), *parts, "</svg>"]) + "\n"


def _box(x: float, y: float, width: float, colour: str, said: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.0f}" width="{max(1.0, width):.1f}" height="{BAR}" fill="{colour}"><title>{escape(said)}</title></rect>'


def _line(points: Sequence[tuple[float, float]], colour: str, width: float) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False, colour: str = INK) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'
