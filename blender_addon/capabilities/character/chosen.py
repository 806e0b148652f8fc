"""Which character the panels are about, and where its settings lie.

One object is chosen for every panel: an armature, a mesh, or an object that is a head. Its settings
lie at its armature where it has one, else at the object itself: so a face and its rig are one
character. Only a mesh whose gaze or speech was set in version 0.1, which kept them apart, still has
its own.
"""

from __future__ import annotations

import bpy

from ...blender.face.shape_keys import armature_of

NOBODY = "Choose a character, or add the demo character"


def chosen_character(context: bpy.types.Context) -> bpy.types.Object | None:
    """The object chosen in the scene's Character panel."""
    return context.scene.neural_motion.character


def chosen_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The chosen character's armature: who walks."""
    character = chosen_character(context)
    return None if character is None else armature_of(character)


def owner_of(character: bpy.types.Object, name: str) -> bpy.types.Object:
    """The object that keeps a character's settings.

    Args:
        character: as chosen.
        name: of a capability, or ``joints``.
    """
    armature = armature_of(character)
    if armature is None or armature == character or name in character.neural_motion.own:
        return character
    return armature


def settings_of(character: bpy.types.Object, name: str) -> bpy.types.PropertyGroup:
    """A character's settings of one capability."""
    return getattr(owner_of(character, name).neural_motion, name)


def chosen_settings(context: bpy.types.Context, name: str) -> bpy.types.PropertyGroup | None:
    """The chosen character's settings of one capability; None if nobody is chosen."""
    character = chosen_character(context)
    return None if character is None else settings_of(character, name)


def reason_without_armature(context: bpy.types.Context) -> str | None:
    """Why the chosen character cannot walk, in the user's words; None if it has an armature."""
    character = chosen_character(context)
    if character is None:
        return NOBODY
    if armature_of(character) is None:
        return f"'{character.name}' has no armature: it can look and speak, not walk"
    return None
