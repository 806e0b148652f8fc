"""All that has to pass before a change goes in; ``python -m backend.packaging.gates``.

Each stage is a command of build.py in a process of its own. Every stage runs, whichever fails; one
that does not end by itself is ended, with all that it started, and has failed. Lines are shown as
they come, after the name of their stage. The last line counts the tests of all stages; a stage that
fails without a failed test counts as one.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from backend.processes import kill_running, run_limited
from build import SPREAD

BUILD_PY: Final = Path(__file__).resolve().parents[2] / "build.py"
_COUNT: Final = re.compile(r"(\d+) (passed|failed|error|skipped)")
_LAST_LINES: Final = 200
_SUMMARY: Final = re.compile(r"^=* ?\d+ (?:passed|failed|error|skipped|deselected).* in [\d.]+s")


@dataclass(frozen=True)
class Stage:
    """One gate.

    Args:
        name: what it is called in the report.
        arguments: of build.py.
        limit_s: seconds after which it counts as stuck; many times what it takes.
    """

    name: str
    arguments: tuple[str, ...]
    limit_s: float = 900.0


@dataclass(frozen=True)
class Finding:
    """How a stage ended.

    Args:
        code: its exit code; None where it did not end within its limit.
        output: stdout and stderr, as they came.
    """

    code: int | None
    output: str

    @property
    def counts(self) -> dict[str, int]:
        """How many tests passed, failed and were skipped."""
        lines = [line for line in self.output.splitlines() if _SUMMARY.match(line)]
        found = {"passed": 0, "failed": 0, "skipped": 0}
        for number, word in _COUNT.findall(lines[-1] if lines else ""):
            found["failed" if word == "error" else word] += int(number)
        if self.code != 0 and not found["failed"]:
            found["failed"] = 1
        return found


# One core each, two at a time, with the longest first.
SINGLE: Final = (
    Stage("check", ("check",)),
    *(Stage(f"smoke {series}", ("test", "--bpy", series, "--smoke", "-n", "1")) for series in
      ("4.2", "5.0", "5.2")),
    Stage("zip", ("test", "--zip", "tests/packaging")),
)  # fmt: skip
# All cores, alone. What `check` has run is left out.
WHOLE: Final = (
    Stage("tests", ("test", *SPREAD, "--ignore=tests/architecture", "--ignore=tests/docs"), 3000.0),
)

RunStage = Callable[[Stage], Finding]


def run_stage(stage: Stage) -> Finding:
    """Run build.py with the stage's arguments, for as long as the stage may take."""
    command = [sys.executable, str(BUILD_PY), *stage.arguments]

    def show(line: str) -> None:
        click.echo(f"{stage.name} | {line}")
        sys.stdout.flush()

    try:
        done = run_limited(command, stage.limit_s, show=show)
    except subprocess.TimeoutExpired as stuck:
        return Finding(None, str(stuck.output))
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
    failed = [stage.name for stage, finding in findings.items() if finding.code != 0]
    total = {word: sum(f.counts[word] for f in findings.values()) for word in Finding(0, "").counts}
    click.echo(f"failed: {', '.join(failed)}" if failed else "every stage passed")
    click.echo("{passed} passed, {failed} failed, {skipped} skipped".format(**total))
    return 1 if failed else 0


def _reported(run: RunStage) -> RunStage:
    """The same, which also says when the stage begins and how it ended."""

    def reported(stage: Stage) -> Finding:
        click.echo(f"######## {stage.name}: begins")
        began = time.monotonic()
        finding = run(stage)
        click.echo(_report(stage, finding, time.monotonic() - began))
        sys.stdout.flush()
        return finding

    return reported


def _report(stage: Stage, finding: Finding, took_s: float) -> str:
    """One line where it passed; else also its last lines in one piece."""
    heading = f"######## {stage.name}: "
    if finding.code == 0:
        return f"{heading}passed, {took_s:.0f} s"
    how = (
        f"did not end within {stage.limit_s:.0f} s and was ended"
        if finding.code is None
        else f"code {finding.code}, {took_s:.0f} s"
    )
    last = finding.output.splitlines()[-_LAST_LINES:]
    return "\n".join([f"{heading}FAILED: {how}. Its last lines:", *last, f"{heading}FAILED"])


def _end(number: int, _: object) -> None:
    """Take what runs along, for its processes are in sessions of their own."""
    kill_running()
    os._exit(128 + number)


def main() -> int:
    """Command line; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    return run_all(((2, SINGLE), (1, WHOLE)))


if __name__ == "__main__":
    sys.exit(main())
