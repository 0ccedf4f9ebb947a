"""The machine a record was made on, and where records go."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from .places import ROOT

RECORDS = ROOT / "benches/record"


def describe() -> dict:
    return {
        "cpu": cpu_name(),
        "cores": cores(),
        "flags": [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8") if flag in cpu_flags()],
        "memory_gib": round(memory_bytes() / 2**30, 1) if memory_bytes() else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "rust": said_by("rustc", "--version"),
        "commit": said_by("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=9"),
        "load_before": load(),
    }


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float | None:
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


def record(date: datetime.date, machine: str | None, what: str, folder: Path) -> Path:
    """`<date>-<machine>-<what>` in `folder`, without an ending."""
    name = machine or f"{cpu_name()} {cores()}"
    name = re.sub(r"\((r|tm)\)|\bcpu\b|@.*?ghz", " ", name.lower())
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{date:%Y-%m-%d}-{'-'.join(re.findall('[a-z0-9.]+', name))}-{what}"


def in_words(machine: dict) -> str:
    flags = f" ({', '.join(machine['flags'])})" if machine["flags"] else ""
    memory = f", {machine['memory_gib']:.0f} GiB" if machine["memory_gib"] else ""
    return (
        f"{machine['cpu']}{flags}, {machine['cores']} cores{memory}, {machine['system']}; {machine['rust']}; "
        f"Python {machine['python']}; commit {machine['commit']}; load {machine['load_before']} before"
    )


def cpu_name() -> str:
    for line in cpu_info():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return said_by("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()


def cpu_flags() -> set[str]:
    return set(next((line for line in cpu_info() if line.startswith("flags")), "").split())


def cpu_info() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, AttributeError):
        return None


def said_by(*command: str) -> str:
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        return ""
