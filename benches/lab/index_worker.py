"""One index library that is not ours, measured once, in a process of its own; the Python side of benches/index.

usage: index_worker.py build ENGINE --vectors DIR --index DIR --threads N
       index_worker.py sweep ENGINE --vectors DIR --index DIR --threads N --settings EF,... --half even|odd --ids FILE
       index_worker.py single ENGINE --vectors DIR --index DIR --threads 1 --settings EF,...
       index_worker.py first ENGINE --vectors DIR --index DIR --threads 1 --settings EF
       index_worker.py batch ENGINE --vectors DIR --index DIR --threads N
       index_worker.py filter ENGINE --vectors DIR --index DIR --threads 1 --settings EF,... --allowed FILE --ids FILE

DIR of vectors holds base.bin and queries.bin, rows of little-endian f32; `allowed` has a bit for each row, the lowest of
a byte first. The answer is one line of JSON after `index: `; ids found go to FILE, i32 of settings x queries x 10, which
benches/index scores for every engine alike. crates/index/benches/ann is the same for engines in Rust.

All are asked for inner products. M is 16 and ef_construction 200 for hnswlib, as everybody measures it; faiss has the M
of its HNSW32, its own default; usearch and SVS as many links as hnswlib, which is 32 on the lowest level.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

DIM, K = 384, 10
M, FAISS_M, DEGREE, EF_CONSTRUCTION = 16, 32, 32, 200
HALVES = ("even", "odd")
# A pass is repeated until this much time has passed, and at least so often; the fastest counts.
AT_LEAST_S, AT_LEAST = 0.1, 3
# Passes on several threads are made at least this long, so that starting threads does not count.
LONG_S = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("build", "sweep", "single", "first", "batch", "filter"))
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--settings", default="")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--ids", type=Path)
    parser.add_argument("--allowed", type=Path)
    given = parser.parse_args()
    queries = read(given.vectors / "queries.bin")
    engine = ENGINES[given.engine](given.threads)
    settings = [int(setting) for setting in given.settings.split(",") if setting]

    if given.mode == "build":
        report = build(engine, read(given.vectors / "base.bin"), given.index)
    elif given.mode == "first":
        report = first(engine, queries, given.index, settings[0])
    else:
        engine.open(given.index)
        if given.mode == "sweep":
            report = sweep(engine, queries, settings, given.threads, given.half, given.ids)
        elif given.mode == "batch":
            report = batch(engine, queries)
        elif given.mode == "filter":
            report = filtered(engine, queries, settings, np.fromfile(given.allowed, np.uint8), given.ids)
        else:
            report = single(engine, queries, settings)
    # Libraries speak on standard output as well; benches/index reads the line with this mark.
    sys.stdout.write("\nindex: " + json.dumps(report) + "\n")


def read(path: Path) -> np.ndarray:
    return np.fromfile(path, dtype="<f4").reshape(-1, DIM)


def build(engine: Engine, rows: np.ndarray, folder: Path) -> dict:
    folder.mkdir(parents=True)
    wall, cpu = time.perf_counter(), time.process_time()
    engine.build(rows)
    built = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    engine.save(folder)
    bytes_ = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return built | {"rows": len(rows), "file_bytes": bytes_}


def first(engine: Engine, queries: np.ndarray, folder: Path, setting: int) -> dict:
    """Opening and the first two answers; the interpreter and the library were loaded before the clock started."""
    engine.prepare()
    started = time.perf_counter()
    engine.open(folder)
    opened = time.perf_counter()
    engine.set(setting)
    engine.search(queries[:1])
    answered = time.perf_counter()
    engine.search(queries[1:2])
    again = time.perf_counter()
    return {
        "open_ms": (opened - started) * 1e3,
        "first_ms": (answered - started) * 1e3,
        "second_ms": (again - answered) * 1e3,
    }


def sweep(engine: Engine, queries: np.ndarray, settings: list[int], threads: int, half: str, ids: Path) -> dict:
    """Queries with even numbers or with odd ones; one thread goes by CPU time, several by the clock on the wall."""
    points = []
    found = np.full((len(settings), len(queries), K), -1, np.int32)
    start = HALVES.index(half)
    asked = np.ascontiguousarray(queries[start::2])
    for place, setting in enumerate(settings):
        engine.set(setting)
        before = time.perf_counter()
        answer = engine.search(asked)
        took = time.perf_counter() - before
        found[place, start::2, : answer.shape[1]] = answer
        times = 1 if threads == 1 else max(1, round(LONG_S / max(took, 1e-4)))
        tiled = asked if times == 1 else np.tile(asked, (times, 1))
        wall, cpu = fastest(lambda tiled=tiled: engine.search(tiled))
        timed = {"wall_s": wall / times, "cpu_s": cpu / times, "queries": len(asked)}
        points.append({"setting": str(setting), half: timed})
    found.tofile(ids)
    return {"points": points}


def fastest(run: Callable) -> tuple[float, float]:
    walls, cpus = [], []
    while len(walls) < AT_LEAST or sum(walls) < AT_LEAST_S:
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    return min(walls), min(cpus)


def single(engine: Engine, queries: np.ndarray, settings: list[int]) -> dict:
    """One query a call: the median and the 99th percentile, what a call from Python costs included."""
    points = []
    for setting in settings:
        engine.set(setting)
        engine.search(queries[:1])
        times, started = [], time.process_time()
        for number in range(len(queries)):
            before = time.perf_counter()
            engine.search(queries[number : number + 1])
            times.append((time.perf_counter() - before) * 1e3)
        cpu = (time.process_time() - started) * 1e3 / len(queries)
        p50, p99 = np.percentile(times, [50, 99])
        points.append({"setting": str(setting), "cpu_ms": cpu, "p50_ms": float(p50), "p99_ms": float(p99)})
    return {"points": points}


def batch(engine: Engine, queries: np.ndarray) -> dict:
    """All queries in one call against one a call."""

    def one_by_one() -> None:
        for number in range(len(queries)):
            engine.search(queries[number : number + 1])

    runs = {"one_by_one": one_by_one, "batch": lambda: engine.search(queries)}
    times = {name: dict(zip(("wall_s", "cpu_s"), fastest(run))) for name, run in runs.items()}
    return {"queries": len(queries)} | times


def filtered(engine: Engine, queries: np.ndarray, settings: list[int], allowed: np.ndarray, ids: Path) -> dict:
    """Of the rows whose bit is set, on one thread."""
    points = []
    found = np.full((len(settings), len(queries), K), -1, np.int32)
    for place, setting in enumerate(settings):
        engine.set(setting)
        point = {"setting": str(setting)}
        answer = engine.search_allowed(queries, allowed)
        found[place, :, : answer.shape[1]] = answer
        for start, name in enumerate(HALVES):
            half = np.ascontiguousarray(queries[start::2])
            wall, cpu = fastest(lambda half=half: engine.search_allowed(half, allowed))
            point[name] = {"wall_s": wall, "cpu_s": cpu, "queries": len(half)}
        points.append(point)
    found.tofile(ids)
    return {"points": points}


class Engine:
    """A library; `prepare` loads it, `set` takes how wide to search, `search` gives ids of rows x 10."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def prepare(self) -> None: ...

    def build(self, rows: np.ndarray) -> None: ...

    def save(self, folder: Path) -> None: ...

    def open(self, folder: Path) -> None: ...

    def set(self, setting: int) -> None: ...

    def search(self, queries: np.ndarray) -> np.ndarray: ...

    def search_allowed(self, queries: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Hnswlib(Engine):
    def prepare(self) -> None:
        import hnswlib

        self.library = hnswlib

    def build(self, rows: np.ndarray) -> None:
        self.prepare()
        self.index = self.library.Index(space="ip", dim=DIM)
        self.index.init_index(max_elements=len(rows), M=M, ef_construction=EF_CONSTRUCTION)
        self.index.add_items(rows, np.arange(len(rows)), num_threads=self.threads)

    def save(self, folder: Path) -> None:
        self.index.save_index(str(folder / "index"))

    def open(self, folder: Path) -> None:
        self.prepare()
        self.index = self.library.Index(space="ip", dim=DIM)
        self.index.load_index(str(folder / "index"))

    def set(self, setting: int) -> None:
        self.index.set_ef(setting)

    def search(self, queries: np.ndarray) -> np.ndarray:
        return self.index.knn_query(queries, K, num_threads=self.threads)[0]


class Faiss(Engine):
    def __init__(self, threads: int, make) -> None:  # noqa: ANN001
        super().__init__(threads)
        self.make = make

    def prepare(self) -> None:
        import faiss

        self.library = faiss
        faiss.omp_set_num_threads(self.threads)

    def build(self, rows: np.ndarray) -> None:
        self.prepare()
        self.index = self.make(self.library)
        if hasattr(self.index, "hnsw"):
            self.index.hnsw.efConstruction = EF_CONSTRUCTION
        self.index.train(rows)
        self.index.add(rows)

    def save(self, folder: Path) -> None:
        self.library.write_index(self.index, str(folder / "index"))

    def open(self, folder: Path) -> None:
        self.prepare()
        self.index = self.library.read_index(str(folder / "index"))

    def set(self, setting: int) -> None:
        self.setting = setting
        if hasattr(self.index, "hnsw"):
            self.index.hnsw.efSearch = setting

    def search(self, queries: np.ndarray) -> np.ndarray:
        return self.index.search(queries, K)[1]

    def search_allowed(self, queries: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        selector = self.library.IDSelectorBitmap(allowed)
        if hasattr(self.index, "hnsw"):
            given = self.library.SearchParametersHNSW(sel=selector, efSearch=self.setting)
        else:
            given = self.library.SearchParameters(sel=selector)
        return self.index.search(queries, K, params=given)[1]


class Usearch(Engine):
    def __init__(self, threads: int, kind: str) -> None:
        super().__init__(threads)
        self.kind = kind

    def prepare(self) -> None:
        from usearch import index

        self.library = index

    def build(self, rows: np.ndarray) -> None:
        self.prepare()
        if self.kind == "i8":
            # Left alone it multiplies by 127, and numbers of about 0.05 keep three bits of eight.
            self.scale = float(127 / np.percentile(np.abs(rows), 99.95))
        rows = self.scaled(rows)
        self.index = self.library.Index(
            ndim=DIM, metric="ip", dtype=self.kind, connectivity=M, expansion_add=EF_CONSTRUCTION
        )
        self.index.add(np.arange(len(rows)), rows, threads=self.threads)

    def scaled(self, rows: np.ndarray) -> np.ndarray:
        if self.kind != "i8":
            return rows
        return np.clip(np.rint(rows * self.scale), -127, 127).astype(np.int8)

    def save(self, folder: Path) -> None:
        self.index.save(folder / "index")
        if self.kind == "i8":
            (folder / "scale").write_text(str(self.scale), encoding="utf-8")

    def open(self, folder: Path) -> None:
        self.prepare()
        if self.kind == "i8":
            self.scale = float((folder / "scale").read_text(encoding="utf-8"))
        # Mapped, not read: the faster of the two to open.
        self.index = self.library.Index.restore(folder / "index", view=True)

    def set(self, setting: int) -> None:
        self.index.expansion_search = setting

    def search(self, queries: np.ndarray) -> np.ndarray:
        keys = self.index.search(self.scaled(queries), K, threads=self.threads).keys
        return keys.reshape(len(queries), -1).astype(np.int64)


class Svs(Engine):
    """Vamana built on f32, searched over 4-bit codes with an 8-bit residual."""

    def prepare(self) -> None:
        import svs

        self.library = svs

    def build(self, rows: np.ndarray) -> None:
        self.prepare()
        parameters = self.library.VamanaBuildParameters(
            graph_max_degree=DEGREE, window_size=EF_CONSTRUCTION, alpha=0.95
        )
        self.index = self.library.Vamana.build(
            parameters, rows, self.library.DistanceType.MIP, num_threads=self.threads
        )

    def save(self, folder: Path) -> None:
        """Compresses what was built and keeps that only."""
        import shutil

        self.write(folder)
        whole = self.library.VectorDataLoader(str(folder / "data"), self.library.DataType.float32)
        codes = self.library.LVQLoader(
            whole, primary=4, residual=8, padding=32, strategy=self.library.LVQStrategy.Turbo
        )
        self.load(folder, codes)
        shutil.rmtree(folder)
        folder.mkdir()
        self.write(folder)

    def write(self, folder: Path) -> None:
        parts = [folder / part for part in ("config", "graph", "data")]
        for part in parts:
            part.mkdir()
        self.index.save(*map(str, parts))

    def open(self, folder: Path) -> None:
        self.prepare()
        strategy = self.library.LVQStrategy.Turbo
        self.load(folder, self.library.LVQLoader(str(folder / "data"), padding=32, strategy=strategy))

    def load(self, folder: Path, data) -> None:  # noqa: ANN001
        self.index = self.library.Vamana(
            str(folder / "config"),
            self.library.GraphLoader(str(folder / "graph")),
            data,
            self.library.DistanceType.MIP,
            num_threads=self.threads,
        )

    def set(self, setting: int) -> None:
        self.index.search_window_size = setting

    def search(self, queries: np.ndarray) -> np.ndarray:
        return self.index.search(queries, K)[0].astype(np.int64)


ENGINES = {
    "hnswlib": Hnswlib,
    "faiss-hnsw32": lambda threads: Faiss(
        threads, lambda faiss: faiss.IndexHNSWFlat(DIM, FAISS_M, faiss.METRIC_INNER_PRODUCT)
    ),
    "faiss-hnsw32-sq8": lambda threads: Faiss(
        threads,
        lambda faiss: faiss.IndexHNSWSQ(DIM, faiss.ScalarQuantizer.QT_8bit, FAISS_M, faiss.METRIC_INNER_PRODUCT),
    ),
    "faiss-flat": lambda threads: Faiss(threads, lambda faiss: faiss.IndexFlatIP(DIM)),
    "usearch-f32": lambda threads: Usearch(threads, "f32"),
    "usearch-i8": lambda threads: Usearch(threads, "i8"),
    "svs-lvq4x8": Svs,
}

if __name__ == "__main__":
    main()
