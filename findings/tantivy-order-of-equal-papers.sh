#!/usr/bin/env bash
# tantivy 0.27 through its Python package: which of two papers with the same text comes first changes from one build of the
# same index to the next. The writer hands documents to several threads, each of which makes a segment, and equal scores
# are ordered by segment. A good engineer would expect the order in which papers were added, or at least always the same
# one. With one thread (`num_threads=1`) the paper that was added first comes first.
#
# Fails if twenty builds agree, or if builds with one thread do not.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install tantivy==0.27.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import pathlib
import sys
from importlib.metadata import version

import tantivy

builder = tantivy.SchemaBuilder()
builder.add_text_field("id", stored=True)
builder.add_text_field("text")
schema = builder.build()


def first(folder, threads):
    folder.mkdir()
    index = tantivy.Index(schema, path=str(folder))
    writer = index.writer(num_threads=threads) if threads else index.writer()
    for name in ("first", "second"):
        document = tantivy.Document()
        document.add_text("id", name)
        document.add_text("text", "tides move the shore")
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    hits = searcher.search(index.parse_query("tides", ["text"]), 2).hits
    assert len(hits) == 2 and hits[0][0] == hits[1][0], hits
    return searcher.doc(hits[0][1])["id"][0]


root = pathlib.Path(sys.argv[1])
several = [first(root / f"several-{number}", None) for number in range(20)]
single = [first(root / f"single-{number}", 1) for number in range(20)]
print("tantivy", version("tantivy"))
print("default writer: the paper added first came first in", several.count("first"), "of 20 builds")
print("one thread: the paper added first came first in", single.count("first"), "of 20 builds")
sys.exit(not (0 < several.count("first") < 20 and single.count("first") == 20))
PYTHON
