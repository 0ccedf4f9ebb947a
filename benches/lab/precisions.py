"""Retrieval quality of int8 and static vectors, against f32, over the vectors that `semsearch encode` makes.

Questions and papers are encoded in each precision, and in mixed ones, and ranked by exact search over the vectors alone.
Each variant is a row: which encoder made the questions' vectors and which the papers'. In points, with the difference to
f32 and the 95 % interval of the paired bootstrap over the questions.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

from . import machine, metrics, papers, places

BASE = "f32"
K = 10
TITLES = 1000
# The set of those is drawn once and for all.
SEED = 7


def measure(options: argparse.Namespace, semsearch: Path) -> dict:
    """The sets that are there, and a row for each set, measure and variant."""
    sets = [made for name, make in SETS.items() if name in options.sets and (made := make(options.data))]
    if not sets:
        sys.exit(f"quality: {options.data}: none of {', '.join(options.sets)} is there; --help says what is looked for")
    lab = Lab(options, semsearch)
    print(f"encoders: {'; '.join(f'{n}: {shlex.join(f)}' for n, f in lab.encoders.items())}", file=sys.stderr)
    results = []
    for task in sets:
        base = lab.rank(task, BASE, BASE)
        for queries, passages in lab.variants():
            print(f"{task.name}: {queries} questions on {passages} papers", file=sys.stderr)
            ranked = lab.rank(task, queries, passages)
            for metric, score in task.metrics.items():
                values, of_base = ([score(own, by, base) for own, by in of.items()] for of in (ranked, base))
                results.append(row(task.name, metric, queries, passages, values, of_base))
    return {
        "encoders": lab.encoders,
        "sets": [{"set": task.name, "papers": len(task.passages), "questions": len(task.queries)} for task in sets],
        "results": results,
    }


class Set:
    """Questions, papers, and what is asked of a ranking: metrics take (query, its ranking, the base's rankings)."""

    def __init__(self, name: str, passages: dict[str, str], queries: dict[str, str], metrics: dict) -> None:
        self.name, self.passages, self.queries, self.metrics = name, passages, queries, metrics


def judged(name: str, corpus: Path, folder: Path) -> Set | None:
    queries, qrels = papers.file_in(folder, "queries.jsonl"), papers.file_in(folder, "qrels.tsv")
    if not there(name, corpus, queries, qrels):
        return None
    scores = papers.read_qrels(qrels)
    asked = {query: text for query, text in papers.read_queries(queries).items() if query in scores}
    return Set(
        name,
        papers.read_passages(corpus),
        asked,
        {
            f"nDCG@{K}": lambda query, ranked, base: metrics.ndcg(ranked, scores[query], K),
            f"recall@{K}": lambda query, ranked, base: metrics.recall(ranked, scores[query], K),
        },
    )


def overlap(data: Path) -> Set | None:
    corpus, others = papers.file_in(data, "papers_10k.jsonl"), papers.file_in(data, "papers_50k_more.jsonl")
    if not there("overlap", corpus, others):
        return None
    titles = {str(record["id"]): " ".join(record["title"].split()) for record in papers.read_records(others)}
    chosen = random.Random(SEED).sample(sorted(titles), min(TITLES, len(titles)))
    asked = {query: titles[query] for query in chosen}
    same = {f"overlap@{K} with f32": lambda query, ranked, base: metrics.recall(ranked, base[query], K)}
    return Set("overlap", papers.read_passages(corpus), asked, same)


SETS = {
    "scifact": lambda data: judged("scifact", papers.file_in(data / "scifact", "corpus.jsonl"), data / "scifact"),
    "cranfield": lambda data: judged(
        "cranfield", papers.file_in(data / "cranfield", "corpus.jsonl"), data / "cranfield"
    ),
    "papers_tldr": lambda data: judged("papers_tldr", papers.file_in(data, "papers_10k.jsonl"), data / "papers_tldr"),
    "overlap": overlap,
}


def there(name: str, *files: Path) -> bool:
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        print(f"left out: {name}: {', '.join(missing)} not found", file=sys.stderr)
    return not missing


class Lab:
    """The program, its encoders, and the vectors they make."""

    def __init__(self, options: argparse.Namespace, semsearch: Path) -> None:
        self.threads, self.semsearch = options.threads, semsearch
        self.program = places.digest(self.semsearch)
        model, offered = ["--model", options.model], self.said_by("encode", "--help") or ""
        precise = "--precision" in offered
        self.encoders = {BASE: [*model, "--precision", "f32"] if precise else model}
        if precise:
            self.encoders["int8"] = [*model, "--precision", "int8"]
        if self.said_by("encode", "a probe", "--model", options.static):
            self.encoders["static"] = ["--model", options.static]
        self.encoders |= {
            name: shlex.split(flags) for name, _, flags in (one.partition("=") for one in options.encoder)
        }
        self.known: dict[str, np.ndarray] = {}

    def said_by(self, *arguments: str) -> str | None:
        done = subprocess.run([self.semsearch, "--offline", *arguments], capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else None

    def variants(self) -> list[tuple[str, str]]:
        """Each encoder by itself, and int8 mixed with f32, since the two make vectors of one space."""
        mixed = [("int8", BASE), (BASE, "int8")] if "int8" in self.encoders else []
        return [(name, name) for name in self.encoders] + mixed

    def rank(self, task: Set, queries: str, passages: str) -> dict[str, list[str]]:
        """The ids of the nearest papers, by question; ties go to the earlier paper."""
        ids = list(task.passages)
        asked = self.vectors(queries, "query", list(task.queries.values()))
        scores = asked @ self.vectors(passages, "passage", list(task.passages.values())).T
        nearest = np.argsort(-scores, axis=1, kind="stable")[:, :K]
        return {query: [ids[place] for place in places] for query, places in zip(task.queries, nearest, strict=True)}

    def vectors(self, encoder: str, kind: str, texts: list[str]) -> np.ndarray:
        """Rows of length 1."""
        lines, flags = "\n".join(texts) + "\n", self.encoders[encoder]
        name = places.digest(self.program, kind, "\n".join(flags), lines)
        file = places.target() / "quality" / f"{name}.npy"
        if name not in self.known and not file.is_file():
            print(f"encoding {len(texts):,} texts with {encoder}", file=sys.stderr)
            command = [
                self.semsearch,
                "--offline",
                "encode",
                "-",
                "--kind",
                kind,
                "--threads",
                str(self.threads),
                *flags,
            ]
            answer = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout
            rows = np.array([json.loads(line)["embedding"] for line in answer.splitlines()], np.float32)
            if len(rows) != len(texts):
                sys.exit(f"quality: {encoder}: expected {len(texts)} vectors, found {len(rows)}")
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file.with_suffix(".unfinished.npy"), rows)
            file.with_suffix(".unfinished.npy").rename(file)
        if name not in self.known:
            rows = np.load(file)
            self.known[name] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return self.known[name]


def row(task: str, metric: str, queries: str, passages: str, values: list[float], of_base: list[float]) -> dict:
    mean, low, high = metrics.difference(values, of_base)
    points = {"points": statistics.fmean(values), "difference": mean, "low": low, "high": high}
    named = {"set": task, "metric": metric, "queries": queries, "passages": passages}
    return {**named, **{name: round(100 * value, 4) for name, value in points.items()}}


def in_markdown(report: dict) -> str:
    sizes = (f"{one['set']}: {one['questions']:,} questions, {one['papers']:,} papers" for one in report["sets"])
    flags = (f"{name}: `{shlex.join(flags)}`" for name, flags in report["encoders"].items())
    lines = [
        f"# What precision costs in answers, {report['date']}",
        "",
        f"- Machine: {machine.in_words(report['machine'])}.",
        f"- Command: `{report['command']}`",
        f"- Encoders: {'; '.join(flags)}.",
        f"- Sets: {'; '.join(sizes)}.",
        "- Points are hundredths. Exact search. nDCG: linear gain, log2(rank + 1) as discount. Beside each difference "
        "stands the 95 % interval of the paired bootstrap over the questions.",
        "",
        "| set | metric | questions | papers | points | difference to f32 | 95 % interval |",
        "| --- | --- | --- | --- | ---: | ---: | --- |",
    ]
    for own in report["results"]:
        base = own["queries"] == own["passages"] == BASE
        apart = "" if base else f"{own['difference']:+.2f}"
        interval = "" if base else f"{own['low']:+.2f} to {own['high']:+.2f}"
        named = f"{own['set']} | {own['metric']} | {own['queries']} | {own['passages']}"
        lines.append(f"| {named} | {own['points']:.2f} | {apart} | {interval} |")
    return "\n".join(lines) + "\n"
