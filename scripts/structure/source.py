"""The tokens of a Rust file, without comments and without code that only tests compile.

A lexer of a few lines: it knows nested comments, raw strings, characters beside lifetimes, and `::` as one token. That
is all that finding paths and string literals takes.
"""

import re
from collections import namedtuple

# kind: ident, string, lifetime, char, number or punct. The text of a string is what stands between its quotes.
Token = namedtuple("Token", "kind text line")

PATTERN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>//[^\n]*)
    | (?P<block>/\*)
    | (?P<raw>(?:br|cr|r)(?P<hashes>\#*)")
    | (?P<string>(?:b|c)?"(?P<quoted>(?:\\.|[^"\\])*)")
    | (?P<char>b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\])')
    | (?P<lifetime>'\w+)
    | (?P<ident>(?:r\#)?[^\W\d]\w*)
    | (?P<number>\d\w*(?:\.\d\w*)?)
    | (?P<punct>::|.)
    """,
    re.VERBOSE | re.DOTALL,
)

# What a declaration begins with: it ends with `;` or its braces, and a comma in it ends nothing.
DECLARES = set("fn mod use struct enum impl trait const static type unsafe async extern macro_rules let".split())


def tokens(text):
    """Every token of `text` in order."""
    found, at, line = [], 0, 1
    while at < len(text):
        match = PATTERN.match(text, at)
        kind, end, content = match.lastgroup, match.end(), match.group()
        if kind == "block":
            end = end_of_comment(text, end)
        elif match.group("hashes") is not None:
            closing = '"' + match.group("hashes")
            place = text.find(closing, end)
            place = len(text) if place < 0 else place
            found.append(Token("string", text[end:place], line))
            end = place + len(closing)
        elif match.group("quoted") is not None:
            found.append(Token("string", match.group("quoted"), line))
        elif kind not in ("space", "comment"):
            found.append(Token(kind, content[2:] if content.startswith("r#") else content, line))
        line += text.count("\n", at, end)
        at = end
    return found


def end_of_comment(text, at):
    depth = 1
    while depth and at < len(text):
        opening, closing = text.find("/*", at), text.find("*/", at)
        if closing < 0:
            return len(text)
        if 0 <= opening < closing:
            depth, at = depth + 1, opening + 2
        else:
            depth, at = depth - 1, closing + 2
    return at


def without_tests(found):
    """`found` without what `#[cfg(test)]` or `#[test]` stands on; nothing at all under `#![cfg(test)]`."""
    kept, at = [], 0
    while at < len(found):
        if found[at].text == "#" and text_at(found, at + 1) == "!" and is_for_tests(found, at + 2):
            return []
        if found[at].text == "#" and is_for_tests(found, at + 1):
            at = end_of_item(found, matching(found, at + 1))
        else:
            kept.append(found[at])
            at += 1
    return kept


def text_at(found, at):
    return found[at].text if at < len(found) else ""


def is_for_tests(found, at):
    """Whether the attribute in brackets at `at` is `test`, `cfg(test)` or `cfg(all(test, …))`."""
    if text_at(found, at) != "[":
        return False
    inside = "".join(token.text for token in found[at + 1 : matching(found, at) - 1])
    return inside in ("test", "cfg(test)") or inside.startswith("cfg(all(test,")


def matching(found, at):
    """The place after the bracket that closes the one at `at`."""
    depth = 0
    while at < len(found):
        text = found[at].text if found[at].kind == "punct" else ""
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
        at += 1
        if depth == 0:
            break
    return at


def end_of_item(found, at):
    """The place after the item, field, variant or arm that begins at `at`, its further attributes included."""
    while text_at(found, at) == "#":
        at = matching(found, at + 1)
    if text_at(found, at) == "pub":
        at += 1
        if text_at(found, at) == "(":
            at = matching(found, at)
    ends = {";"} if text_at(found, at) in DECLARES else {";", ","}
    while at < len(found) and found[at].text not in (")", "]", "}"):
        text = found[at].text if found[at].kind == "punct" else ""
        at = matching(found, at) if text in ("(", "[", "{") else at + 1
        if text in ends or text == "{":
            break
    return at
