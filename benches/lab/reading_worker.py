"""A list of papers read once by a library that is not ours, in a process of its own; the Python side of benches/reading.

usage: reading_worker.py ENGINE FILE

The answer is one line of JSON after `reading: `: the records read, and the seconds of CPU time from the path to the last of
them. Loading the library is not timed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable


def main() -> None:
    engine, path = sys.argv[1:]
    read = ENGINES[engine]()
    begun = time.process_time()
    records = read(path)
    cpu_s = time.process_time() - begun
    sys.stdout.write("\nreading: " + json.dumps({"records": records, "cpu_s": cpu_s}) + "\n")


def rispy() -> Callable[[str], int]:
    import rispy

    def read(path: str) -> int:
        with open(path, encoding="utf-8") as file:
            return len(rispy.load(file))

    return read


def nbib() -> Callable[[str], int]:
    import nbib

    return lambda path: len(nbib.read_file(path))


def pandas() -> Callable[[str], int]:
    import pandas

    return lambda path: len(pandas.read_csv(path))


def bibtexparser() -> Callable[[str], int]:
    import bibtexparser

    return lambda path: len(bibtexparser.parse_file(path).entries)


def pybtex() -> Callable[[str], int]:
    from pybtex.database import parse_file

    return lambda path: len(parse_file(path, "bibtex").entries)


ENGINES = {"bibtexparser": bibtexparser, "nbib": nbib, "pandas": pandas, "pybtex": pybtex, "rispy": rispy}

if __name__ == "__main__":
    main()
