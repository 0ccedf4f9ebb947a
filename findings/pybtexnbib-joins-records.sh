#!/usr/bin/env bash
# pybtexnbib 0.2.0, the reader of PubMed's format for pybtex: a file of two records becomes one entry. Titles, numbers and authors
# of both are joined with `; ` into one field each, no field AU becomes a person, and the key is made of the first title.
# A search saved from PubMed with a thousand papers is one paper.
#
# Fails if two records give two entries, or if the fault is told.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install pybtexnbib==0.2.0 pybtex==0.26.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from pybtex.database import parse_string

record = "PMID- %s\nTI  - %s\nAU  - %s\nDP  - %s\n\n"
text = record % (31000001, "On tides", "Dune A", "2019 Apr") + record % (31000002, "On winds", "Wave C", "2020 May")
print("pybtexnbib", version("pybtexnbib"), "with pybtex", version("pybtex"))
entries = parse_string(text, "nbib").entries
for key, entry in entries.items():
    print(key, dict(entry.fields), "persons:", dict(entry.persons))
titles = [entry.fields["title"] for entry in entries.values()]
sys.exit(titles != ["On tides; On winds"])
PYTHON
