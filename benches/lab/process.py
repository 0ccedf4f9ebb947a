"""One measured process: what it printed, how long until it did, and the most memory it held."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# How often memory is looked up; the figure looked up only ever rises.
INTERVAL_S = 0.01


@dataclass
class Finished:
    """Seconds are from the process's start to its first line and to its end."""

    first_line: str
    first_line_s: float
    wall_s: float
    cpu_s: float
    peak_mib: float
    lines: list[str]


class Failed(Exception):
    """The message is the end of what the process wrote on standard error."""


def measure(command: list[str | Path], threads: int, one_core: bool = False, extra: dict | None = None) -> Finished:
    """Runs `command` alone with `threads` threads, on one core if so asked."""
    own = {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "RAYON_NUM_THREADS": str(threads),
        "TOKENIZERS_PARALLELISM": "true",
        # A graphics card is another comparison, and nobody may fetch anything while the clock runs.
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_OFFLINE": "1",
    }
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **own, **(extra or {})},
            preexec_fn=stay_on_one_core if one_core and hasattr(os, "sched_setaffinity") else None,
        )
        peak = Peak(process.pid)
        first_line = process.stdout.readline()
        first_line_s = time.perf_counter() - started
        rest = process.stdout.read()
        # Not `process.wait`, which would throw the child's own usage away.
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.stdout.close()
        peak.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            told = errors.read().decode(errors="replace").strip().splitlines()
            raise Failed(f"{Path(command[0]).name} ended with {process.returncode}: " + "\n".join(told[-5:]))
    cpu_s = usage.ru_utime + usage.ru_stime
    peak_mib = peak.mib if PROC.is_dir() else max_rss_mib(usage)
    lines = (first_line + rest).decode(errors="replace").splitlines()
    return Finished(first_line.decode(errors="replace"), first_line_s, wall_s, cpu_s, peak_mib, lines)


class Peak:
    """The most memory a process has held, looked up until it ends.

    Not the usage that the system reports at the end: on Linux that begins with what this process held when it started
    the other, and hides every engine that takes less.
    """

    def __init__(self, pid: int) -> None:
        self.status, self.mib, self.ended = PROC / f"{pid}/status", 0.0, threading.Event()
        self.watching = threading.Thread(target=self.watch)
        self.watching.start()

    def watch(self) -> None:
        while True:
            try:
                lines = self.status.read_text(encoding="utf-8").splitlines()
            except OSError:
                return
            for line in lines:
                if line.startswith("VmHWM:"):
                    self.mib = int(line.split()[1]) / 2**10
            if self.ended.wait(INTERVAL_S):
                return

    def stop(self) -> None:
        self.ended.set()
        self.watching.join()


def max_rss_mib(usage: object) -> float:
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def stay_on_one_core() -> None:
    """Threads that only wait, spinning, then cost what they take."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
