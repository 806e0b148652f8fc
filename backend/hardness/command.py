"""``python -m backend hardness``: try to break things, at full size, and count what was lost."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from backend.processes import run_limited

from .parts import FULL, PARTS, QUICK, Part
from .results import Hardness, PartResult, read_report

ROOT: Final = Path(__file__).resolve().parents[2]
LIMIT_S: Final = 6 * 3600.0
_PLAIN: Final = ("-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1")

_log = logging.getLogger(__name__)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures.")
@click.option("--fuzz", type=click.IntRange(1), help=f"Mutated inputs; {FULL['fuzz']}.")
@click.option("--sequences", type=click.IntRange(1), help=f"Edit sequences; {FULL['edits']}.")
@click.option("--kills", type=click.IntRange(1), help=f"Times a batch dies; {FULL['kills']}.")
@click.option("--farm-jobs", type=click.IntRange(1), help=f"Jobs on a farm; {FULL['farm']}.")
@click.option("--quick", is_flag=True, help="Little of each, unless said otherwise.")
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default=True,
    help="Over which tests that can be parted are spread.",
)
@click.pass_context
def command(
    context: click.Context,
    json_path: Path | None,
    fuzz: int | None,
    sequences: int | None,
    kills: int | None,
    farm_jobs: int | None,
    quick: bool,
    processes: int,
) -> None:
    """Fuzz every reader, edit at random, kill batches and workers, and count what was lost.

    The code is 0 if every part ran to its end, none of its tests was skipped and none failed.
    """
    given = {"fuzz": fuzz, "edits": sequences, "kills": kills, "farm": farm_jobs}
    usual = QUICK if quick else FULL
    sizes = {name: size or usual[name] for name, size in given.items()}
    found = try_all(sizes, processes, json_path)
    _print(found, Console())
    context.exit(0 if found.is_good else 1)


def try_all(sizes: Mapping[str, int], processes: int, json_path: Path | None) -> Hardness:
    """Run every part, and write what was found after each.

    Args:
        sizes: how much is tried, by the part's name.
        processes: over which tests may be spread.
        json_path: of the file; None for none.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun by a shell in its background
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a part tests Ctrl C
    found = Hardness()
    for part in PARTS:
        found.results.append(try_part(part, sizes.get(part.name, 0), processes))
        if json_path is not None:
            found.write(json_path)
    return found


def try_part(part: Part, size: int, processes: int) -> PartResult:
    """Run the tests of a part in a process of their own.

    Args:
        part: which.
        size: how much is tried.
        processes: over which its tests may be spread.
    """
    _log.info("%s: %s", part.name, " ".join(part.arguments(size)))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        report = Path(folder, "report.xml")
        spread = ["-n", str(processes), "--dist", "load"] if part.spread and processes > 1 else []
        command_line = [
            sys.executable, "-m", "pytest", *_PLAIN, *spread, f"--junitxml={report}",
            f"--basetemp={Path(folder, 'files')}", *part.arguments(size),
        ]  # fmt: skip
        try:
            code = run_limited(command_line, LIMIT_S, cwd=ROOT, show=_show).returncode
        except subprocess.TimeoutExpired:
            code = -1
        return read_report(part, report, code, time.monotonic() - began)


def _show(line: str) -> None:
    if line.strip():
        _log.info("  %s", line)


def _print(found: Hardness, console: Console) -> None:
    table = Table(title="Hardness", show_lines=False)
    for column in ("part", "counted", "failures", "seconds"):
        table.add_column(column, overflow="fold")
    for each in found.results:
        counted = ", ".join(f"{name} {value}" for name, value in each.figures.items())
        failures = "\n".join(text.partition("\n")[0][:200] for text in each.failures[:10])
        table.add_row(each.part.name, counted, failures or "none", f"{each.seconds:.0f}")
    console.print(table)
