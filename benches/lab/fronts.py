"""From points of recall and speed to the speed at a recall."""

from __future__ import annotations

import math
from typing import NamedTuple


class Point(NamedTuple):
    recall: float
    speed: float


def front(points: list[Point]) -> list[Point]:
    """The points that no other is as good as in both, recall rising."""
    best, kept = -math.inf, []
    for point in sorted(points, reverse=True):
        if point.speed > best:
            best = point.speed
            kept.append(point)
    return kept[::-1]


def speed_at(recall: float, points: list[Point]) -> float | None:
    """Between the two points of the front around `recall`: the logarithm of speed falls evenly with recall.

    None where no point reaches it. Where every point does, the fastest one's: a floor, since a faster setting was
    not tried.
    """
    kept = front(points)
    if not kept or kept[-1].recall < recall:
        return None
    above = next(place for place, point in enumerate(kept) if point.recall >= recall)
    if above == 0:
        return kept[0].speed
    low, high = kept[above - 1], kept[above]
    share = (recall - low.recall) / (high.recall - low.recall)
    return math.exp(math.log(low.speed) * (1 - share) + math.log(high.speed) * share)


def is_floor(recall: float, points: list[Point]) -> bool:
    """Whether `speed_at` could only say that it is no less."""
    return bool(points) and front(points)[0].recall > recall
