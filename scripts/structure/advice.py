"""Advice in the words of a library: a string that names a command or a flag of the command line.

A library states facts; what to type next is known to the binary alone (crates/cli/advice.rs). Looked at are the
string literals outside of tests, those of `#[error("…")]` among them, and not comments.
"""

import re
from collections import namedtuple

from structure import source

Advice = namedtuple("Advice", "file line text named")

# A command as it is written in messages; a flag with its two dashes, as a word.
NAMES = re.compile(r"`semsearch [a-z][^`]*`?|(?<![\w-])--[a-z][\w-]+")


def find(folder):
    """Every `Advice` in the crate of `folder`, by file and line."""
    found = []
    for file in sorted(folder.rglob("src/**/*.rs")):
        if file.name == "tests.rs" or "tests" in file.relative_to(folder).parts:
            continue
        for token in source.without_tests(source.tokens(file.read_text(encoding="utf-8"))):
            if token.kind == "string":
                for match in NAMES.finditer(token.text):
                    line = token.line + token.text.count("\n", 0, match.start())
                    found.append(Advice(file, line, token.text, match.group()))
    return found
