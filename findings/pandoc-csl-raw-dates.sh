#!/usr/bin/env bash
# pandoc 3.9 reading CSL-JSON: `{"raw": …}` holds a date that the program which wrote it did not take apart. pandoc reads it where it is
# in the form of ISO 8601; a date in words, such as `{"raw": "2024 Feb 21"}`, becomes an empty date without a word, so that not even the year
# is left.
#
# Fails if a date in words is read, or if the loss is told.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install pypandoc-binary==1.17
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys

import pypandoc

print("pandoc", pypandoc.get_pandoc_version())
found = []
for issued in ["2024-02-21", {"raw": "2024-02-21"}, {"raw": "2024 Feb 21"}, {"raw": "2024"}]:
    item = [{"id": "a", "type": "article-journal", "title": "On tides", "issued": issued}]
    (paper,) = json.loads(pypandoc.convert_text(json.dumps(item), "csljson", format="csljson"))
    found.append(paper["issued"]["date-parts"])
    print(json.dumps(issued), "->", paper["issued"])
sys.exit(found[0] != [[2024, 2, 21]] or found[2] != [] or found[3] != [[2024]])
PYTHON
