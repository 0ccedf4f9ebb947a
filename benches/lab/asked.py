"""Asking one index many questions through `semsearch ask`."""

from __future__ import annotations

import json
import subprocess


def ask(program: str, index: str, questions: list[str], *flags: str) -> list[dict]:
    """The answer to each question, as `ask --json` has it."""
    command = [program, "--offline", "ask", "-", "--index", index, "--json", *flags]
    done = subprocess.run(command, input="\n".join(questions) + "\n", capture_output=True, text=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(questions):
        raise SystemExit(f"{len(answers)} answers to {len(questions)} questions: {done.stderr}")
    return answers
