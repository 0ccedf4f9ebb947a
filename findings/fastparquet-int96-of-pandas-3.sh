#!/usr/bin/env bash
# fastparquet 2026.9.0 with pandas 3.1.1: `times="int96"` writes dates of pandas 3 as days of January 1970. pandas 3 counts
# time in microseconds by default, and fastparquet writes the count as if it were nanoseconds. Nothing is told, and every
# other reader gives the same wrong day. A column of `datetime64[ns]` is written right.
#
# Fails if the date that is read is the one that was written.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install pandas==3.1.1 fastparquet==2026.9.0 pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys

import fastparquet
import pandas
import pyarrow.parquet

print("fastparquet", fastparquet.__version__, "pandas", pandas.__version__)
seen = {}
for unit in (None, "ns"):
    frame = pandas.DataFrame({"title": ["On tides"], "date": pandas.to_datetime(["2020-05-01"])})
    if unit:
        frame["date"] = frame["date"].astype(f"datetime64[{unit}]")
    fastparquet.write("dates.parquet", frame, times="int96")
    seen[unit] = str(pyarrow.parquet.read_table("dates.parquet")["date"][0].as_py())
    print(f"{frame['date'].dtype}: 2020-05-01 is read as {seen[unit]}")
sys.exit(seen[None].startswith("2020") or not seen["ns"].startswith("2020"))
PYTHON
