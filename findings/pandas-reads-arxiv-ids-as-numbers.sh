#!/usr/bin/env bash
# pandas 3.1.1: `read_json` makes numbers of strings that look like numbers, though JSON says that they are strings. The arXiv
# id "1706.03760" becomes 1706.0376, another paper's id or none, and "0704.0001" becomes 704.0001. Written again, the list
# has lost the ids. `dtype=False` keeps them.
#
# Fails if the ids come back as they were.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install pandas==3.1.1
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import pandas

lines = '{"id": "1706.03760", "title": "On tides"}\n{"id": "0704.0001", "title": "On winds"}\n'
print("pandas", pandas.__version__)
read = pandas.read_json(io.StringIO(lines), lines=True)["id"].tolist()
kept = pandas.read_json(io.StringIO(lines), lines=True, dtype=False)["id"].tolist()
print("ids read:", read)
print("ids read with dtype=False:", kept)
sys.exit(read == ["1706.03760", "0704.0001"] or kept != ["1706.03760", "0704.0001"])
PYTHON
