"""From single runs of indexes to medians, ratios, goals and a table."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass

from . import fronts, machine

OURS, EXACT, PEER, EXACT_PEER = "semsearch", "semsearch-exact", "hnswlib", "faiss-flat"
RECALLS = (0.9, 0.95, 0.99, 0.999)
# What one would like to know of sizes that nobody measures here.
FORECAST = (3_000_000, 100_000_000)


@dataclass(frozen=True)
class Goal:
    """A figure of ours on one size; `at_least` or `at_most` is what it should be."""

    rows: int
    figure: str
    at_least: float | None = None
    at_most: float | None = None


def goals_of(rows: int, speed: tuple, exact_ms: float, build_s: float, build_share: float) -> list[Goal]:
    return [
        *(Goal(rows, f"× {PEER} at {recall:g}", at_least=goal) for recall, goal in zip(RECALLS[1:], speed)),
        Goal(rows, "exact, one query, CPU ms", at_most=exact_ms),
        Goal(rows, "build, wall s", at_most=build_s),
        Goal(rows, f"build, share of {PEER}'s CPU time", at_most=build_share),
        Goal(rows, "new process, opening to first answer, ms", at_most=1.0),
        Goal(rows, "hot bytes a vector", at_most=330),
        Goal(rows, "file bytes a vector", at_most=1900),
        Goal(rows, "all threads against one, at 0.95", at_least=3.6),
        Goal(rows, "exact, 1,000 at once against one by one", at_least=3.0),
    ]


# The build is meant for 4 cores; the last three hold for every size.
GOALS = goals_of(20_000, (6.5, 8, 10), 0.25, 1.5, 1 / 5) + goals_of(59_000, (6.5, 6.5, 6), 1.3, 5, 1 / 4)


def summarise(conditions: dict, sizes: list[dict], growth: list[dict], failures: list[str]) -> dict:
    sizes = [summary(size) for size in sizes]
    found = [(size["rows"], name, value) for size in sizes for name, value in figures(size).items()]
    return {
        **conditions,
        "goals": [judged(goal, found) for goal in GOALS if any(goal.rows == rows for rows, _, _ in found)],
        "figures": [{"rows": rows, "figure": name, "value": value} for rows, name, value in found],
        "sizes": sizes,
        "growth": grown(growth) if growth else None,
        "failures": failures,
    }


def judged(goal: Goal, found: list[tuple]) -> dict:
    value = next((value for rows, name, value in found if (rows, name) == (goal.rows, goal.figure)), None)
    met = None
    if value is not None:
        met = value >= goal.at_least if goal.at_least is not None else value <= goal.at_most
    return asdict(goal) | {"value": value, "met": met}


def summary(size: dict) -> dict:
    """Medians over the rounds of one size, with the rounds themselves."""
    engines = list(dict.fromkeys(run["engine"] for run in size["rounds"]))
    return size | {
        "engines": [of_engine(name, [run for run in size["rounds"] if run["engine"] == name]) for name in engines]
    }


def of_engine(engine: str, runs: list[dict]) -> dict:
    def median(values: list) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None

    def build(name: str) -> float | None:
        return median([run["build"].get(name) for run in runs])

    def a_row(name: str) -> float | None:
        return build(name) and build(name) / runs[0]["build"]["rows"]

    one, every = [run["one"] for run in runs if run.get("one")], [run["all"] for run in runs if run.get("all")]
    scaling = [
        at(0.95, run["all"], "qps") / at(0.95, run["one"], "qps")
        for run in runs
        if run.get("all") and run.get("one") and at(0.95, run["one"], "qps") and at(0.95, run["all"], "qps")
    ]
    return {
        "engine": engine,
        "build_wall_s": build("wall_s"),
        "build_cpu_s": build("cpu_s"),
        "build_peak_mib": build("peak_mib"),
        "file_bytes": a_row("file_bytes"),
        "hot_bytes": build("hot_bytes"),
        "qps": {str(recall): median([at(recall, points, "qps_cpu") for points in one]) for recall in RECALLS},
        "floor": [str(recall) for recall in RECALLS if one and fronts.is_floor(recall, of_points(one[0], "qps_cpu"))],
        "qps_all": {str(recall): median([at(recall, points, "qps") for points in every]) for recall in RECALLS},
        "scaling": median(scaling),
        "points": [
            {
                "setting": same[0]["setting"],
                "recall": statistics.median(point["odd"]["recall"] for point in same),
                "qps": statistics.median(point["odd"]["qps_cpu"] for point in same),
            }
            for same in zip(*one)
        ],
    }


def of_points(points: list[dict], rate: str) -> list[fronts.Point]:
    return [fronts.Point(point["odd"]["recall"], point["odd"][rate]) for point in points]


def at(recall: float, points: list[dict], rate: str) -> float | None:
    return fronts.speed_at(recall, of_points(points, rate))


def figures(size: dict) -> dict[str, float]:
    """What goals are set for, where it was measured."""
    own = {engine["engine"]: engine for engine in size["engines"]}
    ours, peer, found = own.get(OURS), own.get(PEER), {}
    if ours and peer:
        for recall in RECALLS:
            found[f"× {PEER} at {recall:g}"] = ratio(
                size["rounds"], lambda run, recall=recall: at(recall, run["one"], "qps_cpu")
            )
        found[f"build, share of {PEER}'s CPU time"] = ratio(size["rounds"], lambda run: run["build"]["cpu_s"])
    if ours:
        found["build, wall s"] = ours["build_wall_s"]
        found["hot bytes a vector"] = ours["hot_bytes"]
        found["file bytes a vector"] = ours["file_bytes"]
        found["all threads against one, at 0.95"] = ours["scaling"]
    if OURS in size.get("first", {}):
        found["new process, opening to first answer, ms"] = size["first"][OURS]["first_ms"]
    if exact := size.get("exact", {}).get(EXACT):
        found["exact, one query, CPU ms"] = exact["cpu_ms"]
        if exact["batch_one_s"]:
            found["exact, 1,000 at once against one by one"] = exact["one_by_one_one_s"] / exact["batch_one_s"]
    return {name: value for name, value in found.items() if value is not None}


def ratio(rounds: list[dict], figure) -> float | None:  # noqa: ANN001
    """Ours to the peer's: the median of each round's own, since load differs more between rounds than within one."""
    values = {(run["round"], run["engine"]): figure(run) for run in rounds if run.get("one")}
    ratios = [
        own / theirs
        for (number, engine), own in values.items()
        if engine == OURS and own and (theirs := values.get((number, PEER)))
    ]
    return statistics.median(ratios) if ratios else None


def grown(growth: list[dict]) -> dict:
    """How cost grows with rows, as an exponent, and what it comes to beyond."""
    rows, costs = [], {}
    for size in map(summary, growth):
        row = {"rows": size["rows"], "made": size["made"], "intrinsic_dimension": size["intrinsic_dimension"]}
        for own in size["engines"]:
            name = own["engine"]
            known = {recall: qps for recall, qps in own["qps"].items() if qps and recall not in own["floor"]}
            cost = {f"query at {recall}, us": 1e6 / qps for recall, qps in known.items()}
            cost |= {"build, CPU s": own["build_cpu_s"], "file bytes": own["file_bytes"], "hot bytes": own["hot_bytes"]}
            row[name] = cost
            for figure, value in cost.items():
                costs.setdefault((name, figure), []).append((size["rows"], value))
        rows.append(row)
    fits = []
    for (engine, figure), points in costs.items():
        points = [(count, value) for count, value in points if value]
        if "bytes" in figure or len(points) < 3:
            continue
        factor, exponent = power(points)
        forecast = {str(count): factor * count**exponent for count in FORECAST}
        fits.append(
            {"engine": engine, "figure": figure, "exponent": exponent, "points": len(points), "forecast": forecast}
        )
    return {"sizes": rows, "fits": fits}


def power(points: list[tuple[float, float]]) -> tuple[float, float]:
    """factor and exponent of the curve factor * x ** exponent: least squares on the logarithms."""
    x, y = ([math.log(point[place]) for point in points] for place in (0, 1))
    middle, level = statistics.fmean(x), statistics.fmean(y)
    exponent = sum((a - middle) * (b - level) for a, b in zip(x, y)) / sum((a - middle) ** 2 for a in x)
    return math.exp(level - exponent * middle), exponent


def named(rows: int, report: dict) -> str:
    if rows != report["rows"] or not report["made_here"]:
        return f"{rows:,} rows"
    return f"{rows + report['queries']:,}: {rows:,} rows and {report['queries']:,} held out"


def number(value: float | None, spec: str = ",.0f") -> str:
    return "—" if value is None else format(value, spec)


def in_markdown(report: dict) -> str:
    threads = report["options"]["threads"]
    source = (
        f"{report['rows'] + report['queries']:,} papers encoded by semsearch with {report['model']}: abstracts are rows, "
        f"titles of the {report['queries']:,} that are held out are queries"
        if report["made_here"]
        else f"given with --vectors: {report['rows']:,} rows and {report['queries']:,} queries"
    )
    lines = [
        f"# Indexes, {report['date']}",
        "",
        f"- Machine: {machine.in_words(report['machine'])}, {report['machine']['load_after']} after.",
        f"- Command: `{report['command']}`",
        f"- Peers: {', '.join(report['versions'])}.",
        f"- Vectors: {source}. 384 numbers of length 1, inner product, ten neighbours. A smaller size is drawn from all.",
        f"- One thread is bound to one core and timed in CPU time, {threads} threads by the clock on the wall; of passes "
        f"within a process the fastest counts, of {report['options']['rounds']} rounds, engines in turn, the median. Each "
        "round builds anew. Speed at a recall lies between the two settings around it, speed's logarithm even in recall.",
        "- A row counts as found if its exact score reaches the true tenth's less 1e-6.",
        "- Held out: settings of ours (ef and how many are scored again) are those that are best on the even-numbered "
        "queries, and a few wider beams; every figure is of the odd-numbered ones. Peers are swept over ef on the odd ones "
        "themselves. With filters the settings are fixed.",
        "- hnsw_rs is given our inner product; usearch i8 is given rows scaled to fill the range.",
        "",
    ]
    lines += goals_in_markdown(report)
    for size in report["sizes"]:
        lines += size_in_markdown(size, report)
    if report["growth"]:
        lines += growth_in_markdown(report["growth"])
    failed = [f"- {failure}" for failure in report["failures"]]
    return "\n".join(lines + (["Failed:", "", *failed, ""] if failed else [])).rstrip() + "\n"


def goals_in_markdown(report: dict) -> list[str]:
    if not report["goals"]:
        return []
    lines = ["## Goals", "", "| rows | figure | found | goal | |", "| --- | --- | ---: | --- | --- |"]
    for goal in report["goals"]:
        wanted = f"≥ {goal['at_least']:g}" if goal["at_least"] is not None else f"≤ {goal['at_most']:g}"
        met = {True: "met", False: "missed", None: "not measured"}[goal["met"]]
        value = number(goal["value"], ".4g")
        lines.append(f"| {goal['rows']:,} | {goal['figure']} | {value} | {wanted} | {met} |")
    return [*lines, ""]


def size_in_markdown(size: dict, report: dict) -> list[str]:
    threads = report["options"]["threads"]
    lines = [f"## {named(size['rows'], report)}", ""]
    if size["engines"]:
        recalls = " | ".join(f"{recall:g}" for recall in RECALLS)
        lines += [
            "Queries a CPU second on one thread at recall@10, then a second on all threads; ≥: the fastest setting tried is "
            "better than that.",
            "",
            f"| engine | {recalls} | {threads} threads, 0.95 | 0.99 | {threads} threads / 1 | build, s | CPU s | peak MiB "
            "| file bytes a vector | hot |",
            "| --- |" + " ---: |" * (len(RECALLS) + 8),
        ]
        for own in size["engines"]:
            speeds = [("≥ " if name in own["floor"] else "") + number(own["qps"][name]) for name in own["qps"]]
            cells = [
                *speeds,
                number(own["qps_all"]["0.95"]),
                number(own["qps_all"]["0.99"]),
                number(own["scaling"], ".2f"),
                number(own["build_wall_s"], ".2f"),
                number(own["build_cpu_s"], ".2f"),
                number(own["build_peak_mib"]),
                number(own["file_bytes"]),
                number(own["hot_bytes"]),
            ]
            lines.append(f"| {own['engine']} | {' | '.join(cells)} |")
        lines.append("")
    if first := size.get("first"):
        lines += [
            "A new process, page cache warm, milliseconds; libraries loaded before the clock starts, except in the last "
            f"column, which is the whole process. Medians of {report['options']['starts']}.",
            "",
            "| engine | open | open and first answer | second answer | process |",
            "| --- | ---: | ---: | ---: | ---: |",
        ]
        for engine, own in first.items():
            cells = [number(own[name], ".3f") for name in ("open_ms", "first_ms", "second_ms")]
            lines.append(f"| {engine} | {' | '.join(cells)} | {own['process_ms']:.0f} |")
        lines.append("")
    if exact := size.get("exact"):
        lines += [
            f"Exact search. One query; then {report['queries']:,}, one by one and at once: CPU seconds on one thread, "
            f"seconds on {threads}.",
            "",
            "| engine | CPU ms | median ms | p99 ms | one by one | at once | one by one, all threads | at once |",
            "| --- |" + " ---: |" * 7,
        ]
        for engine, own in exact.items():
            cells = [number(own[name], ".3f") for name in ("cpu_ms", "p50_ms", "p99_ms")]
            batches = ("one_by_one_one_s", "batch_one_s", "one_by_one_all_s", "batch_all_s")
            lines.append(f"| {engine} | {' | '.join(cells + [number(own[name], '.3f') for name in batches])} |")
        lines.append("")
    if filtered := size.get("filters"):
        lines += [
            "Filters: a share of the rows, drawn independently of what they are. One thread.",
            "",
            "| share | rows | engine | setting | recall@10 | CPU µs a query | ways |",
            "| ---: | ---: | --- | --- | ---: | ---: | --- |",
        ]
        for own in filtered:
            ways = ", ".join(f"{way} {count}" for way, count in own.get("ways", {}).items())
            named_ = f"{100 * own['share']:g} % | {own['rows']:,} | {own['engine']} | {own['setting']}"
            lines.append(f"| {named_} | {own['odd']['recall']:.4f} | {1e6 / own['odd']['qps_cpu']:,.1f} | {ways} |")
        lines.append("")
    return lines


def growth_in_markdown(growth: dict) -> list[str]:
    lines = [
        "## Growth",
        "",
        "One round each. Rows marked * hold all real rows and made ones: each starts at a real row, goes part of the way to a "
        "neighbour and along the difference of two others. A stand-in for size, not data; the intrinsic dimension "
        "(maximum likelihood, 100 neighbours) says how like the real ones they are.",
        "",
        "| rows | intrinsic dimension | engine | µs a query at 0.95 | at 0.99 | build CPU s | file bytes a vector | hot |",
        "| ---: | ---: | --- |" + " ---: |" * 5,
    ]
    for row in growth["sizes"]:
        for engine in (OURS, PEER):
            if own := row.get(engine):
                names = ("query at 0.95, us", "query at 0.99, us", "build, CPU s")
                cells = [number(own.get(name), ".1f") for name in names] + [
                    number(own["file bytes"]),
                    number(own["hot bytes"]),
                ]
                mark = "*" if row["made"] else ""
                lines.append(
                    f"| {row['rows']:,}{mark} | {row['intrinsic_dimension']} | {engine} | {' | '.join(cells)} |"
                )
    lines += [
        "",
        "Cost as a power of the rows, least squares on logarithms, and carried on to sizes that were not measured:",
        "",
        "| engine | figure | exponent | " + " | ".join(f"{count:,}" for count in FORECAST) + " |",
        "| --- | --- | ---: |" + " ---: |" * len(FORECAST),
    ]
    for fit in growth["fits"]:
        cells = " | ".join(f"{fit['forecast'][str(count)]:,.0f}" for count in FORECAST)
        lines.append(f"| {fit['engine']} | {fit['figure']} | {fit['exponent']:.2f} | {cells} |")
    return [*lines, ""]
