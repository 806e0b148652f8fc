"""The commands that work on a scene: each adds its options, and generates."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, cast

from ..capabilities import character, packages
from ..core.jobs import Progress
from .report import Report


class Generator(Protocol):
    """What a capability's ``cli`` module offers: itself, under the capability's name.

    One that offers several has them in ``GENERATORS``, each by the name of its command.
    """

    def add_parser(self, commands: Any) -> argparse.ArgumentParser:
        """Add the command with its options to argparse's sub-commands."""
        ...

    def generate(self, chosen: argparse.Namespace, progress: Progress) -> Report:
        """Do it in the file that is open, and say what was done; saves nothing.

        Raises:
            NeuralMotionError: the scene or a model cannot be used; the scene is as it was.
        """
        ...


class Tool(Protocol):
    """A command that changes no scene; a ``cli`` module has such in ``TOOLS``, each by its name."""

    def add_parser(self, commands: Any) -> argparse.ArgumentParser:
        """Add the command with its options to argparse's sub-commands."""
        ...

    def run(self, chosen: argparse.Namespace) -> Report:
        """Do it, and say what was done.

        Raises:
            NeuralMotionError: something cannot be used; nothing was written.
        """
        ...


def generators() -> dict[str, Generator]:
    """Every command that works on a scene, by its name, in the order of the help."""
    found: dict[str, Generator] = {}
    for name, module in _modules():
        found |= getattr(module, "GENERATORS", {name: cast("Generator", module)})
    return found


def tools() -> dict[str, Tool]:
    """Every command of a capability that changes no scene, by its name."""
    found: dict[str, Tool] = {}
    for _, module in _modules():
        found |= getattr(module, "TOOLS", {})
    return found


def _modules() -> Iterator[tuple[str, ModuleType]]:
    for package in (character, *packages()):
        yield package.__name__.rpartition(".")[2], import_module(f"{package.__name__}.cli")


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The options of every command that works on a scene, by its name."""
    commands = argparse.ArgumentParser().add_subparsers()
    return {name: each.add_parser(commands) for name, each in generators().items()}
