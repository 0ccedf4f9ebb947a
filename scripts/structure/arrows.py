"""Which crate may use which: the table in ARCHITECTURE.md beside what every Cargo.toml says.

The table has a crate a line, named in its first column; the columns `uses` and `tests use` name other crates of the
project. A crate may use those that stand below it, so that arrows point down only. The table says all there is: an
arrow that no Cargo.toml has any more is a fault, too.
"""

import re
from collections import namedtuple

# What the table says of a crate, and in which line of ARCHITECTURE.md.
Row = namedtuple("Row", "line uses tests")
# In line `line` of its manifest a crate says that it uses `used`, perhaps for its tests alone.
Dependency = namedtuple("Dependency", "line used tests")

PREFIX = "semsearch-"


def faults(root):
    """A sentence for each arrow that is in one place only, or points up."""
    page = root / "ARCHITECTURE.md"
    rows = read_table(page.read_text(encoding="utf-8"))
    if not rows:
        return ["ARCHITECTURE.md: there is no table with the columns `crate`, `uses` and `tests use`"]
    order = list(rows)
    found = []
    paths = find_manifests(root)
    manifests = {name: read_manifest(path) for name, path in paths.items()}
    paths = {name: path.relative_to(root) for name, path in paths.items()}
    for crate, row in rows.items():
        place = f"ARCHITECTURE.md:{row.line}"
        if crate not in manifests:
            found.append(f"{place}: there is no crate `{crate}`")
            continue
        for used in row.uses + row.tests:
            if used not in rows:
                found.append(f"{place}: `{used}` has no line of its own")
            elif used in row.uses and order.index(used) <= order.index(crate):
                found.append(f"{place}: `{crate}` uses `{used}`, which stands above it in line {rows[used].line}")
        kinds = {(dependency.used, dependency.tests) for dependency in manifests[crate]}
        for used, tests in [(used, False) for used in row.uses] + [(used, True) for used in row.tests]:
            if (used, tests) not in kinds:
                arrow = f"`{crate}` to `{used}`" + " in tests" * tests
                found.append(f"{place}: draws {arrow}; {paths[crate]} has no such dependency")
    for crate, dependencies in manifests.items():
        row = rows.get(crate)
        if row is None:
            found.append(f"{paths[crate]}:1: `{crate}` has no line in the table of ARCHITECTURE.md")
            continue
        for line, used, tests in dependencies:
            # A package may name itself for its tests, with a feature.
            if used != crate and used not in row.uses + row.tests * tests:
                arrow = f"`{crate}` uses `{used}`" + " in tests" * tests
                found.append(f"{paths[crate]}:{line}: {arrow}; ARCHITECTURE.md:{row.line} does not draw it")
    return found


def read_table(text):
    """{crate: Row} of the table with a column `crate`, in its order."""
    rows, columns = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else None
        if cells is None:
            columns = None
        elif "crate" in cells and "uses" in cells:
            columns = cells
        elif columns and len(cells) == len(columns):
            cell = {column: re.findall(r"`([\w-]+)`", text) for column, text in zip(columns, cells)}
            for crate in cell["crate"]:
                rows[crate] = Row(number, cell["uses"], cell.get("tests use", []))
    return rows


def find_manifests(root):
    """{crate: its Cargo.toml}; the package of the root is `cli`."""
    paths = {path.parent.name: path for path in sorted(root.glob("crates/*/Cargo.toml"))}
    paths.update({path.parent.name: path for path in sorted(root.glob("*/Cargo.toml"))})
    return {"cli": root / "Cargo.toml", **paths}


def read_manifest(path):
    """Every dependency on another crate of the project."""
    found, section = [], ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        heading = re.fullmatch(r"\[([^\[\]]+)\]\s*(#.*)?", line.strip())
        name = re.match(rf"{PREFIX}([\w-]+)\s*[.=]", line)
        if heading:
            section = heading.group(1)
            name = re.search(rf"dependencies\.{PREFIX}([\w-]+)$", section)
        if name and "dependencies" in section and not section.startswith("workspace."):
            found.append(Dependency(number, name.group(1), "dev-dependencies" in section))
    return found
