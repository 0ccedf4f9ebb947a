"""Where things are: the clone, what was built, the papers, and an environment of Python packages."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Papers and judgements of the project's developers, beside the clone; users name their own.
SHARED = ROOT.parent / "shared/data"
DEMO = ROOT / "data/demo_papers.jsonl"


def target() -> Path:
    """Where cargo puts what it builds; all that the benches install or make goes below it too."""
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()


def build(*targets: str) -> dict[str, Path]:
    """Builds cargo targets (`--bin`, NAME, ...) for release and gives the path of each program by its name."""
    # The whole workspace, so that features unify as they do in what users build.
    command = ["cargo", "build", "--release", "--locked", "--workspace", "--message-format=json-render-diagnostics"]
    answer = subprocess.run([*command, *targets], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    messages = map(json.loads, answer.stdout.splitlines())
    return {made["target"]["name"]: Path(made["executable"]) for made in messages if made.get("executable")}


def environment(name: str, requirements: list[str], note: str = "") -> Path:
    """The Python of an environment that holds `requirements`; made once, and again when they change."""
    folder = target() / "peers" / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = folder / "installed", "\n".join([sys.version, *requirements])
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"installing into {folder}{note}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True, stdout=sys.stderr)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def requirements(file: str = "requirements.txt") -> list[str]:
    lines = (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def digest(*parts: str | bytes | Path) -> str:
    """A short name for some content; a path stands for what the file holds."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "little") + content)
    return total.hexdigest()[:16]
