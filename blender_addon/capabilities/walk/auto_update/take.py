"""Which walk of a character is followed, and whether it may be replaced."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ....blender.keys.options import ResultKind, ResultOptions
from ....blender.keys.result_properties import action_options
from ....blender.keys.start import asked_start
from ....blender.keys.takes import is_active_ours_alone, is_ours_alone, was_made
from ....blender.models.preferred import model_choice
from ..properties import walk_settings_of
from .depends import keep_made_from, kept_made_from, made_from

CAPABILITY = "walk"

NO_WALK = "Waits for the first Generate Walk"
NOT_ITS_OWN = "Waits: this walk was made otherwise. Generate Walk makes one that is followed"
TOUCHED = (
    "Stopped: the walk was edited by hand and is kept. Undo the edit, or press Generate Walk for a "
    "new one"
)
KEEPS_ALL = "Waits: Replace Last Walk is off under Keys, so each walk would be kept"
SEVERAL = "Waits: several walks lie in the NLA. Mute or remove all but one track of them"


def key_now(context: bpy.types.Context, armature: bpy.types.Object) -> str:
    """Changes with whatever a walk of this armature depends on; quick."""
    settings = walk_settings_of(context, armature)
    options = action_options(armature.neural_motion.walk.result)
    return made_from(context.scene, settings, options, model_choice(context))


def remember_made_from(
    context: bpy.types.Context, armature: bpy.types.Object, action_name: str
) -> None:
    """Keep with a walk that was written just now what it was generated from."""
    action = bpy.data.actions.get(action_name)
    if action is not None:
        # First that it is ours, for that counts in the key of a character whose object walks.
        keep_made_from(action, "")
        keep_made_from(action, key_now(context, armature))


def followed(armature: bpy.types.Object) -> tuple[str | None, str]:
    """The key of the walk that is followed, or why none is; quick, touches and hands not looked at.

    Args:
        armature: whose walk.
    """
    actions = [action for action, _ in _walks(armature)]
    keys = [kept_made_from(action) for action in actions]
    if not actions:
        return None, NO_WALK
    if len(actions) > 1:
        return None, SEVERAL
    return (None, NOT_ITS_OWN) if keys[0] is None else (keys[0], "")


def why_kept(armature: bpy.types.Object, options: ResultOptions) -> str:
    """Why the walk that is followed may not be replaced; empty if it may.

    Args:
        armature: whose walk.
        options: how a new one is written.
    """
    if not options.replace_last:
        return KEEPS_ALL
    walks = [*_walks(armature)]
    if not walks:
        return NO_WALK
    placed = walks[0][1]
    if placed is None:
        untouched = is_active_ours_alone(armature, CAPABILITY)
    else:
        untouched = options.kind is ResultKind.STRIP and is_ours_alone(*placed, CAPABILITY)
    return "" if untouched else TOUCHED


def start_of_followed(armature: bpy.types.Object) -> int:
    """The frame of animation on which the walk that is followed was asked to begin."""
    action, _ = next(_walks(armature))
    return asked_start(action)


Placed = tuple[bpy.types.NlaStrip, bpy.types.NlaTrack]


def _walks(armature: bpy.types.Object) -> Iterator[tuple[bpy.types.Action, Placed | None]]:
    """Walks that play on a character, touched or not: the active action alone where it is one."""
    data = armature.animation_data
    if data is None:
        return
    if data.action is not None and was_made(data.action, CAPABILITY):
        yield data.action, None
        return
    for track in data.nla_tracks:
        for strip in track.strips:
            plays = strip.action is not None and not (track.mute or strip.mute)
            if plays and was_made(strip.action, CAPABILITY):
                yield strip.action, (strip, track)
