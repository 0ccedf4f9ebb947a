"""Rows and queries for an index: papers encoded by semsearch, fewer of them, or more than there are.

A folder of vectors holds base.bin and queries.bin, rows of 384 little-endian f32 of length 1.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from . import neighbours, papers, places

FILES = ("papers_10k.jsonl", "papers_50k_more.jsonl")
# Papers whose titles are asked and whose abstracts are no rows.
HELD = 1000
# Which those are, and every other draw, is settled once and for all.
SEED = 7
# A made row is put together from this many nearest rows of a real one.
AROUND = 50


def of_papers(data: Path, semsearch: Path, model: str, threads: int) -> Path:
    """Encodes what FILES hold, once: the passages of all but HELD papers, and the titles of those."""
    files = [papers.file_in(data, name) for name in FILES]
    if missing := [str(file) for file in files if not file.is_file()]:
        sys.exit(f"{', '.join(missing)} not found; --data names their folder, --vectors takes rows made before")
    records = [record for file in files for record in papers.read_records(file)]
    titles = [" ".join(record["title"].split()) for record in records]
    passages = [papers.passage(record["title"], record["abstract"]) for record in records]
    drawn = np.random.default_rng(SEED).permutation(len(records))
    held, rows = drawn[:HELD], np.sort(drawn[HELD:])

    folder = places.target() / "index/vectors" / places.digest(model, "\n".join(passages))
    if not folder.is_dir():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for name, kind, texts in (
            ("base", "passage", [passages[row] for row in rows]),
            ("queries", "query", [titles[row] for row in held]),
        ):
            print(f"encoding {len(texts):,} texts as {kind}", file=sys.stderr)
            encode(semsearch, model, kind, texts, threads).tofile(unfinished / f"{name}.bin")
        unfinished.rename(folder)
    return folder


def encode(semsearch: Path, model: str, kind: str, texts: list[str], threads: int) -> np.ndarray:
    """Rows of length 1, in the texts' order."""
    given = places.target() / "index/texts"
    given.write_text("\n".join(texts) + "\n", encoding="utf-8")
    flags = ["--kind", kind, "--model", model, "--threads", str(threads)]
    rows = np.empty((len(texts), neighbours.DIM), "<f4")
    with given.open("rb") as lines:
        command = [semsearch, "--offline", "encode", "-", *flags]
        process = subprocess.Popen(command, stdin=lines, stdout=subprocess.PIPE)
        made = 0
        for made, (row, line) in enumerate(zip(rows, process.stdout), start=1):
            row[:] = json.loads(line)["embedding"]
        if process.wait() != 0 or made != len(texts):
            sys.exit(f"semsearch encode: expected {len(texts)} vectors, found {made}")
    given.unlink()
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def of_size(source: Path, rows: int, made: Path) -> tuple[Path, bool]:
    """`rows` of the rows in `source`, or all of them and made ones; and whether some are made."""
    real = neighbours.read(source / "base.bin")
    folder = made / f"{rows}"
    if not (folder / "queries.bin").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        if rows <= len(real):
            chosen = np.sort(np.random.default_rng(SEED).permutation(len(real))[:rows])
            real[chosen].tofile(folder / "base.bin")
        else:
            enlarged(real, rows).tofile(folder / "base.bin")
        shutil.copyfile(source / "queries.bin", folder / "queries.bin")
    return folder, rows > len(real)


def enlarged(real: np.ndarray, rows: int) -> np.ndarray:
    """All real rows, then made ones between them: a stand-in for size, not data.

    A made row starts at a real one, goes about half of the way to one of its AROUND nearest and then along the
    difference of two others of them, so that it varies in the directions in which rows differ there. With these
    weights 20,000 rows made from 10,000 abstracts are of nearly the intrinsic dimension of 20,000 abstracts (23.5 and
    24.9). A made row still lies nearer to its nearest than a real one (0.79 and 0.71), and its tenth is farther (0.57
    and 0.64).
    """
    rng = np.random.default_rng(SEED)
    parts, left = [real], rows - len(real)
    while left > 0:
        start = rng.integers(len(real), size=min(2000, left))
        near = np.argpartition(-(real[start] @ real.T), AROUND, axis=1)[:, : AROUND + 1]
        one, other, third = (near[np.arange(len(start)), rng.integers(AROUND + 1, size=len(start))] for _ in range(3))
        way = rng.uniform(0.4, 0.6, (len(start), 1)).astype("<f4")
        new = real[start] + way * (real[one] - real[start]) + real[other] - real[third]
        parts.append((new / np.linalg.norm(new, axis=1, keepdims=True)).astype("<f4"))
        left -= len(start)
    return np.concatenate(parts)


def intrinsic_dimension(rows: np.ndarray, chosen: range | np.ndarray, near: int = 100) -> float:
    """The median over some rows of the maximum-likelihood estimate from the distances to their nearest rows.

    Levina and Bickel (2004): the inverse of the mean logarithm of the farthest distance over each.
    """
    scores = np.sort(rows[chosen] @ rows.T, axis=1)[:, ::-1][:, 1 : near + 1]
    distances = np.sqrt(np.maximum(2 - 2 * scores, 1e-12))
    return float(np.median(1 / np.mean(np.log(distances[:, -1:] / distances[:, :-1]), axis=1)))


def allowed(rows: int, share: float) -> np.ndarray:
    """A filter that keeps about this share of the rows, independent of what they are: one bool a row."""
    return np.random.default_rng(SEED + round(share * 1e6)).random(rows) < share
