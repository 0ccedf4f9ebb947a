#!/usr/bin/env bash
# rispy 0.10.0: a record of RIS that no `ER` closes is not a record. Where another one follows, the two become one, with the
# title of the first and the authors of both, an empty one between them; at the end of a file the record is gone. Neither is told. Exports that were
# joined by hand and lists of some databases lack the last `ER`.
#
# Fails if the records are read apart, or if the fault is told.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install rispy==0.10.0
"$folder/venv/bin/python" -W error - <<'PYTHON'
import sys
from importlib.metadata import version

import rispy

one = "TY  - JOUR\nTI  - On tides\nAU  - Dune, Ada\n"
two = "TY  - JOUR\nTI  - On winds\nAU  - Wave, Carl\n"
print("rispy", version("rispy"))
between = rispy.loads(one + "\n" + two + "ER  - \n")
print("the first of two records without ER:", between)
at_end = rispy.loads(one + "ER  - \n\n" + two)
print("the last of two records without ER:", at_end)
sys.exit(not (len(between) == 1 and len(at_end) == 1))
PYTHON
