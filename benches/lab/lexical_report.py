"""From single runs of word indexes to medians, ratios, goals and a table."""

from __future__ import annotations

import statistics

from . import machine

OURS = "semsearch"
# Questions a second of ours to theirs, and our bytes a paper.
GOALS = {"bm25s": 10.0, "sqlite-fts5": 5.0}
BYTES = 450


def summarise(runs: list[dict]) -> dict:
    """Medians over the rounds; ratios are taken within a round, since load differs more between rounds than within."""
    engines = list(dict.fromkeys(run["engine"] for run in runs))
    return {
        "engines": {engine: of_engine([run for run in runs if run["engine"] == engine]) for engine in engines},
        "ratios": {engine: ratios(runs, engine) for engine in engines if engine != OURS},
    }


def of_engine(runs: list[dict]) -> dict:
    ways = dict.fromkeys(way for run in runs for way in ("first", "one", "scores", "batch") if run["ask"].get(f"{way}_cpu_s"))
    return {
        "questions_a_second": {
            way: {kind: statistics.median(rate(run, way, kind) for run in runs) for kind in kinds(runs[0])}
            for way in ways
        },
        "papers_a_second": statistics.median(run["build"]["papers"] / run["build"]["cpu_s"] for run in runs),
        "bytes_a_paper": statistics.median(run["build"]["file_bytes"] / run["build"]["papers"] for run in runs),
        "open_s": statistics.median(run["ask"]["open_s"] for run in runs),
        "build_peak_mib": statistics.median(run["build"]["peak_mib"] for run in runs),
        "ask_peak_mib": statistics.median(run["ask"]["peak_mib"] for run in runs),
    }


def kinds(run: dict) -> list[str]:
    return [*run["ask"]["questions"], "all"]


def rate(run: dict, way: str, kind: str) -> float:
    """Questions a second of CPU time: `first` once each, `one` again, `scores` with every score, `batch` a kind at once."""
    counts, took = run["ask"]["questions"], run["ask"][f"{way}_cpu_s"]
    if kind != "all":
        return counts[kind] / took[kind]
    return sum(counts.values()) / sum(took.values())


def ratios(runs: list[dict], peer: str) -> dict:
    """Ours one at a time to the peer's way; for each the median, and the lowest and highest of the rounds."""
    by_round = {(run["round"], run["engine"]): run for run in runs}
    pairs = [
        (by_round[number, OURS], run)
        for (number, engine), run in by_round.items()
        if engine == peer and (number, OURS) in by_round
    ]
    found = {}
    for way in ("first", "one", "batch"):
        of_ours = "one" if way == "batch" else way
        if pairs and all(theirs["ask"].get(f"{way}_cpu_s") for _, theirs in pairs):
            found[way] = {
                kind: spread([rate(ours, of_ours, kind) / rate(theirs, way, kind) for ours, theirs in pairs])
                for kind in kinds(pairs[0][0])
            }
    return found


def spread(values: list[float]) -> dict:
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def in_markdown(report: dict) -> str:
    some = next(iter(report["runs"]), None)
    counts = some["ask"]["questions"] if some else {}
    asked = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    lines = [
        f"# Words, {report['date']}",
        "",
        f"- Machine: {machine.in_words(report['machine'])}, {report['machine']['load_after']} after.",
        f"- Command: `{report['command']}`",
        f"- Peers: {', '.join(report['versions'])}.",
        f"- {report['papers']:,} papers, title and abstract; {asked} (three words in a row of a title; summaries of a "
        "sentence). Ten papers a question.",
        f"- One thread bound to one core, CPU time, from the question as typed to rows. Medians of {report['rounds']} "
        "rounds, engines in turn; ratios are taken within a round, and their lowest and highest are in brackets.",
        "- *First*: every question once in a new process. *Again*: asked again, the median pass. *At once*: all questions of "
        "a kind in one call, which bm25s offers; it stands beside ours one at a time. *Every score*: with the score of each "
        "paper that has a word of the question, which fusing with other scores needs.",
        "- Peers index the title three times and the abstract as one text, which is the weight that ours gives; our file "
        "holds authors, venues, identifiers and acronyms as well. None of them stores the texts.",
        "",
        *goals_in_markdown(report),
        "## Questions a second",
        "",
        "| engine | way | " + " | ".join([*counts, "all"]) + " | ours to it, all |",
        "| --- | --- |" + " ---: |" * (len(counts) + 1) + " --- |",
    ]
    names = {"first": "first", "one": "again", "scores": "again, every score", "batch": "at once"}
    for engine, own in report["engines"].items():
        for way, rates in own["questions_a_second"].items():
            ratio = report["ratios"].get(engine, {}).get(way, {}).get("all")
            cells = " | ".join(f"{rates[kind]:,.0f}" for kind in [*counts, "all"])
            lines.append(f"| {engine} | {names[way]} | {cells} | {in_words(ratio)} |")
    lines += [
        "",
        "## Building, size, opening",
        "",
        "| engine | papers a CPU second | bytes a paper | open, ms | peak MiB, building | asking |",
        "| --- |" + " ---: |" * 5,
    ]
    for engine, own in report["engines"].items():
        memory = f"{own['build_peak_mib']:,.0f} | {own['ask_peak_mib']:,.0f}"
        sizes = f"{own['papers_a_second']:,.0f} | {own['bytes_a_paper']:,.0f} | {1e3 * own['open_s']:,.1f}"
        lines.append(f"| {engine} | {sizes} | {memory} |")
    lines += ["", "## Are the answers right?", ""]
    if told := report["agreement"]:
        total = sum(told.values())
        lines += [
            f"Our ten, row by row, beside those of a plain BM25 in 64 bits (`benches/lab/bm25.py`, words by our analyser): "
            f"equal in {told['equal']} of {total} questions ({told['equal'] / total:.1%}), equal but for scores that differ "
            f"by less than 0.001 % in {told['tied']}, otherwise in {told['other']}.",
            "",
        ]
    lines += [
        "The paper that a question was made from, in per cent of the questions: first / among ten. Analysers differ, so "
        "these differ a little.",
        "",
        "| engine | " + " | ".join(counts) + " |",
        "| --- |" + " --- |" * len(counts),
    ]
    for engine, told in report["own_paper"].items():
        cells = [f"{100 * told[kind]['first']:.1f} / {100 * told[kind]['among_ten']:.1f}" for kind in counts]
        lines.append(f"| {engine} | {' | '.join(cells)} |")
    failed = [f"- {failure}" for failure in report["failures"]]
    return "\n".join(lines + (["", "Failed:", "", *failed] if failed else [])).rstrip() + "\n"


def goals_in_markdown(report: dict) -> list[str]:
    lines = ["| figure | found | goal | |", "| --- | --- | ---: | --- |"]
    for peer, goal in GOALS.items():
        ways = report["ratios"].get(peer, {})
        # Beside the faster of its ways.
        known = [ways[way]["all"] for way in ("one", "batch") if way in ways]
        if known:
            found = min(known, key=lambda ratio: ratio["median"])
            met = "met" if found["median"] >= goal else "missed"
            lines.append(f"| questions a second, ours to {peer}'s fastest way | {in_words(found)} | ≥ {goal:g} × | {met} |")
    if ours := report["engines"].get(OURS):
        met = "met" if ours["bytes_a_paper"] <= BYTES else "missed"
        lines.append(f"| words on disk, bytes a paper | {ours['bytes_a_paper']:,.0f} | ≤ {BYTES} | {met} |")
    return [*lines, ""]


def in_words(ratio: dict | None) -> str:
    return f"{ratio['median']:.1f} × ({ratio['lowest']:.1f} to {ratio['highest']:.1f})" if ratio else ""
