"""Drivers that act: what a key cannot change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import bpy


def acting_drivers(datablock: bpy.types.ID) -> Iterator[bpy.types.FCurve]:
    """The drivers of a datablock; one that is muted or broken leaves its property to keys."""
    data = getattr(datablock, "animation_data", None)
    for driver in data.drivers if data is not None else ():
        if not driver.mute and driver.driver.is_valid:
            yield driver


def driven_paths(datablock: bpy.types.ID) -> set[str]:
    """RNA paths of the properties that drivers of a datablock set."""
    return {driver.data_path for driver in acting_drivers(datablock)}


def heard_by(drivers: Iterable[bpy.types.FCurve]) -> list[str]:
    """Names of the bones and objects that drivers listen to, each once."""
    targets = (
        target
        for driver in drivers
        for variable in driver.driver.variables
        for target in variable.targets
    )
    names = (each.bone_target or (each.id.name if each.id else "") for each in targets)
    return list(dict.fromkeys(name for name in names if name))
