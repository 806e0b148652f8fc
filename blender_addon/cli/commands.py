"""The commands that work on a scene: each adds its options, and generates."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any, Protocol, cast

from ..capabilities import character, packages
from ..core.jobs import Progress
from .report import Report


class Generator(Protocol):
    """What a capability's ``cli`` module offers."""

    def add_parser(self, commands: Any) -> argparse.ArgumentParser:
        """Add the command with its options to argparse's sub-commands."""
        ...

    def generate(self, chosen: argparse.Namespace, progress: Progress) -> Report:
        """Do it in the file that is open, and say what was done; saves nothing.

        Raises:
            NeuralMotionError: the scene or a model cannot be used; the scene is as it was.
        """
        ...


def generators() -> dict[str, Generator]:
    """Every command that works on a scene, by its name, in the order of the help."""
    found = {}
    for package in (character, *packages()):
        module = import_module(f"{package.__name__}.cli")
        found[package.__name__.rpartition(".")[2]] = cast("Generator", module)
    return found


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The options of every command that works on a scene, by its name."""
    commands = argparse.ArgumentParser().add_subparsers()
    return {name: each.add_parser(commands) for name, each in generators().items()}
