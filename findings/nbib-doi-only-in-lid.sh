#!/usr/bin/env bash
# nbib 0.3.2: the DOI of a paper is found in the field AID of PubMed's format and not in LID, where PubMed writes it too. A paper that
# has it in LID alone, as articles that have only an electronic place do, has no field `doi` after reading, and nothing says so.
#
# Fails if the DOI in LID is found.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install nbib==0.3.2
"$folder/venv/bin/python" -W error - <<'PYTHON'
import sys
from importlib.metadata import version

import nbib

print("nbib", version("nbib"))
record = "PMID- 31000001\nTI  - On tides of the north\n%sAU  - Dune A\nDP  - 2019 Apr\n"
found = {}
for name in ["AID", "LID"]:
    (paper,) = nbib.read(record % f"{name} - 10.1000/sea.1 [doi]\n")
    found[name] = paper.get("doi")
    print(f"a DOI in {name}:", found[name], "among", sorted(paper))
sys.exit(found != {"AID": "10.1000/sea.1", "LID": None})
PYTHON
