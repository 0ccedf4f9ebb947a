"""Recall against speed as an SVG, one panel a size."""

from __future__ import annotations

import math
from typing import NamedTuple
from xml.sax.saxutils import escape

from . import fronts

WIDTH, HEIGHT, LEFT, TOP, GAP = 430, 400, 64, 62, 56
LOWEST = 0.8
TICKS = (0.8, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995)
# Ours dark and thick; of the others each its colour and its mark, so that neither is needed alone.
STYLES = {
    "semsearch": ("#111111", "circle"),
    "semsearch-in-memory": ("#8c8c8c", "circle"),
    "hnswlib": ("#0072b2", "square"),
    "faiss-hnsw32": ("#d55e00", "up"),
    "faiss-hnsw32-sq8": ("#b8860b", "down"),
    "usearch-f32": ("#009e73", "diamond"),
    "usearch-i8": ("#56b4e9", "diamond"),
    "svs-lvq4x8": ("#cc3399", "up"),
    "hnsw_rs": ("#8b5a2b", "square"),
}
TEXT = 'font-family="Helvetica, Arial, sans-serif" fill="#333333"'


def draw(report: dict) -> str:
    panels = [(size, drawn) for size in report["sizes"] if (drawn := lines_of(size))]
    speeds = [point.speed for _, lines in panels for points in lines.values() for point in points]
    if not speeds:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>\n'
    low, high = min(speeds) / 1.3, max(speeds) * 1.3
    width = LEFT + len(panels) * WIDTH + (len(panels) - 1) * GAP + 24
    named = legend(list(dict.fromkeys(name for _, lines in panels for name in lines)), width)
    machine = report["machine"]
    below = [
        f"{machine['cpu']}, {report['date']}, commit {machine['commit']}.",
        "Settings of semsearch were chosen on other queries; peers are swept over ef.",
    ]
    height = named.bottom + 14 + 16 * len(below)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(LEFT, 24, "Queries a CPU second on one thread, against recall@10", 15, weight=600),
    ]
    for place, (size, lines) in enumerate(panels):
        parts += panel(LEFT + place * (WIDTH + GAP), size, lines, low, high)
    parts += named.parts
    parts += [text(LEFT, named.bottom + 14 + 16 * place, words, 11) for place, words in enumerate(below)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def lines_of(size: dict) -> dict[str, list[fronts.Point]]:
    """The front of each engine that has one, from the lowest recall drawn."""
    lines = {}
    for own in size["engines"]:
        if own["engine"] in STYLES:
            points = fronts.front([fronts.Point(point["recall"], point["qps"]) for point in own["points"]])
            lines[own["engine"]] = [point for point in points if point.recall >= LOWEST]
    return {name: points for name, points in lines.items() if points}


def panel(left: float, size: dict, lines: dict, low: float, high: float) -> list[str]:
    def x(recall: float) -> float:
        """The misses in powers of ten, down to the half of one in a thousand."""
        ends = [math.log(1 - end) for end in (LOWEST, TICKS[-1])]
        return left + WIDTH * (math.log(1 - min(recall, TICKS[-1])) - ends[0]) / (ends[1] - ends[0])

    def y(speed: float) -> float:
        return TOP + HEIGHT * (1 - math.log(speed / low) / math.log(high / low))

    parts = [text(left, TOP - 12, f"{size['rows']:,} rows", 13, weight=600)]
    for recall in TICKS:
        place, shown = x(recall), f"{recall:g}" if recall < TICKS[-1] else f"≥ {recall:g}"
        parts.append(line(place, TOP, place, TOP + HEIGHT, "#e4e4e4"))
        parts.append(text(place, TOP + HEIGHT + 17, shown, 11, anchor="middle"))
    for power in range(2, 7):
        for digit in (1, 2, 5):
            speed = digit * 10**power
            if low <= speed <= high:
                parts.append(line(left, y(speed), left + WIDTH, y(speed), "#e4e4e4" if digit == 1 else "#f1f1f1"))
                parts.append(text(left - 7, y(speed) + 4, f"{speed:,}", 11, anchor="end"))
    parts.append(text(left + WIDTH / 2, TOP + HEIGHT + 36, "recall@10", 12, anchor="middle"))
    # Ours last, so that it lies above the others.
    for name in sorted(lines, key=lambda name: name == "semsearch"):
        colour, mark = STYLES[name]
        places = [(x(point.recall), y(point.speed)) for point in lines[name]]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        thick = 2.6 if name == "semsearch" else 1.5
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{thick}"/>')
        parts += [shape(a, b, mark, colour) for a, b in places]
    return parts


class Legend(NamedTuple):
    parts: list[str]
    bottom: float


def legend(names: list[str], width: float) -> Legend:
    parts, left, top = [], LEFT, TOP + HEIGHT + 62
    for name in sorted(names, key=list(STYLES).index):
        colour, mark = STYLES[name]
        wide = 44 + 7 * len(name)
        if left + wide > width:
            left, top = LEFT, top + 19
        parts += [line(left, top, left + 22, top, colour, 2.6 if name == "semsearch" else 1.5)]
        parts += [shape(left + 11, top, mark, colour), text(left + 28, top + 4, name, 12)]
        left += wide + 12
    return Legend(parts, top + 19)


def text(x: float, y: float, words: str, size: int, anchor: str = "start", weight: int = 400) -> str:
    given = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}"'
    return f"<text {given} {TEXT}>{escape(words)}</text>"


def line(x0: float, y0: float, x1: float, y1: float, colour: str, thick: float = 1) -> str:
    ends = f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{thick}"/>'


def shape(x: float, y: float, mark: str, colour: str) -> str:
    if mark == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{colour}"/>'
    corners = {
        "square": ((-3, -3), (3, -3), (3, 3), (-3, 3)),
        "diamond": ((0, -4.4), (4.4, 0), (0, 4.4), (-4.4, 0)),
        "up": ((0, -4.2), (4, 3.2), (-4, 3.2)),
        "down": ((0, 4.2), (4, -3.2), (-4, -3.2)),
    }[mark]
    points = " ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)
    return f'<polygon points="{points}" fill="{colour}"/>'
