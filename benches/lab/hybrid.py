"""Retrieval quality of hybrid, dense and lexical search, with papers in f32 and in eight bits.

Each corpus is embedded once in each precision, and asked with `semsearch eval`, which gives every measure of every
question. Vectors are searched exactly, so that nothing but the precision differs. Intervals are those of `eval`;
differences have the 95 % interval of the paired bootstrap over the questions.
"""

from __future__ import annotations

import argparse
import json
import math
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

from . import machine, metrics, papers, places

MEASURES = ["ndcg@10", "recall@10", "recall@100"]
MODES = ["hybrid", "dense", "lexical"]
# Precisions of questions and papers; what the others are compared with comes first.
VARIANTS = [("int8", "f32"), ("int8", "int8"), ("f32", "f32")]
# What is asked: name, the corpus and its files, the folder of questions, the split.
SETS = [
    ("scifact", "scifact", "scifact/corpus.jsonl", "scifact", "test"),
    ("scifact_train", "scifact", "scifact/corpus.jsonl", "scifact", "train"),
    ("cranfield", "cranfield", "cranfield/corpus.jsonl", "cranfield", "test"),
    ("papers_tldr", "papers_10k", "papers_10k.jsonl", "papers_tldr", "test"),
]


def measure(options: argparse.Namespace, semsearch: Path) -> dict:
    """A row for each set, measure and variant, with the mean of each mode and its difference to the first variant."""
    asked = Asked(options, semsearch)
    sets, results = [], []
    for name, corpus, documents, folder, split in SETS:
        file = papers.file_in(options.data, documents)
        if name not in options.sets or not is_there(name, file, options.data / folder):
            continue
        reports = {}
        for questions, of_papers in VARIANTS:
            index = asked.index(corpus, file, of_papers)
            print(f"{name}: {questions} questions on {of_papers} papers", file=sys.stderr)
            reports[questions, of_papers] = asked.report(index, options.data / folder, split, questions)
        base = reports[VARIANTS[0]]
        sets.append({"set": name, "papers": base["documents"], "questions": base["queries"]})
        for variant, report in reports.items():
            results.extend(row(name, measure, variant, report, base) for measure in MEASURES)
    if not sets:
        sys.exit(f"quality: {options.data}: none of {', '.join(options.sets)} is there; --help says what is looked for")
    return {"sets": sets, "results": results, "means": means(results)}


def is_there(name: str, *places_looked_at: Path) -> bool:
    missing = [str(path) for path in places_looked_at if not path.exists()]
    if missing:
        print(f"left out: {name}: {', '.join(missing)} not found", file=sys.stderr)
    return not missing


class Asked:
    """The program, and the indexes it has made."""

    def __init__(self, options: argparse.Namespace, semsearch: Path) -> None:
        self.semsearch, self.model, self.threads = semsearch, options.model, str(options.threads)
        self.made: set[Path] = set()

    def index(self, name: str, corpus: Path, precision: str) -> Path:
        """The index of a corpus; papers that one of an earlier run has are not embedded again."""
        index = places.target() / "quality/indexes" / Path(self.model).name / f"{name}-{precision}"
        if index not in self.made:
            print(f"embedding {corpus.name} in {precision}", file=sys.stderr)
            flags = ["--precision", precision, "--threads", self.threads]
            self.said_by("embed", corpus, "--index", index, "--model", self.model, "--replace", *flags)
            self.made.add(index)
        return index

    def report(self, index: Path, folder: Path, split: str, precision: str) -> dict:
        """What `eval` says, with every question under `per_query`."""
        flags = ["--exact", "--precision", precision, "--threads", self.threads]
        wanted = ["--mode", "all", "--metrics", ",".join(MEASURES), "--per-query", "1", "--json"]
        # Judgements that are in qrels.tsv have no name.
        named = ["--split", split] if split != "test" else []
        return json.loads(self.said_by("eval", folder, *named, "--index", index, *flags, *wanted))

    def said_by(self, *arguments: str | Path) -> str:
        command = [self.semsearch, "--offline", "--quiet", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"quality: exit code {done.returncode} of {shlex.join(map(str, command))}")
        return done.stdout


def row(name: str, measure: str, variant: tuple[str, str], report: dict, base: dict) -> dict:
    """In points, which are hundredths."""
    means = {one["mode"]: one["metrics"][measure] for one in report["modes"]}
    modes = {}
    for mode in MODES:
        ours, theirs = (by_question(one, mode, measure) for one in (report, base))
        if ours.keys() != theirs.keys():
            sys.exit(f"quality: {name}: expected the same questions in both, found {len(ours)} and {len(theirs)}")
        # Words have no precision, and the first variant no difference to itself.
        is_same = mode == "lexical" or report is base
        apart = (0.0, 0.0, 0.0) if is_same else metrics.difference(list(ours.values()), [theirs[key] for key in ours])
        modes[mode] = {
            **{key: in_points(means[mode][key]) for key in ("mean", "low", "high")},
            **dict(zip(("difference", "difference_low", "difference_high"), map(in_points, apart))),
        }
    return {"set": name, "measure": measure, "questions": variant[0], "papers": variant[1], "modes": modes}


def by_question(report: dict, mode: str, measure: str) -> dict[str, float]:
    return {query["id"]: query["modes"][mode][measure] for query in report["per_query"]}


def in_points(value: float) -> float:
    return round(100 * value, 4)


def means(results: list[dict]) -> list[dict]:
    """The mean difference over the sets, which count alike. Its interval takes the sets for independent."""
    made = []
    for questions, of_papers in VARIANTS[1:]:
        for measure in MEASURES:
            rows = [
                one
                for one in results
                if (one["measure"], one["questions"], one["papers"]) == (measure, questions, of_papers)
            ]
            modes = {}
            for mode in MODES:
                each = [one["modes"][mode] for one in rows]
                # Half the width of each interval is 1.96 standard errors.
                half = math.sqrt(sum(((one["difference_high"] - one["difference_low"]) / 2) ** 2 for one in each))
                mean = statistics.fmean(one["difference"] for one in each)
                largest = max((one["difference"] for one in each), key=abs)
                modes[mode] = {"difference": mean, "half_width": half / len(each), "largest": largest}
            made.append({"measure": measure, "questions": questions, "papers": of_papers, "modes": modes})
    return made


def in_markdown(report: dict) -> str:
    sizes = (f"{one['set']}: {one['questions']:,} questions, {one['papers']:,} papers" for one in report["sets"])
    first = " questions, ".join(VARIANTS[0]) + " papers"
    lines = [
        f"# Hybrid search, and what eight bits cost it, {report['date']}",
        "",
        f"- Machine: {machine.in_words(report['machine'])}.",
        f"- Command: `{report['command']}`",
        f"- Model: {report['model']}. Sets: {'; '.join(sizes)}.",
        "- Points are hundredths. Vectors are searched exactly. nDCG: linear gain, log2(rank + 1) as discount. Beside each "
        "value stands its 95 % bootstrap interval over the questions.",
        "",
        "| set | measure | questions | papers | hybrid | dense | lexical |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for own in report["results"]:
        cells = (f"{one['mean']:.2f} ({one['low']:.1f} to {one['high']:.1f})" for one in map(own["modes"].get, MODES))
        lines.append(
            f"| {own['set']} | {own['measure']} | {own['questions']} | {own['papers']} | {' | '.join(cells)} |"
        )
    lines += [
        "",
        f"Difference to {first}, question by question, with the 95 % interval of the paired bootstrap. The mean takes the "
        "sets for alike in weight and independent.",
        "",
        "| set | measure | questions | papers | hybrid | dense |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for own in report["results"]:
        if (own["questions"], own["papers"]) == VARIANTS[0]:
            continue
        cells = (
            f"{one['difference']:+.2f} ({one['difference_low']:+.2f} to {one['difference_high']:+.2f})"
            for one in map(own["modes"].get, MODES[:2])
        )
        lines.append(
            f"| {own['set']} | {own['measure']} | {own['questions']} | {own['papers']} | {' | '.join(cells)} |"
        )
    for own in report["means"]:
        cells = (
            f"{one['difference']:+.2f} ± {one['half_width']:.2f}, largest {one['largest']:+.2f}"
            for one in map(own["modes"].get, MODES[:2])
        )
        lines.append(
            f"| mean of {len(report['sets'])} | {own['measure']} | {own['questions']} | {own['papers']} | "
            f"{' | '.join(cells)} |"
        )
    return "\n".join(lines) + "\n"
