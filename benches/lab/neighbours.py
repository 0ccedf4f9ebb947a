"""The true neighbours, and how many of them an engine found."""

from __future__ import annotations

from pathlib import Path

import numpy as np

DIM, K = 384, 10
# A row that scores this much less than the true last one counts: engines add up in different orders.
TIES = 1e-6


def read(path: Path) -> np.ndarray:
    return np.fromfile(path, dtype="<f4").reshape(-1, DIM)


def last_scores(rows: np.ndarray, queries: np.ndarray, kept: np.ndarray | None = None) -> np.ndarray:
    """The tenth best score of each query, of all rows or of those that `kept` (bool) marks."""
    rows = rows if kept is None else rows[kept]
    last = np.empty(len(queries), np.float32)
    for start in range(0, len(queries), 250):
        scores = queries[start : start + 250] @ rows.T
        last[start : start + 250] = np.partition(scores, len(rows) - K, axis=1)[:, len(rows) - K]
    return last


def hits(
    ids: np.ndarray, rows: np.ndarray, queries: np.ndarray, last: np.ndarray, kept: np.ndarray | None = None
) -> np.ndarray:
    """How many of each query's ids count: different ones, and as good as the true last one."""
    found = np.empty(len(ids), np.int64)
    for number, own in enumerate(ids):
        own = np.unique(own)
        own = own[(own >= 0) & (own < len(rows))]
        if kept is not None:
            own = own[kept[own]]
        found[number] = np.count_nonzero(rows[own] @ queries[number] >= last[number] - TIES)
    return found
