"""What the user sets in the panel of the map, kept at the scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ....blender.declared import IS_PATH
from ....core.errors import InputError

OPEN_FILE, FOLDER, LIBRARY = "OPEN_FILE", "FOLDER", "LIBRARY"


def _libraries(_group: Any, context: bpy.types.Context, text: str) -> list[str]:
    names = [each.name for each in context.preferences.filepaths.asset_libraries]
    return [name for name in names if text.lower() in name.lower()]


class NEURALMOTION_PG_editing_scene(bpy.types.PropertyGroup):
    """The map of motions, and what is chosen in it."""

    source: bpy.props.EnumProperty(
        name="Motions",
        description="Which motions the map shows",
        items=(
            (OPEN_FILE, "This File", "Actions of this file that fit the chosen character"),
            (FOLDER, "Folder", "All .blend and .bvh files of a folder"),
            (LIBRARY, "Asset Library", "All .blend and .bvh files of an asset library"),
        ),
        default=OPEN_FILE,
    )
    folder: bpy.props.StringProperty(
        name="Folder",
        description="It is looked through with all folders within it",
        subtype="DIR_PATH",
        options=IS_PATH,
    )
    library: bpy.props.StringProperty(
        name="Library",
        description="Name of an asset library of the preferences",
        search=_libraries,
    )
    seed: bpy.props.IntProperty(
        name="Seed", description="Another number lays the same map out in another way", min=0
    )
    clip: bpy.props.StringProperty(
        name="Clip", description="The motion that was clicked in the map", options={"HIDDEN"}
    )
    clip_file: bpy.props.StringProperty(options={"HIDDEN"})
    clip_frame: bpy.props.IntProperty(options={"HIDDEN"})
    last_result: bpy.props.StringProperty(name="Last Result", description="What the map shows")


def map_folder(context: bpy.types.Context) -> Path | None:
    """The folder that is looked through; None for the actions of the open file.

    Raises:
        InputError: none is chosen, or there is no such asset library.
    """
    chosen: NEURALMOTION_PG_editing_scene = context.scene.neural_motion.editing
    if chosen.source == OPEN_FILE:
        return None
    reason = reason_without_folder(context)
    if reason is not None:
        raise InputError(reason)
    path = chosen.folder if chosen.source == FOLDER else _library_path(context, chosen.library)
    return Path(bpy.path.abspath(path or "")).absolute()


def _library_path(context: bpy.types.Context, name: str) -> str | None:
    libraries = context.preferences.filepaths.asset_libraries
    return next((each.path for each in libraries if each.name == name), None)


def reason_without_folder(context: bpy.types.Context) -> str | None:
    """What is still to be chosen, in the user's words; None if nothing is."""
    chosen: NEURALMOTION_PG_editing_scene = context.scene.neural_motion.editing
    if chosen.source == FOLDER and not chosen.folder:
        return "Choose the folder of the motions"
    if chosen.source == LIBRARY and _library_path(context, chosen.library) is None:
        return (
            "Choose an asset library of the preferences"
            if not chosen.library
            else f"There is no asset library '{chosen.library}' in the preferences"
        )
    return None
