"""What an animator can do, a package each; ``core.capabilities`` names them all."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ..core.capabilities import CAPABILITIES
from . import character, joints


def packages() -> list[ModuleType]:
    """The package of each capability, in order."""
    return [import_module(f".{each.name}", __package__) for each in CAPABILITIES]


def register() -> None:
    """Add every capability to Blender."""
    for part in (character, *packages(), joints):
        part.register()


def unregister() -> None:
    """Take them out again, backwards."""
    for part in reversed((character, *packages(), joints)):
        part.unregister()
