"""Papers written as the lists that benches/reading reads: RIS, NBIB, CSV and BibTeX."""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TextIO


def write(papers: list[dict], folder: Path) -> dict[str, Path]:
    """Writes the papers in each format and gives the files by the format's name."""
    files = {}
    for name, writer in WRITERS.items():
        files[name] = folder / f"papers.{name}"
        with files[name].open("w", encoding="utf-8", newline="") as file:
            writer(papers, file)
    return files


def ris(papers: list[dict], file: TextIO) -> None:
    for number, paper in enumerate(papers):
        authors = "".join(f"AU  - {name}\n" for name in paper["authors"])
        file.write(f"TY  - JOUR\nTI  - {line(paper['title'])}\n{authors}AB  - {line(paper['abstract'])}\n")
        file.write(f"PY  - {year(paper)}\nDO  - 10.1000/{number}\nER  - \n\n")


def nbib(papers: list[dict], file: TextIO) -> None:
    for number, paper in enumerate(papers, 1):
        file.write(f"\nPMID- {number}\nOWN - NLM\nDP  - {year(paper)} Apr 28\n")
        file.write(folded("TI", paper["title"]) + folded("AB", paper["abstract"]))
        for name in paper["authors"]:
            given, _, family = name.rpartition(" ")
            file.write(f"FAU - {family}, {given}\nAU  - {family} {given[:1]}\n")
        file.write(f"JT  - Journal of seas\nLID - 10.1000/{number} [doi]\n")


def table(papers: list[dict], file: TextIO) -> None:
    rows = csv.writer(file)
    rows.writerow(["id", "title", "abstract", "authors", "year", "doi"])
    for number, paper in enumerate(papers):
        authors = "; ".join(paper["authors"])
        rows.writerow([paper["id"], paper["title"], paper["abstract"], authors, year(paper), f"10.1000/{number}"])


def bibtex(papers: list[dict], file: TextIO) -> None:
    for number, paper in enumerate(papers):
        fields = {
            "title": bare(paper["title"]),
            "author": " and ".join(map(bare, paper["authors"])),
            "year": str(year(paper)),
            "doi": f"10.1000/{number}",
            "abstract": bare(paper["abstract"]),
        }
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        file.write(f"@article{{k{number},\n{body}\n}}\n\n")


def folded(tag: str, text: str) -> str:
    """A field in lines of eighty characters, as PubMed writes it."""
    return "\n      ".join(textwrap.wrap(f"{tag:<4}- {line(text)}", 86, break_on_hyphens=False)) + "\n"


def line(text: str) -> str:
    return " ".join(text.split())


def bare(text: str) -> str:
    """Text without signs that a reader of BibTeX may stumble over, so that all read as many records."""
    return line(text.translate(dict.fromkeys(map(ord, '{}\\"@'))))


def year(paper: dict) -> int:
    return paper.get("year") or 2021


WRITERS: dict[str, Callable[[list[dict], TextIO], None]] = {"ris": ris, "nbib": nbib, "csv": table, "bib": bibtex}
