"""The command line inside Blender: ``blender -b scene.blend --command neural_motion walk …``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import bpy

from ..capabilities import packages
from ..core.errors import NeuralMotionError

COMMAND: Final = "neural_motion"
_handles: list[Any] = []


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line.

    Args:
        arguments: what follows the command's name.

    Returns:
        0 when all went well, 1 when the scene or the model cannot be used; the reason is on stderr.
    """
    chosen = parser().parse_args(list(arguments))
    try:
        sys.stdout.write(chosen.run(chosen) + "\n")
    except NeuralMotionError as error:
        sys.stderr.write(f"neural_motion: {error}\n")
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The commands of all capabilities with their options."""
    made = argparse.ArgumentParser(prog=f"blender -b FILE --command {COMMAND}")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for package in packages():
        module = import_module(f"{package.__name__}.cli")
        module.add_parser(commands).set_defaults(run=module.run)
    return made


def register() -> None:
    """Add the command to Blender's ``--command``."""
    _handles.append(bpy.utils.register_cli_command(COMMAND, run))


def unregister() -> None:
    """Take it out again."""
    while _handles:
        bpy.utils.unregister_cli_command(_handles.pop())
