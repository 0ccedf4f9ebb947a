"""One peer, measured once, in a process of its own. `benches/encoders` starts it; what it prints is one JSON line.

usage: python worker.py throughput ENGINE --model DIR --models DIR --threads N --texts FILE --vectors FILE
       python worker.py latency    ENGINE --model DIR --models DIR --threads N --texts FILE --count N
       python worker.py first      ENGINE --model DIR --models DIR --threads N --texts FILE

ENGINE is sentence-transformers, or onnxruntime or openvino with -f32 or -int8. --model is the model's folder, --models
the one export.py wrote. Texts are a JSON list. Vectors are written as rows of little-endian f32, in the texts' order.

Every engine is timed end to end, from text to a vector of length 1, after it was loaded and has encoded 32 texts. It
runs as it was found to be fastest. All sort by length. OpenVINO gets as many streams as threads and batches of 1024
tokens, onnxruntime as many single-threaded runs side by side and batches of 512 tokens: against all threads on each
batch of 2048 tokens, which is how it is mostly used, that takes 30 % less CPU time in f32 and 40 % less in int8.
sentence-transformers has its own 32 texts a batch; fewer are slower.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np

    Encode = Callable[[Sequence[str]], np.ndarray]

MAX_TOKENS = 256
WARM_UP = 32
# As in crates/embed/benches/encode.rs: texts are encoded again until this has passed.
AT_LEAST_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("throughput", "latency", "first"))
    parser.add_argument("engine")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--count", type=int)
    options = parser.parse_args()

    texts = json.loads(options.texts.read_text(encoding="utf-8"))
    encode = load(options.engine, options.model, options.models, options.threads, many=options.mode == "throughput")
    if options.mode == "first":
        answer = {"first": float(encode(texts[:1])[0, 0])}
    elif options.mode == "latency":
        answer = latency(encode, texts, options.count)
    else:
        answer = throughput(encode, texts, options.vectors)
    print(json.dumps(answer), flush=True)


def throughput(encode: Encode, texts: Sequence[str], vectors: Path) -> dict:
    encode(texts[:WARM_UP])
    cpu, started = time.process_time(), time.perf_counter()
    rows, passes = encode(texts), 1
    while time.perf_counter() - started < AT_LEAST_S:
        encode(texts)
        passes += 1
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    rows.astype("<f4").tofile(vectors)
    return {"texts": passes * len(texts), "wall_s": wall, "cpu_s": cpu}


def latency(encode: Encode, texts: Sequence[str], count: int) -> dict:
    for number in range(WARM_UP):
        encode([texts[number % len(texts)]])
    times, cpu = [], time.process_time()
    for number in range(count):
        started = time.perf_counter()
        encode([texts[number % len(texts)]])
        times.append((time.perf_counter() - started) * 1e3)
    cpu = time.process_time() - cpu
    return {"ms": times, "cpu_ms": cpu * 1e3 / count}


def load(engine: str, model: Path, models: Path, threads: int, many: bool) -> Encode:
    """The function from texts to vectors; libraries are loaded here, so that a start pays for its own engine only."""
    if engine == "sentence-transformers":
        return load_sentence_transformers(model, threads)
    library, precision = engine.rsplit("-", 1)
    if library == "onnxruntime":
        return load_onnxruntime(model, models / f"onnx-{precision}.onnx", threads, many)
    if library == "openvino":
        return load_openvino(model, models / f"openvino-{precision}.xml", threads, many)
    raise SystemExit(f"worker: no engine {engine}")


def load_sentence_transformers(model: Path, threads: int) -> Encode:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    encoder = SentenceTransformer(str(model), device="cpu")
    encoder.max_seq_length = MAX_TOKENS
    return lambda texts: encoder.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)


def load_onnxruntime(model: Path, network: Path, threads: int, many: bool) -> Encode:
    from concurrent.futures import ThreadPoolExecutor

    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = 1 if many else threads, 1
    session = onnxruntime.InferenceSession(str(network), settings, providers=["CPUExecutionProvider"])
    # A session may run in several threads at once, and lets go of Python's lock meanwhile.
    beside = ThreadPoolExecutor(threads).map if many else map

    def run(batches: Iterator[Batch], out: np.ndarray) -> None:
        def run_one(batch: Batch) -> None:
            members, ids, mask = batch
            out[members] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]

        list(beside(run_one, batches))

    return through_batches(model, run, budget=512)


def load_openvino(model: Path, network: Path, threads: int, many: bool) -> Encode:
    import openvino

    streams = threads if many else 1
    # The hint is for what is left in floating point; without it some machines would silently take bf16.
    settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": streams, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(str(network), "CPU", settings)
    if not many:
        request = compiled.create_infer_request()

        def run_one(batches: Iterator[Batch], out: np.ndarray) -> None:
            for members, ids, mask in batches:
                out[members] = request.infer([ids, mask])[0]

        return through_batches(model, run_one, budget=1024)

    queue = openvino.AsyncInferQueue(compiled, streams)

    def run(batches: Iterator[Batch], out: np.ndarray) -> None:
        def keep(request, members: list[int]) -> None:  # noqa: ANN001
            out[members] = request.get_output_tensor(0).data

        queue.set_callback(keep)
        for members, ids, mask in batches:
            queue.start_async([ids, mask], userdata=members)
        queue.wait_all()

    return through_batches(model, run, budget=1024)


# Which texts, their token ids, and which of those are real: both padded to the longest.
Batch = "tuple[list[int], np.ndarray, np.ndarray]"


def through_batches(model: Path, run: Callable[[Iterator[Batch], np.ndarray], None], budget: int) -> Encode:
    """Splits texts into tokens and hands `run` batches of like length, at most `budget` tokens with padding."""
    import numpy as np
    from tokenizers import Tokenizer

    tokeniser = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokeniser.no_padding()
    tokeniser.enable_truncation(MAX_TOKENS)
    dimension = json.loads((model / "config.json").read_text(encoding="utf-8"))["hidden_size"]

    def pad(members: list[int], ids: list[list[int]]) -> Batch:
        longest = max(len(ids[member]) for member in members)
        rows, mask = np.zeros((2, len(members), longest), np.int64)
        for row, member in enumerate(members):
            rows[row, : len(ids[member])], mask[row, : len(ids[member])] = ids[member], 1
        return members, rows, mask

    def encode(texts: Sequence[str]) -> np.ndarray:
        ids = [tokens.ids for tokens in tokeniser.encode_batch_fast(list(texts))]
        out = np.empty((len(texts), dimension), np.float32)
        run((pad(members, ids) for members in plan([len(own) for own in ids], budget)), out)
        return out

    return encode


def plan(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Longest first, cut where the padded batch would pass `budget`."""
    members: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if members and lengths[members[0]] * (len(members) + 1) > budget:
            yield members
            members = []
        members.append(index)
    if members:
        yield members


if __name__ == "__main__":
    main()
