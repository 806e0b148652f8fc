"""The command line inside Blender: ``blender -b scene.blend --command neural_motion walk …``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

import bpy

from ..core.errors import REPORTED, in_words
from ..core.notes import Note, warnings_in
from . import models
from .batch import jobs_command, run_command
from .commands import generators, tools
from .report import Report
from .single import work_on_file

COMMAND: Final = "neural_motion"
DONE, FAILED, WARNED = 0, 1, 3  # 2 is argparse's: the options are wrong
_handles: list[Any] = []


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line.

    Args:
        arguments: what follows the command's name.

    Returns:
        0 when all went well, 1 when the scene or the model cannot be used, 3 when keys were written
        and saved, but are not in everything what was asked for; the reason is on stderr. Those of
        ``run`` are its own.
    """
    chosen = parser().parse_args(list(arguments))
    chosen.arguments = tuple(arguments)
    try:
        report: Report | int = chosen.run(chosen)
    except REPORTED as error:
        _fail(chosen, in_words(error))
        return FAILED
    if isinstance(report, int):
        return report
    _tell(chosen, report)
    return WARNED if warnings_in(report.told) else DONE


def _fail(chosen: argparse.Namespace, reason: str) -> None:
    if _in_json(chosen):
        _write_json({"state": "failed", "error": reason})
    sys.stderr.write(f"neural_motion: {reason}\n")


def _tell(chosen: argparse.Namespace, report: Report) -> None:
    if _in_json(chosen):
        state = "warned" if warnings_in(report.told) else "done"
        _write_json({"state": state, **report.facts()})
        return
    _tell_notes(report.told)
    sys.stdout.write(report.text + "\n")


def _in_json(chosen: argparse.Namespace) -> bool:
    return getattr(chosen, "log", "text") == "json"


def _write_json(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")


def _tell_notes(texts: Iterable[str]) -> None:
    for text in texts:
        level = "note" if isinstance(text, Note) else "warning"
        sys.stderr.write(f"neural_motion: {level}: {text}\n")


def parser() -> argparse.ArgumentParser:
    """The commands of all capabilities with their options."""
    made = argparse.ArgumentParser(prog=f"blender -b FILE --command {COMMAND}")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for each in generators().values():
        each.add_parser(commands).set_defaults(run=work_on_file, generate=each.generate)
    for tool in tools().values():
        tool.add_parser(commands).set_defaults(run=tool.run)
    models.add_parser(commands).set_defaults(run=models.run)
    run_command.add_parser(commands).set_defaults(run=run_command.run)
    jobs_command.add_parser(commands)
    return made


def register() -> None:
    """Add the command to Blender's ``--command``."""
    _handles.append(bpy.utils.register_cli_command(COMMAND, run))


def unregister() -> None:
    """Take it out again."""
    while _handles:
        bpy.utils.unregister_cli_command(_handles.pop())
