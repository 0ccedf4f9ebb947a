"""Papers, questions and judgements from JSON lines, and the text of a paper that is encoded."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path


def passage(title: str, abstract: str) -> str:
    """As `Document::passage` has it, on one line."""
    title, abstract = " ".join(title.split()), " ".join(abstract.split())
    return f"{title}. {abstract}" if title and abstract else title or abstract


def read_lines(path: Path) -> Iterator[str]:
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        yield from lines


def read_records(path: Path) -> Iterator[dict]:
    return (json.loads(line) for line in read_lines(path) if line.strip())


def read_passages(path: Path) -> dict[str, str]:
    """Id to passage, in the file's order; fields as in BEIR or as in lists of papers."""
    return {
        str(record.get("_id", record.get("id"))): passage(
            record.get("title") or "", record.get("abstract") or record.get("text") or ""
        )
        for record in read_records(path)
    }


def read_queries(path: Path) -> dict[str, str]:
    return {str(record["_id"]): " ".join(record["text"].split()) for record in read_records(path)}


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Query to document to score, of judgements in three columns under a heading; scores from 1."""
    judged: dict[str, dict[str, int]] = {}
    for line in list(read_lines(path))[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            judged.setdefault(query, {})[document] = int(score)
    return judged


def file_in(folder: Path, name: str) -> Path:
    """`name` in `folder`, packed or not."""
    packed = folder / f"{name}.gz"
    return packed if packed.is_file() else folder / name


def spread(texts: list[str], count: int) -> list[int]:
    """The places of `count` of the texts, with lengths spread as in all of them."""
    by_length = sorted(range(len(texts)), key=lambda index: (len(texts[index]), index))
    count = min(count, len(texts))
    return sorted(by_length[(2 * step + 1) * len(texts) // (2 * count)] for step in range(count))
