"""How good a ranking is, and how sure one can be of a difference.

nDCG takes the judged score as gain and log2(rank + 1) as discount, both as in Järvelin and Kekäläinen (2002) and
pytrec_eval; the ideal ranking is of all judged documents. Intervals are of the paired bootstrap: queries are drawn
again, with what both systems made of them.

Plain Python, so that it can be tested where there is nothing else.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Mapping, Sequence

RESAMPLES = 5000


def ndcg(ranked: Sequence[str], judged: Mapping[str, int], k: int) -> float:
    """Of the first `k`; `judged` holds at least one document, with scores from 1."""

    def discounted(scores: Sequence[int]) -> float:
        return math.fsum(score / math.log2(rank + 1) for rank, score in enumerate(scores[:k], start=1))

    best = discounted(sorted(judged.values(), reverse=True))
    return discounted([judged.get(document, 0) for document in ranked]) / best


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """The share of all relevant documents that is among the first `k`."""
    return len(set(ranked[:k]) & set(relevant)) / len(relevant)


def difference(ours: Sequence[float], base: Sequence[float], seed: int = 7) -> tuple[float, float, float]:
    """The mean difference, query by query, and the ends of its 95 % interval."""
    if len(ours) != len(base) or not ours:
        raise ValueError(f"expected as many values of both and at least one, found {len(ours)} and {len(base)}")
    each = [mine - other for mine, other in zip(ours, base)]
    draw = random.Random(seed)
    means = sorted(math.fsum(draw.choices(each, k=len(each))) / len(each) for _ in range(RESAMPLES))
    low, high = means[round(0.025 * (RESAMPLES - 1))], means[round(0.975 * (RESAMPLES - 1))]
    return math.fsum(each) / len(each), low, high
