#!/usr/bin/env bash
# bm25s 0.2.14: papers with equal scores do not come in the order of the corpus, and its two backends disagree: numba gives
# the last one first, NumPy an order of its own. Comparing its top ten with another engine's, or one backend's with the
# other's, therefore shows differences that are none in any corpus with repeated abstracts.
#
# Fails if a backend keeps the order of the corpus, or if both agree.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install bm25s==0.2.14 numba
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import bm25s

papers = ["tides move the shore"] * 4 + ["sands run in the glass"]
tokens = bm25s.tokenize(papers, show_progress=False)
query = bm25s.tokenize(["tides"], show_progress=False)
print("bm25s", version("bm25s"))
orders = []
for backend in ("numpy", "numba"):
    engine = bm25s.BM25(backend=backend)
    engine.index(tokens, show_progress=False)
    found, scores = engine.retrieve(query, k=4, show_progress=False)
    assert len(set(scores[0].tolist())) == 1, scores
    orders.append(found[0].tolist())
    print(f"{backend}: papers 0 to 3 have one score and come as {orders[-1]}")
sys.exit([0, 1, 2, 3] in orders or orders[0] == orders[1])
PYTHON
