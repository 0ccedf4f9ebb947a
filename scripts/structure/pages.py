"""What documents say about files: every path they name exists, and the list of unsafe code is the one the code has.

Looked at are Markdown files and the comments of Rust, Python and shell files. A path is a link of Markdown, or a word
in backticks that ends like a source file or begins like a folder of the clone. It may be told from the root, from the
folder of the file, or from any folder further up, such as `hnsw/search.rs`. What a dated record of a measurement says
is history and left out.
"""

import re
from collections import namedtuple

from structure import source

Missing = namedtuple("Missing", "file line path")

FOLDERS = ["benches", "crates", "data", "docs", "fuzz", "models", "scripts", "tests"]
HISTORY = ["benches/record", "CHANGELOG.md"]
SOURCE = re.compile(r"[\w./-]*\w\.(?:rs|md|py)")
IN_CLONE = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*")
DECISION = re.compile(r"docs/decisions/\d{4}")
PLACEHOLDER = re.compile(r"\b[A-Z]{4,}/|(?:^|/)-")
LINK = re.compile(r"\]\(<?([^)#>\s]+)(?:#[^)]*)?>?\)")
QUOTED = re.compile(r"`([^`\s]+)`")


def missing(root):
    """Every `Missing` path of the clone at `root`."""
    files = sorted(every_file(root))
    known = Known(root, files)
    found = []
    for file in files:
        name = str(file.relative_to(root))
        if name.startswith(tuple(HISTORY)):
            continue
        for line, text in prose(file):
            for path in LINK.findall(text) if file.suffix in (".md", ".rs") else []:
                if is_path(path) and not known.is_link(file, path):
                    found.append(Missing(file, line, path))
            for path in QUOTED.findall(LINK.sub("]", text)):
                if names_a_file(path) and not known.holds(file, path):
                    found.append(Missing(file, line, path))
    return found


def names_a_file(path):
    return (SOURCE.fullmatch(path) or IN_CLONE.fullmatch(path)) and not PLACEHOLDER.search(path)


def every_file(root):
    yield from (path for path in root.iterdir() if path.is_file())
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            if path.is_file() and "target" not in path.relative_to(root).parts:
                yield path


def prose(file):
    """(line, text) of each line of `file` that is prose: all of Markdown outside of code blocks, and comments."""
    if file.suffix not in (".md", ".rs", ".py", ".toml", "") or file.name.startswith("."):
        return
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return
    fenced = False
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if file.suffix == ".md":
            fenced ^= text.startswith("```")
            if not fenced:
                yield number, line
        elif file.suffix == ".rs":
            if text.startswith("//"):
                yield number, text
        elif text.startswith("#"):
            yield number, text


def is_path(link):
    """Whether a link of Markdown leads to a file, and not to a page elsewhere or an item of Rust."""
    return "://" not in link and ("/" in link or "." in link) and "::" not in link and "(" not in link


class Known:
    """The files of a clone and their folders, by every end of their path."""

    def __init__(self, root, files):
        self.root = root
        self.ends = set()
        for file in files:
            parts = file.relative_to(root).parts
            for end in range(1, len(parts) + 1):
                self.ends.update("/".join(parts[start:end]) for start in range(end))

    def is_link(self, file, path):
        return (file.parent / path).exists()

    def holds(self, file, path):
        if DECISION.fullmatch(path):
            return any(self.root.glob(path + "-*"))
        return path.strip("/").removeprefix("./") in self.ends or self.is_link(file, path)


def unsafe_faults(root):
    """A sentence for each file that allows unsafe code and is not in the list of ARCHITECTURE.md, or the other way."""
    listed = {}
    paragraph = ""
    for number, line in enumerate((root / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines(), 1):
        paragraph = "" if not line.strip() or line.startswith("- ") else paragraph
        paragraph += line
        if paragraph.startswith("- Unsafe code is in"):
            listed.update((path, number) for path in QUOTED.findall(line) if "/" in path)
    if not listed:
        return ["ARCHITECTURE.md: there is no item that begins with `Unsafe code is in`"]
    allowing = [file for file in sorted((root / "crates").rglob("*.rs")) if allows_unsafe(file)]
    names = [str(file.relative_to(root / "crates")) for file in allowing]
    found = []
    for name in names:
        if not any(covers(path, name) for path in listed):
            found.append(f"crates/{name}: allows unsafe code and is not in the list of ARCHITECTURE.md")
    for path, line in listed.items():
        if not any(covers(path, name) for name in names):
            found.append(f"ARCHITECTURE.md:{line}: no unsafe code is allowed in `{path}`")
    return found


def covers(path, name):
    return name == path or (path.endswith("/") and name.startswith(path))


def allows_unsafe(file):
    text = file.read_text(encoding="utf-8")
    return "unsafe_code" in text and any(token.text == "unsafe_code" for token in source.tokens(text))
