#!/usr/bin/env bash
# tantivy 0.27 through its Python package: the lenient form of the query parser, which is meant for what people type, drops
# the word before a colon when it is not a field's name, and the word behind the colon with it, hyphenated parts included.
# Of `BERT: pre-training for language` it searches `for` and `language`. It reports an error beside the query, but a
# program that uses the query has lost the two words that matter. A good engineer would expect an unknown field to be text.
#
# Fails if one of the lost words is in the query.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install tantivy==0.27.0
"$folder/venv/bin/python" - <<'PYTHON'
import re
import sys
from importlib.metadata import version

import tantivy

builder = tantivy.SchemaBuilder()
builder.add_text_field("text")
index = tantivy.Index(builder.build())
typed = "BERT: pre-training for language"
query, errors = index.parse_query_lenient(typed, ["text"])
kept = re.findall(r'type=Str, "([^"]+)"', str(query))
print("tantivy", version("tantivy"))
print("typed:   ", typed)
print("searched:", " ".join(kept))
print("reported:", "; ".join(str(error) for error in errors))
sys.exit(kept != ["for", "language"])
PYTHON
