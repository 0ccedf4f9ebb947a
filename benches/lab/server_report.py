"""The record of benches/server in words."""

from __future__ import annotations

import statistics

from . import machine


def written(record: dict) -> str:
    rounds = record["rounds"]

    def median(*path: str) -> float:
        values = []
        for figures in rounds:
            value = figures
            for name in path:
                value = value[name]
            values.append(value)
        return statistics.median(values)

    def rate(name: str, load: str) -> float:
        return statistics.median(figures[name][load]["requests"] / figures[name][load]["seconds"] for figures in rounds)

    def ratio(peer: str, load: str) -> float:
        def per_second(figures: dict, name: str) -> float:
            return figures[name][load]["requests"] / figures[name][load]["seconds"]

        return statistics.median(per_second(figures, "semsearch") / per_second(figures, peer) for figures in rounds)

    peers = [name for name in rounds[0] if name != "semsearch"]
    errors = sum(figures["semsearch"][load]["errors"] for figures in rounds for load in ("one", "many", "embeddings", "alone", "beside slow"))
    start = statistics.median(time for figures in rounds for time in figures["semsearch"]["start"])
    slow = statistics.median(figures["semsearch"]["beside slow"]["p99_ms"] / figures["semsearch"]["alone"]["p99_ms"] for figures in rounds)
    lines = [
        "# Under load",
        "",
        f"`{record['command']}`: {len(rounds)} rounds, each load {record['seconds']} s, {record['papers']:,} papers, {record['model']}, hybrid.",
        f"{machine.in_words(record['machine'])}. wrk runs on the same cores. Medians over the rounds.",
        "",
        "| | figure | goal |",
        "| --- | --- | --- |",
        f"| one client, a new question each time: p50, p99 | {median('semsearch', 'one', 'p50_ms'):.2f} ms, "
        f"{median('semsearch', 'one', 'p99_ms'):.2f} ms | 4 ms, 10 ms |",
        f"| 64 clients, a new question each: answers a second | {rate('semsearch', 'many'):.0f} | 500 |",
        f"| the same: p99 | {median('semsearch', 'many', 'p99_ms'):.0f} ms | 250 ms |",
        f"| errors in all loads | {errors} | 0 |",
    ]
    for peer in peers:
        if peer != "fastapi":
            lines.append(
                f"| 64 clients, beside {peer} ({rate(peer, 'many'):.0f} answers a second, p50 of one client "
                f"{median(peer, 'one', 'p50_ms'):.1f} ms) | {ratio(peer, 'many'):.1f} × | 5 × |"
            )
    texts = 32 * rate("semsearch", "embeddings")
    lines.append(f"| /v1/embeddings, 32 abstracts a request: texts a second | {texts:.0f} | |")
    if "fastapi" in peers:
        lines.append(
            f"| beside sentence-transformers behind FastAPI ({32 * rate('fastapi', 'embeddings'):.0f} texts a second) | "
            f"{ratio('fastapi', 'embeddings'):.1f} × | 4 × |"
        )
    lines += [
        f"| p99 of 8 clients beside 1,000 slow ones, as a multiple | {slow:.2f} × | 1.5 × |",
        f"| start to the first answer | {start:.0f} ms | 60 ms |",
        f"| first view of the page; with a question | {median('semsearch', 'page', 'empty', 'p50_ms'):.1f} ms; "
        f"{median('semsearch', 'page', 'view', 'p50_ms'):.1f} ms | 100 ms |",
        f"| each further letter: p50; the slowest | {median('semsearch', 'page', 'letter', 'p50_ms'):.1f} ms; "
        f"{median('semsearch', 'page', 'letter', 'max_ms'):.1f} ms | 50 ms |",
        f"| the marks, which come after the papers | {median('semsearch', 'page', 'marks', 'p50_ms'):.0f} ms | |",
    ]
    if "soak" in record:
        seen = record["soak"]["seen"]
        # The cache of answers fills first.
        settled = seen[len(seen) // 3 :]
        low, high = (pick(one["rss_mib"] for one in settled) for pick in (min, max))
        lines.append(
            f"| memory over {record['soak']['minutes']:.0f} minutes, {sum(one['requests'] for one in seen):,} answers, "
            f"{sum(one['errors'] for one in seen)} errors: from a third of the time on | {low:.0f} to {high:.0f} MiB "
            f"({100 * (high - low) / low:.1f} %) | 5 % |"
        )
    return "\n".join(lines) + "\n"
