"""Which file of a crate uses which: the graph of its modules, and the circles in it.

A file uses another where it names an item that the other defines: in a `use`, or as a path inside its code. Re-exports
are followed to the file with the definition, so `crate::Name` counts for the file of `Name` and not for `lib.rs`. No
use are `mod name;` and the re-export of what one's own children hold. A method is called on a value and names no
file: what an `impl` elsewhere adds to a type is not seen.
"""

from collections import defaultdict, namedtuple
from pathlib import Path

from structure import source

# File `user` names `name`, an item of file `used`, in line `line`.
Use = namedtuple("Use", "user used line name")
# Names of modules or files of one folder that use each other; `uses` are the lines of the shortest way round.
Circle = namedtuple("Circle", "folder members uses")
# A name that a module takes from a path: `outward` if it hands it on.
Import = namedtuple("Import", "path line outward module")

ITEMS = set("fn struct enum union trait type const static".split())


class Module:
    def __init__(self, name, file, parent, folder):
        self.name, self.file, self.parent, self.folder = name, file, parent, folder
        self.children, self.items, self.imports = {}, {}, defaultdict(list)
        self.globs, self.code = [], []

    @property
    def root(self):
        return self if self.parent is None else self.parent.root


def read_crate(root_file):
    """The root module of the crate whose first file is `root_file`, with everything beneath."""
    root = Module("crate", root_file, None, root_file.parent)
    root.macros = {}
    read_file(root)
    return root


def read_file(module):
    found = source.without_tests(source.tokens(module.file.read_text(encoding="utf-8")))
    read_items(module, found, 0, len(found))


def read_items(module, found, at, end):
    """Notes what stands in `found[at:end]`, the inside of `module`."""
    depth = 0
    path_of_next = None
    while at < end:
        kind, text, line = found[at]
        following = found[at + 1] if at + 1 < end else source.Token("punct", "", line)
        before = found[at - 1].text if at else ""
        if kind == "punct":
            depth += (text == "{") - (text == "}")
        if text == "#" and following.text == "[" and source.text_at(found, at + 2) == "path":
            path_of_next = source.text_at(found, at + 4)
        if kind == "ident" and text == "use" and following.text != "<" and before != ".":
            at = read_use(module, found, at, is_outward(found, at))
            continue
        if kind == "ident" and depth == 0 and following.kind == "ident" and before not in ("<", ","):
            if text == "mod":
                at = read_mod(module, found, at, path_of_next)
                path_of_next = None
                continue
            name = found[at + 2].text if following.text == "mut" else following.text
            if text in ITEMS and following.text not in ITEMS | {"unsafe", "extern"}:
                module.items.setdefault(name, line)
        if text == "macro_rules" and following.text == "!":
            name = found[at + 2].text
            module.items.setdefault(name, line)
            module.root.macros.setdefault(name, module)
        module.code.append(found[at])
        at += 1


def is_outward(found, at):
    before = found[at - 1].text if at else ""
    return before == "pub" or (before == ")" and "pub" in [token.text for token in found[max(0, at - 6) : at]])


def read_mod(module, found, at, path):
    name, opening = found[at + 1].text, at + 2
    if source.text_at(found, opening) == "{":
        child = module.children[name] = Module(name, module.file, module, module.folder / name)
        end = source.matching(found, opening)
        read_items(child, found, opening + 1, end - 1)
        return end
    for file in [module.folder / path] if path else [module.folder / f"{name}.rs", module.folder / name / "mod.rs"]:
        if file.exists():
            folder = file.parent if file.name == "mod.rs" else file.parent / name
            child = module.children[name] = Module(name, file, module, folder)
            read_file(child)
            break
    return opening + 1


def read_use(module, found, at, outward):
    """Notes the names that a `use` at `at` brings in and gives the place after it."""
    line_of = {}

    def tree(at, prefix):
        path = list(prefix)
        if found[at].text == "::":
            path.append("::")
            at += 1
        while True:
            text = found[at].text
            if text == "{":
                at += 1
                while found[at].text != "}":
                    at = tree(at, path)
                    at += found[at].text == ","
                return at + 1
            if text == "*":
                module.globs.append(Import(tuple(path), found[at].line, outward, module))
                return at + 1
            if text == "self" and path:
                name = path[-1]
            else:
                path.append(text)
                name = text
            line = found[at].line
            at += 1
            if found[at].text == "::":
                at += 1
                continue
            if found[at].text == "as":
                name = found[at + 1].text
                at += 2
            module.imports[name].append(Import(tuple(path), line, outward, module))
            return at

    return tree(at + 1, []) + 1


def resolve(module, path, seen=frozenset()):
    """(module, item) that `path` names when read in `module`; item is None for a module; None if it is of elsewhere."""
    key = (id(module), path)
    if key in seen or not path:
        return None
    seen = seen | {key}
    here, rest = module, list(path)
    if rest[0] == "crate":
        here, rest = module.root, rest[1:]
    elif rest[0] == "self":
        rest = rest[1:]
    elif rest[0] == "super":
        while rest and rest[0] == "super":
            here, rest = here.parent or here, rest[1:]
    else:
        first = lookup(here, rest[0], len(rest) == 1, seen)
        if first is None:
            return None
        here, item = first
        rest = rest[1:]
        if item is not None:
            return here, item
    while rest:
        found = lookup(here, rest[0], len(rest) == 1, seen)
        if found is None:
            if here.parent is None and rest[0] in here.macros:
                return here.macros[rest[0]], rest[0]
            # Re-exported from another crate, or not understood: no file of this crate can be named for it.
            return None
        here, item = found
        if item is not None:
            return here, item
        rest = rest[1:]
    return here, None


def lookup(module, name, last, seen):
    """What `name` is in `module`. An item and a module may share a name: the item is meant where the path ends."""
    candidates = []
    if name in module.items:
        candidates.append((module, name))
    if name in module.children:
        candidates.append((module.children[name], None))
    for taken in module.imports.get(name, ()):
        candidates.append(resolve(module, taken.path, seen))
    candidates = [found for found in candidates if found]
    if not candidates:
        for glob in module.globs:
            source_module = resolve(module, glob.path, seen)
            if source_module and source_module[1] is None and source_module[0] is not module:
                found = lookup(source_module[0], name, last, seen | {(id(module), glob.path)})
                if found:
                    candidates.append(found)
    for found in candidates:
        if (found[1] is not None) == last:
            return found
    return candidates[0] if candidates else None


def every_module(module):
    yield module
    for child in module.children.values():
        yield from every_module(child)


def uses_of(root):
    """Every `Use` of one file by another in the crate, by file and line."""
    found = set()
    for module in every_module(root):
        for name, line, target in named_by(module):
            if target and target[1] is not None and target[0].file != module.file:
                found.add(Use(module.file, target[0].file, line, name))
    return sorted(found, key=lambda use: (str(use.user), use.line, str(use.used), use.name))


def named_by(module):
    """(name, line, what it is) for every name that `module` takes from elsewhere."""
    carried = set()
    for name, taken in module.imports.items():
        for path, line, outward, _ in taken:
            if outward and is_own(module, path):
                carried.add(name)
            else:
                yield path[-1], line, resolve(module, path)
    for glob in module.globs:
        if not (glob.outward and is_own(module, glob.path)):
            target = resolve(module, glob.path)
            if target and target[1] is not None:
                yield glob.path[-1], glob.line, target
    code = module.code
    at = 0
    while at < len(code):
        if code[at].kind != "ident" or (at and code[at - 1].text in (".", "::")):
            at += 1
            continue
        path, line, end = [code[at].text], code[at].line, at + 1
        while source.text_at(code, end) == "::" and end + 1 < len(code) and code[end + 1].kind == "ident":
            path.append(code[end + 1].text)
            end += 2
        if len(path) > 1:
            # `Type::method` and `Enum::Variant` go as far as the type.
            yield path[-1], line, resolve(module, tuple(path))
        elif is_named_bare(module, code, at, carried):
            yield path[0], line, resolve(module, tuple(path))
        at = end


def is_named_bare(module, code, at, carried):
    """Whether the single name at `at` comes from a glob or from a re-export, and is not a variable or a definition."""
    name = code[at].text
    if name in module.items or (name not in carried and (not module.globs or name in module.imports)):
        return False
    if at and code[at - 1].text in ITEMS | {"let", "mut", "ref", "for"}:
        return False
    return name[0].isupper() or source.text_at(code, at + 1) in ("(", "!")


def is_own(module, path):
    first = path[1] if path[0] == "self" and len(path) > 1 else path[0]
    return first in module.children


def circles_of_files(root):
    """Files that use each other, directly or by way of others."""
    folder = root.file.parent
    edges = {(use.user, use.used): use for use in reversed(uses_of(root))}
    return [Circle(folder, [str(file.relative_to(folder)) for file in files], way) for files, way in circles(edges)]


def circles_of_modules(root):
    """Modules side by side that use each other, where a module is everything beneath it."""
    home = {}
    for module in every_module(root):
        home.setdefault(module.file, module)
    uses = uses_of(root)
    found = []
    for module in home.values():
        edges = {}
        for use in reversed(uses):
            user, used = (child_of(module, home[file]) for file in (use.user, use.used))
            if user and used and user is not used:
                edges[user, used] = use
        for members, way in circles(edges):
            found.append(Circle(module.folder, [member.name for member in members], way))
    return found


def child_of(module, inner):
    """The child of `module` that `inner` lies in; None for `module` itself and outside of it."""
    while inner and inner.parent is not module:
        inner = inner.parent
    return inner


def circles(edges):
    """(nodes, uses of the shortest way round) of each part of {(from, to): use} in which every node leads to every."""
    after = defaultdict(list)
    for user, used in sorted(edges, key=lambda edge: (edges[edge].user, edges[edge].line)):
        after[user].append(used)
    reached = {node: reachable(after, node) for node in after}
    parts, done = [], set()
    for node in after:
        part = [other for other in after if other in reached[node] and node in reached[other]]
        if node in done or len(part) < 2:
            continue
        done.update(part)
        way = min((shortest_round(after, start) for start in part), key=len)
        parts.append((part, [edges[edge] for edge in zip(way, way[1:] + way[:1])]))
    return parts


def reachable(after, start):
    found, waiting = set(), [start]
    while waiting:
        for node in after.get(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found


def shortest_round(after, start):
    ways = [[start]]
    seen = set()
    while ways:
        way = ways.pop(0)
        for node in after.get(way[-1], ()):
            if node == start:
                return way
            if node not in seen:
                seen.add(node)
                ways.append(way + [node])
    return None
