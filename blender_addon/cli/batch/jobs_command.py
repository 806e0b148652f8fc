"""``blender -b --command neural_motion jobs …``: begin a jobs file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..commands import generators, parsers
from ..common import without_file
from ..report import Report
from .example import example_json, example_toml
from .scan import scan_folder, write_new


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``jobs``."""
    jobs: argparse.ArgumentParser = commands.add_parser(
        "jobs",
        help="begin a jobs file for run",
        description="Begin a jobs file, which 'run' does then. ACTION --help says more.",
    )
    without_file(jobs)
    actions = jobs.add_subparsers(required=True, metavar="ACTION")
    example = actions.add_parser("example", help="print a jobs file with every key there is")
    example.add_argument("--json", action="store_true", help="as JSON, without the comments")
    example.set_defaults(run=_show_example)
    scan = actions.add_parser("scan", help="make a jobs file of a folder of shots and sounds")
    scan.add_argument("folder", type=Path, metavar="DIR", help="looked through with all within it")
    scan.add_argument(
        "--out", type=Path, metavar="FILE", help="a new .toml file (printed without it)"
    )
    scan.set_defaults(run=_scan)
    return jobs


def _show_example(chosen: argparse.Namespace) -> Report:
    return Report((example_json if chosen.json else example_toml)(parsers()))


def _scan(chosen: argparse.Namespace) -> Report:
    folder = chosen.folder.absolute()
    target = (chosen.out or folder / "jobs.toml").absolute()
    text, told = scan_folder(folder, target, generators(), parsers())
    if chosen.out is None:
        return Report(text.rstrip(), told)
    write_new(target, text)
    return Report(f"{target} is written; check it with run {target.name} --dry-run", told)
