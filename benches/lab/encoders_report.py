"""From single runs of engines to medians, ratios and a table."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass

from . import machine


@dataclass(frozen=True)
class Goal:
    """Ours should be `at_least` times as good as a peer."""

    figure: str
    ours: str
    peer: str
    at_least: float | None = None


# Compared, whether or not a goal was set: `at_least` is None where none was.
COMPARED = [
    Goal("docs_cpu_s", "semsearch-f32", "openvino-f32", at_least=1.1),
    Goal("docs_cpu_s", "semsearch-f32", "onnxruntime-f32"),
    Goal("docs_cpu_s", "semsearch-f32", "sentence-transformers"),
    Goal("docs_cpu_s", "semsearch-f32", "candle", at_least=4.0),
    Goal("docs_cpu_s", "semsearch-int8", "openvino-int8", at_least=1.3),
    Goal("docs_cpu_s", "semsearch-int8", "onnxruntime-int8"),
    Goal("docs_cpu_s", "semsearch-int8", "sentence-transformers", at_least=3.6),
    Goal("docs_cpu_s", "semsearch-int8", "semsearch-f32"),
    Goal("docs_s", "semsearch-f32", "openvino-f32"),
    Goal("docs_s", "semsearch-f32", "sentence-transformers"),
    Goal("docs_s", "semsearch-int8", "openvino-int8"),
    Goal("docs_s", "semsearch-int8", "sentence-transformers"),
    Goal("docs_cpu_s_one", "semsearch-f32", "openvino-f32"),
    Goal("docs_cpu_s_one", "semsearch-int8", "openvino-int8"),
    Goal("docs_cpu_s_one", "semsearch-f32", "sentence-transformers"),
    Goal("docs_cpu_s_one", "semsearch-f32", "candle"),
    Goal("docs_cpu_s_one", "semsearch-int8", "onnxruntime-int8"),
    Goal("docs_cpu_s_one", "semsearch-int8", "sentence-transformers"),
    Goal("query_ms", "semsearch-f32", "onnxruntime-f32"),
    Goal("query_ms", "semsearch-f32", "openvino-f32"),
    Goal("query_ms", "semsearch-int8", "onnxruntime-int8", at_least=3.0),
    Goal("query_ms", "semsearch-int8", "openvino-int8"),
    Goal("first_vector_s", "semsearch-f32", "onnxruntime-f32"),
    Goal("first_vector_s", "semsearch-int8", "onnxruntime-int8"),
]

NAMES = {
    "docs_s": "docs/s, all threads",
    "docs_cpu_s": "docs/CPU-s, all threads",
    "docs_cpu_s_one": "docs/CPU-s, one thread",
    "query_ms": "one question, median",
    "first_vector_s": "process start to first vector",
}
# Of these less is better.
TIMES = ("query_ms", "first_vector_s")


def summarise(conditions: dict, runs: list[dict], cosines: dict[str, list[float]], engines: list[str]) -> dict:
    figures = [figures_of(engine, [run for run in runs if run["engine"] == engine], cosines) for engine in engines]
    return {
        **conditions,
        "engines": figures,
        "compared": compare(figures, runs),
        "runs": [{name: value for name, value in run.items() if name != "ms"} for run in runs],
    }


def figures_of(engine: str, runs: list[dict], cosines: dict[str, list[float]]) -> dict:
    """Medians over the rounds; None for what was not measured."""

    def median(what: str, figure: str) -> float | None:
        values = [value for run in of(what) if (value := rate(run, figure)) is not None]
        return round(statistics.median(values), 6) if values else None

    def of(what: str) -> list[dict]:
        return [run for run in runs if run.get("what") == what and "error" not in run]

    every, one = median("all threads", "docs_s"), median("one thread", "docs_s")
    times = sorted(time for run in of("question") for time in run["ms"])
    own = cosines.get(engine)
    return {
        "engine": engine,
        "docs_s": every,
        "docs_cpu_s": median("all threads", "docs_cpu_s"),
        "docs_s_one": one,
        "docs_cpu_s_one": median("one thread", "docs_cpu_s"),
        "scaling": round(every / one, 3) if every and one else None,
        "cosine_mean": statistics.fmean(own) if own else None,
        "cosine_min": min(own) if own else None,
        "query_ms": statistics.median(times) if times else None,
        "query_p99_ms": percentile(times, 0.99) if times else None,
        "query_cpu_ms": median("question", "cpu_ms"),
        "first_vector_s": median("start", "first_vector_s"),
        "peak_mib": median("all threads", "peak_mib"),
        "embed_peak_mib": median("embed", "peak_mib"),
        "embed_cpu_s": median("embed", "cpu_s"),
        "errors": [run["error"] for run in runs if "error" in run],
    }


def rate(run: dict, figure: str) -> float | None:
    if figure == "docs_s":
        return run["texts"] / run["wall_s"]
    if figure == "docs_cpu_s":
        return run["texts"] / run["cpu_s"] if run["cpu_s"] else None
    return run.get(figure)


def percentile(ordered: list[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def compare(figures: list[dict], runs: list[dict]) -> list[dict]:
    by_engine, compared = {own["engine"]: own for own in figures}, []
    for goal in COMPARED:
        ours, theirs = (by_engine.get(name, {}).get(goal.figure) for name in (goal.ours, goal.peer))
        if ours and theirs:
            ratio = ratio_within_rounds(goal, runs) or (theirs / ours if goal.figure in TIMES else ours / theirs)
            met = None if goal.at_least is None else ratio >= goal.at_least
            compared.append({**asdict(goal), "value": ours, "peer_value": theirs, "ratio": round(ratio, 3), "met": met})
    return compared


def ratio_within_rounds(goal: Goal, runs: list[dict]) -> float | None:
    """The median of each round's own ratio, since the machine's load differs more between rounds than within one."""
    what = {"docs_s": "all threads", "docs_cpu_s": "all threads", "docs_cpu_s_one": "one thread"}.get(goal.figure)
    if what is None:
        return None
    figure = goal.figure.replace("_one", "")
    rates = {
        (run["round"], run["engine"]): rate(run, figure)
        for run in runs
        if run.get("what") == what and "error" not in run
    }
    ratios = [
        ours / theirs
        for (number, engine), ours in rates.items()
        if engine == goal.ours and ours and (theirs := rates.get((number, goal.peer)))
    ]
    return statistics.median(ratios) if ratios else None


def tokens_of(report: dict) -> str:
    means = [run["tokens"] / run["texts"] for run in report["runs"] if "tokens" in run and run["engine"] != "candle"]
    return f", {means[0]:.1f} tokens on average" if means else ""


def in_markdown(report: dict) -> str:
    options, data, threads = report["options"], report["data"], report["options"]["threads"]
    repeated = "" if data["different_texts"] == data["texts"] else f", {data['different_texts']} of them different"
    heading = (
        f"docs/s, {threads} threads | docs/CPU-s, {threads} threads | docs/s, 1 thread | docs/CPU-s, 1 thread | "
        f"scaling 1 → {threads} | cosine to PyTorch f32, mean | lowest | question, median ms | p99 ms | CPU ms | "
        "start to first vector, s | peak MiB | peak MiB of `embed`"
    )
    columns = (
        ("docs_s", ".1f"),
        ("docs_cpu_s", ".1f"),
        ("docs_s_one", ".1f"),
        ("docs_cpu_s_one", ".1f"),
        ("scaling", ".2f"),
        ("cosine_mean", ".7f"),
        ("cosine_min", ".7f"),
        ("query_ms", ".3f"),
        ("query_p99_ms", ".3f"),
        ("query_cpu_ms", ".3f"),
        ("first_vector_s", ".3f"),
        ("peak_mib", ".0f"),
        ("embed_peak_mib", ".0f"),
    )
    lines = [
        f"# Encoders, {report['date']}",
        "",
        f"- Machine: {machine.in_words(report['machine'])}, {report['machine']['load_after']} after.",
        f"- Command: `{report['command']}`",
        f"- Peers: {', '.join(report['versions']) or 'none'}.",
        f"- Texts: {data['texts']:,} abstracts of {data['file']}{repeated}, cut at 256 tokens{tokens_of(report)}; on "
        f"one thread, and for candle, {options['texts_one']:,} of the same spread of lengths. Medians of "
        f"{options['rounds']} rounds, engines in turn; loading left out of all but the start.",
        f"- Questions: 10 tokens, {options['questions']} a round on one core, after 32 others.",
        f"- Peak MiB is that of the run on {threads} threads; candle's holds our encoder too, whose tokeniser it uses. "
        f"Of `embed` it is that of `semsearch embed` over {options['papers']:,} papers, index included.",
        "",
        f"| engine | {heading} |",
        "| --- |" + " ---: |" * len(columns),
    ]
    for own in report["engines"]:
        cells = ["—" if own[name] is None else format(own[name], spec) for name, spec in columns]
        lines.append(f"| {own['engine']} | {' | '.join(cells)} |")
    lines += ["", "Above 1, ours is better. Rates: the median of the ratios within each round.", ""]
    lines += ["| figure | ours | peer | ratio | goal |", "| --- | --- | --- | ---: | --- |"]
    for row in report["compared"]:
        goal = "" if row["at_least"] is None else f"{row['at_least']:g}: {'met' if row['met'] else 'missed'}"
        ours, theirs = f"{row['ours']} {row['value']:.3g}", f"{row['peer']} {row['peer_value']:.3g}"
        lines.append(f"| {NAMES[row['figure']]} | {ours} | {theirs} | {row['ratio']:.2f} | {goal} |")
    failed = [f"- {own['engine']}: {error}" for own in report["engines"] for error in own["errors"]]
    return "\n".join(lines + (["", "Failed:", "", *failed] if failed else [])) + "\n"
