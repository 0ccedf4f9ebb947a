"""One word index that is not ours, measured once, in a process of its own; the Python side of benches/lexical.

usage: lexical_worker.py build ENGINE --papers FILE --index DIR
       lexical_worker.py ask ENGINE --questions FILE --index DIR --found FILE

The answer is one line of JSON after `lexical: `; the rows found, ten a question, go to FILE, i32, -1 where there are
fewer. crates/lexical/benches/lexical.rs is the same for ours.

All peers index one text a paper, the title three times and then the abstract, which is what our formula comes to. They are
asked for any of the words of a question, stop words left out.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

K, K1, B = 10, 0.9, 0.75
# The questions are asked again until this much time has passed, and so often, unless that takes too long.
AT_LEAST_S, AT_LEAST, AT_MOST_S = 0.5, 5, 10
WORD = re.compile(r"\w+")
# Those that bm25s leaves out and that Lucene's list has; ours are the same.
STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to "
    "was will with".split()
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("build", "ask"))
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--papers", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--found", type=Path)
    given = parser.parse_args()
    engine = ENGINES[given.engine]()
    if given.mode == "build":
        report = build(engine, read(given.papers), given.index)
    else:
        report = ask(engine, read(given.questions), given.index, given.found)
    # Libraries speak on standard output as well; benches/lexical reads the line with this mark.
    sys.stdout.write("\nlexical: " + json.dumps(report) + "\n")


def read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def build(engine: Engine, papers: list[dict], folder: Path) -> dict:
    texts = [" ".join([paper["title"]] * 3 + [paper["text"]]) for paper in papers]
    wall, cpu = time.perf_counter(), time.process_time()
    engine.build(texts, folder)
    built = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    bytes_ = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {"papers": len(papers), **built, "file_bytes": bytes_}


def ask(engine: Engine, questions: list[dict], folder: Path, found: Path) -> dict:
    """A question at a time; of a kind, the first pass and the median of further ones, which find memory warm."""
    kinds: dict[str, list[str]] = {}
    for question in questions:
        kinds.setdefault(question["kind"], []).append(question["text"])
    started = time.perf_counter()
    engine.open(folder)
    opened = time.perf_counter() - started
    engine.top("warming up")
    rows, first, one, batch = [], {}, {}, {}
    for kind, asked in kinds.items():
        before = time.process_time()
        answers = [engine.top(text) for text in asked]
        first[kind] = time.process_time() - before
        rows += [[*answer, *[-1] * (K - len(answer))] for answer in answers]
    for kind, asked in kinds.items():
        # So long a pass says enough by itself.
        long = first[kind] > AT_MOST_S
        one[kind] = first[kind] if long else passes(lambda asked=asked: [engine.top(text) for text in asked])
    if engine.top_of_all:
        engine.top_of_all(["warming up"])
        for kind, asked in kinds.items():
            batch[kind] = passes(lambda asked=asked: engine.top_of_all(asked))
    np.array(rows, "<i4").tofile(found)
    counts = {kind: len(asked) for kind, asked in kinds.items()}
    return {"open_s": opened, "questions": counts, "first_cpu_s": first, "one_cpu_s": one, "batch_cpu_s": batch}


def passes(run: Callable[[], object]) -> float:
    """Seconds of CPU, the median."""
    took, started = [], time.perf_counter()
    while (passed := time.perf_counter() - started) < AT_LEAST_S or (len(took) < AT_LEAST and passed < AT_MOST_S):
        before = time.process_time()
        run()
        took.append(time.process_time() - before)
    return statistics.median(took)


def words(question: str) -> list[str]:
    return [word for word in WORD.findall(question.lower()) if word not in STOP_WORDS]


class Engine:
    """Rows of the ten best papers, best first; `top_of_all` where a library takes many questions at once."""

    top_of_all: Callable[[list[str]], object] | None = None

    def build(self, texts: list[str], folder: Path) -> None:
        raise NotImplementedError

    def open(self, folder: Path) -> None:
        raise NotImplementedError

    def top(self, question: str) -> list[int]:
        raise NotImplementedError


class Bm25s(Engine):
    """Its Tokenizer class is a quarter faster for questions one by one than its function; scipy builds faster than
    numpy does. Words of one letter are no words to it, and of equal scores the last paper comes first."""

    def __init__(self) -> None:
        import bm25s
        import Stemmer
        from bm25s.tokenization import Tokenizer

        self.bm25s = bm25s
        self.tokenizer = Tokenizer(stemmer=Stemmer.Stemmer("english").stemWord, stopwords="en")

    def build(self, texts: list[str], folder: Path) -> None:
        index = self.bm25s.BM25(k1=K1, b=B, method="lucene", backend="numba", csc_backend="scipy")
        index.index(self.tokenizer.tokenize(texts, return_as="tuple", show_progress=False), show_progress=False)
        index.save(folder)
        self.tokenizer.save_vocab(folder)

    def open(self, folder: Path) -> None:
        self.index = self.bm25s.BM25.load(folder, show_progress=False)
        self.tokenizer.load_vocab(folder)

    def top(self, question: str) -> list[int]:
        return self.top_of_all([question])[0].tolist()

    def top_of_all(self, questions: list[str]) -> np.ndarray:
        ids = self.tokenizer.tokenize(questions, update_vocab=False, return_as="ids", show_progress=False)
        return self.index.retrieve(ids, k=K, n_threads=1, show_progress=False)[0]


class Fts5(Engine):
    """Without the texts, merged into one b-tree, and all of the file in its cache. With `detail = column` or `none` it is
    up to half as fast again, but then counts a word once a paper."""

    def build(self, texts: list[str], folder: Path) -> None:
        base = sqlite3.connect(folder / "fts5.sqlite", isolation_level=None)
        base.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000")
        base.execute("CREATE VIRTUAL TABLE papers USING fts5(text, content = '', tokenize = 'porter unicode61')")
        base.execute("BEGIN")
        base.executemany("INSERT INTO papers(rowid, text) VALUES (?, ?)", enumerate(texts))
        base.execute("INSERT INTO papers(papers) VALUES ('optimize')")
        base.execute("COMMIT")
        base.execute("VACUUM")
        base.close()

    def open(self, folder: Path) -> None:
        self.base = sqlite3.connect(f"file:{folder / 'fts5.sqlite'}?mode=ro", uri=True)
        self.base.execute("PRAGMA cache_size = -1000000")
        self.base.execute("PRAGMA mmap_size = 1000000000")

    def top(self, question: str) -> list[int]:
        match = " OR ".join(f'"{word}"' for word in words(question))
        best = f"SELECT rowid FROM papers WHERE papers MATCH ? ORDER BY rank LIMIT {K}"  # noqa: S608
        return [row for (row,) in self.base.execute(best, (match,))] if match else []


class Tantivy(Engine):
    """With positions, which phrases need, and without the texts. One thread writes, so that there is one segment."""

    def build(self, texts: list[str], folder: Path) -> None:
        import tantivy

        schema = tantivy.SchemaBuilder().add_text_field("text", tokenizer_name="en_stem").build()
        writer = tantivy.Index(schema, path=str(folder)).writer(heap_size=2_000_000_000, num_threads=1)
        for text in texts:
            writer.add_document(tantivy.Document(text=text))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        import tantivy

        self.index = tantivy.Index.open(str(folder))
        self.searcher = self.index.searcher()
        if (segments := self.searcher.num_segments) != 1:
            sys.exit(f"tantivy: expected one segment, found {segments}")

    def top(self, question: str) -> list[int]:
        query = self.index.parse_query(" ".join(words(question)), ["text"])
        # Without a count of all that match, so that blocks that cannot be among the ten are passed over.
        return [address.doc for _, address in self.searcher.search(query, K, count=False).hits]


ENGINES = {"bm25s": Bm25s, "sqlite-fts5": Fts5, "tantivy": Tantivy}

if __name__ == "__main__":
    main()
