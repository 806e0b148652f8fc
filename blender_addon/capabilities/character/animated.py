"""Keyframes and drivers follow settings to where they lie now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import bpy

from ...blender.compat import action_fcurves


def rename_paths(renamed: Mapping[str, str]) -> int:
    """Let every F-curve, driver and keying set of the file follow; linked ones are left alone.

    Args:
        renamed: new beginning of a data path by old.

    Returns:
        How many there were.
    """
    count = 0
    for each in _animated_by_path():
        for old, new in renamed.items():
            if each.data_path.startswith(old):
                each.data_path = new + each.data_path.removeprefix(old)
                count += 1
                if isinstance(each, bpy.types.FCurve):
                    _trust(each)
    return count


def _trust(curve: bpy.types.FCurve) -> None:
    """Blender does not look again at what once led nowhere."""
    curve.is_valid = True
    if curve.driver is not None:
        curve.driver.is_valid = True


def _animated_by_path() -> Iterator[Any]:
    for action in bpy.data.actions:
        if action.is_editable:
            yield from action_fcurves(action)
    for datablock in _editable_datablocks():
        data = datablock.animation_data
        for curve in data.drivers if data is not None else ():
            yield curve
            for variable in curve.driver.variables:
                yield from variable.targets
    for scene in bpy.data.scenes:
        if scene.is_editable:
            for keying_set in scene.keying_sets:
                yield from keying_set.paths


def _editable_datablocks() -> Iterator[bpy.types.ID]:
    """Whatever can be animated, with the node trees that lie inside of others."""
    for collection in bpy.data.bl_rna.properties:
        if collection.type != "COLLECTION":
            continue
        for datablock in getattr(bpy.data, collection.identifier):
            if not datablock.is_editable:
                continue
            if hasattr(datablock, "animation_data"):
                yield datablock
            tree = getattr(datablock, "node_tree", None)
            if tree is not None and tree.is_embedded_data:
                yield tree
