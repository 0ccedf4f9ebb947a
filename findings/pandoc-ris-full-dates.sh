#!/usr/bin/env bash
# pandoc 3.9 reading RIS: `PY  - 2021` is a date, but RIS's own form of a whole one, `PY  - 2021/05/03`, is none, and neither is DA:
# the paper has no date, silently. `PY  - 2021///`, as some programs write a year alone, becomes the years 2021, 0, 0 and 0. The key of the
# entry is made with the text as it stands.
#
# Fails if the date is read, or if the loss is told.
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
found = {}
for date in ["PY  - 2021", "PY  - 2021///", "PY  - 2021/05/03", "Y1  - 2021/05/03/", "DA  - 2021/05/03"]:
    text = f"TY  - JOUR\nTI  - On tides\nAU  - Dune, Ada\n{date}\nER  - \n"
    (paper,) = json.loads(pypandoc.convert_text(text, "csljson", format="ris"))
    found[date] = paper.get("issued", {}).get("date-parts", [])
    print(f"{date!r}: issued {found[date]}, key {paper['id']!r}")
sys.exit(found["PY  - 2021"] != [[2021]] or found["PY  - 2021/05/03"] != [] or len(found["PY  - 2021///"]) != 4)
PYTHON
