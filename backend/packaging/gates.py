"""All that has to pass before a change goes in; ``python -m backend.packaging.gates``.

Each stage is a command of build.py in a process of its own. Every stage runs, whichever fails. The
last line counts the tests of all stages; a stage that fails without a failed test counts as one.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from build import SPREAD

BUILD_PY: Final = Path(__file__).resolve().parents[2] / "build.py"
_COUNT: Final = re.compile(r"(\d+) (passed|failed|error|skipped)")
_SUMMARY: Final = re.compile(r"^=* ?\d+ (?:passed|failed|error|skipped|deselected).* in [\d.]+s")


@dataclass(frozen=True)
class Stage:
    """One gate.

    Args:
        name: what it is called in the report.
        arguments: of build.py.
    """

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """How a stage ended.

    Args:
        code: its exit code.
        output: stdout and stderr, as they came.
    """

    code: int
    output: str

    @property
    def counts(self) -> dict[str, int]:
        """How many tests passed, failed and were skipped."""
        lines = [line for line in self.output.splitlines() if _SUMMARY.match(line)]
        found = {"passed": 0, "failed": 0, "skipped": 0}
        for number, word in _COUNT.findall(lines[-1] if lines else ""):
            found["failed" if word == "error" else word] += int(number)
        if self.code and not found["failed"]:
            found["failed"] = 1
        return found


# One core each, two at a time, with the longest first.
SINGLE: Final = (
    Stage("check", ("check",)),
    *(Stage(f"smoke {series}", ("test", "--bpy", series, "--smoke", "-n", "1")) for series in
      ("4.2", "5.0", "5.2")),
    Stage("zip", ("test", "--zip")),
)  # fmt: skip
# All cores, alone. What `check` has run is left out.
WHOLE: Final = (
    Stage("tests", ("test", *SPREAD, "--ignore=tests/architecture", "--ignore=tests/docs")),
)

RunStage = Callable[[Stage], Finding]


def run_stage(stage: Stage) -> Finding:
    """Run build.py with the stage's arguments."""
    done = subprocess.run(
        [sys.executable, str(BUILD_PY), *stage.arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    return Finding(done.returncode, done.stdout)


def run_all(groups: Sequence[tuple[int, Sequence[Stage]]], run: RunStage = run_stage) -> int:
    """Run groups of stages one after another, and report.

    Args:
        groups: how many stages run at once, and which.
        run: runs one stage.

    Returns:
        0 where every stage passed, else 1.
    """
    findings: dict[Stage, Finding] = {}
    for at_once, stages in groups:
        with ThreadPoolExecutor(at_once) as pool:
            findings.update(zip(stages, pool.map(_reported(run), stages), strict=True))
    failed = [stage.name for stage, finding in findings.items() if finding.code]
    total = {word: sum(f.counts[word] for f in findings.values()) for word in Finding(0, "").counts}
    click.echo(f"failed: {', '.join(failed)}" if failed else "every stage passed")
    click.echo("{passed} passed, {failed} failed, {skipped} skipped".format(**total))
    return 1 if failed else 0


def _reported(run: RunStage) -> RunStage:
    """The same, which also prints the stage's output when it has ended, in one piece."""

    def reported(stage: Stage) -> Finding:
        began = time.monotonic()
        finding = run(stage)
        ended = "passed" if finding.code == 0 else f"FAILED with code {finding.code}"
        took = time.monotonic() - began
        click.echo(f"\n######## {stage.name}: {ended}, {took:.0f} s\n{finding.output}")
        return finding

    return reported


def main() -> int:
    """Command line; returns the exit code."""
    return run_all(((2, SINGLE), (1, WHOLE)))


if __name__ == "__main__":
    sys.exit(main())
