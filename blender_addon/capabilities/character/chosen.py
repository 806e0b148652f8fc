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
    """Why the chosen character cannot walk, in the user's words; None if nothing hinders it."""
    character = chosen_character(context)
    if character is None:
        return NOBODY
    armature = armature_of(character)
    if armature is None:
        return f"'{character.name}' has no armature: it can look and speak, not walk"
    return reason_if_linked(armature)


def reason_not_to_set(context: bpy.types.Context, name: str) -> str | None:
    """Why none of the chosen character's settings can be changed; None if they can.

    Args:
        context: whose scene.
        name: of a capability, or ``joints``.
    """
    character = chosen_character(context)
    return NOBODY if character is None else reason_if_linked(owner_of(character, name))


def reason_if_linked(obj: bpy.types.Object) -> str | None:
    """Why an object cannot be changed in this file; None if it can."""
    if obj.is_editable:
        return None
    return (
        f"'{obj.name}' is linked from another file. Make it editable with Object ▸ Library "
        "Override ▸ Make, and choose what it makes"
    )
