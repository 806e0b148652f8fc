"""What an animator can do, a package each; ``core.capabilities`` names them all."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import bpy

from .. import blender
from ..blender.ui.menus import Subject
from ..core.capabilities import CAPABILITIES
from ..core.errors import RegistryError
from ..core.inference.choice import ModelChoice
from ..core.jobs import Cancellation
from . import character, found, joints, layers
from .character import properties
from .package import Package, Part


def packages() -> list[ModuleType]:
    """The package of each capability, in order."""
    return [_package(each.name) for each in CAPABILITIES]


def _package(name: str) -> ModuleType:
    """A capability's package.

    Raises:
        RegistryError: the capability is registered, but its package is missing.
    """
    whole = f"{__package__}.{name}"
    try:
        return import_module(whole)
    except ModuleNotFoundError as error:
        if error.name != whole:
            raise  # something that the package itself needs
        raise RegistryError(
            f"core/capabilities.py names '{name}', but there is no package capabilities/{name}. "
            "Add it, or take the line out"
        ) from error


def parts(but: str) -> dict[str, Part]:
    """How each capability takes part in a performance, by its name, in the order of writing.

    Args:
        but: the capability that asks, which is no part of its own.
    """
    names = (each.name for each in CAPABILITIES if each.name != but)
    found = {name: _package(name).PACKAGE.part for name in names}
    taking = [(name, part) for name, part in found.items() if part is not None]
    return dict(sorted(taking, key=lambda each: each[1].order))


def path_walker(choice: ModelChoice, cancellation: Cancellation) -> Any | None:
    """What walks people along paths; ``Package.walker`` says what it takes and gives.

    Args:
        choice: where the models lie and how to run them.
        cancellation: ends a walk that is under way.

    Returns:
        None where no capability offers one.
    """
    openers = (_package(each.name).PACKAGE.walker for each in CAPABILITIES)
    return next((opener(choice, cancellation) for opener in openers if opener is not None), None)


def reason_of_another(armature: bpy.types.Object, name: str) -> str | None:
    """Why a character is for another capability than this one, in the user's words.

    Args:
        armature: of the character.
        name: of the capability that asks.
    """
    claims = (_package(each.name).PACKAGE.claims for each in CAPABILITIES if each.name != name)
    reasons = (claim(armature) for claim in claims if claim is not None)
    return next((reason for reason in reasons if reason is not None), None)


def offers() -> tuple[Package, ...]:
    """What hangs at a character: its joints, each capability, and the list of what these wrote."""
    return joints.PACKAGE, *(each.PACKAGE for each in packages()), layers.PACKAGE


def classes() -> list[type]:
    """Operators and panels, from the top of the tab to its end."""
    return [*character.CLASSES, *(one for offer in offers() for one in offer.classes)]


def subjects() -> list[Subject]:
    """Operators and panels by what they are about, in the order of the tab."""
    return [
        Subject("Character", character.CLASSES),
        *(Subject(_title_of(offer), offer.classes) for offer in offers()),
        Subject("Scene", blender.CLASSES),
    ]


def _title_of(offer: Package) -> str:
    titles = {each.name: each.title for each in CAPABILITIES}
    return titles.get(offer.name, offer.name.capitalize())


def register() -> None:
    """Add every capability to Blender."""
    properties.register(offers())
    for each in classes():
        bpy.utils.register_class(each)
    for offer in offers():
        for service in offer.services:
            service.register()
    found.register(subjects())


def unregister() -> None:
    """Take them out again, backwards."""
    found.unregister()
    for offer in reversed(offers()):
        for service in reversed(offer.services):
            service.unregister()
    for each in reversed(classes()):
        bpy.utils.unregister_class(each)
    properties.unregister()
