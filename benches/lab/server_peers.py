"""The peers of benches/server, each behind one address of HTTP: `python server_peers.py chroma|txtai|fastapi PORT MODEL PAPERS VECTORS`.

All of them encode a question with sentence-transformers, as their guides do, and answer with the ten best papers, title and abstract
included. PAPERS are JSON lines and VECTORS their vectors, row by row, as `semsearch export --format npy` writes them: nobody is
timed at embedding the collection here.

* chroma: a collection in the process that answers, which is one hop less than its own server with a client before it.
* txtai: words and vectors together, as ours; its own index (faiss), its own BM25, its own store of texts.
* fastapi: embeddings alone, `POST /v1/embeddings`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy
import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

K = 10


class Wanted(BaseModel):
    """The body of `POST /v1/embeddings`."""

    model: str
    input: list[str]


def main() -> None:
    peer, port, model, papers, vectors = sys.argv[1:]
    encoder = SentenceTransformer(model, device="cpu")
    app = FastAPI()
    PEERS[peer](app, encoder, Path(papers), Path(vectors))
    print("ready", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


def read(papers: Path, vectors: Path) -> tuple[list[dict], numpy.ndarray]:
    with papers.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines], numpy.load(vectors)


def encoded(encoder: SentenceTransformer, texts: list[str]) -> numpy.ndarray:
    with torch.inference_mode():
        return encoder.encode(texts, normalize_embeddings=True, show_progress_bar=False)


def chroma(app: FastAPI, encoder: SentenceTransformer, papers: Path, vectors: Path) -> None:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(tempfile.mkdtemp(), Settings(anonymized_telemetry=False))
    collection = client.create_collection("papers", configuration={"hnsw": {"space": "cosine", "ef_search": 128}}, embedding_function=None)
    documents, rows = read(papers, vectors)
    for start in range(0, len(documents), 5000):
        some = documents[start : start + 5000]
        collection.add(
            ids=[str(start + at) for at in range(len(some))],
            embeddings=rows[start : start + len(some)],
            documents=[paper.get("abstract") or paper["title"] for paper in some],
            metadatas=[{"title": paper["title"]} for paper in some],
        )

    @app.get("/search")
    def search(q: str) -> dict:
        found = collection.query(query_embeddings=encoded(encoder, [q]), n_results=K)
        return {"ids": found["ids"], "documents": found["documents"], "metadatas": found["metadatas"], "distances": found["distances"]}


def txtai(app: FastAPI, encoder: SentenceTransformer, papers: Path, vectors: Path) -> None:
    from txtai import Embeddings

    documents, rows = read(papers, vectors)
    texts = [f"{paper['title']}. {paper.get('abstract') or ''}" for paper in documents]
    known = dict(zip(texts, rows))

    def transform(texts: list[str]) -> numpy.ndarray:
        # Papers have their vectors already; questions are encoded.
        return numpy.stack([known[text] for text in texts]) if texts[0] in known else encoded(encoder, list(texts))

    embeddings = Embeddings(method="external", transform=transform, content=True, hybrid=True, backend="faiss")
    embeddings.index(enumerate(texts))

    # One after another: its threads share a connection to the store of texts, and the process ends when they meet there.
    @app.get("/search")
    async def search(q: str) -> list:
        return embeddings.search(q, K)


def fastapi(app: FastAPI, encoder: SentenceTransformer, papers: Path, vectors: Path) -> None:
    @app.post("/v1/embeddings")
    def embeddings(wanted: Wanted) -> dict:
        rows = encoded(encoder, wanted.input).tolist()
        return {"object": "list", "model": wanted.model, "data": [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]}


PEERS = {"chroma": chroma, "txtai": txtai, "fastapi": fastapi}

if __name__ == "__main__":
    main()
