"""Eyes of a walk look where the way goes, and blink, unless a gaze or the animator moves them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import bpy
import numpy as np

from ...blender.face.eye_channels import HeldLids, Movement, attached_channels, shape_weights
from ...blender.face.eye_rig import GazeRig, read_rig
from ...blender.face.eyes_found import EyeChoice
from ...blender.face.over_held import channels_over_held
from ...blender.face.shape_keys import animated_paths, driven_shapes, shape_path
from ...blender.keys.beneath import playing_on
from ...blender.keys.density import KeyDensity
from ...blender.keys.giving_way import layers_of, playing
from ...blender.keys.keyframes import Channel
from ...blender.keys.layers import add_layer
from ...blender.keys.options import DEFAULT_LAYER, ResultOptions
from ...blender.keys.undo import Undo
from ...blender.rig.loose_fingers import keyed_by_others
from ...core.conventions import Floats
from ...core.errors import InputError
from ...core.face.held import meetings_of_shapes
from ...core.motion.kinematics import forward_kinematics
from ...core.notes import Note
from ...core.walk.attention import LIMITS_DEG, look_ahead
from .job import FitJob, Walk, scaled_terrain
from .writing import CAPABILITY

_GAZE = "gaze"


@dataclass(frozen=True, eq=False)
class WalkingEyes:
    """What eyes do on a walk.

    Args:
        rig: how the character looks.
        movement: on the scene's frames.
        channels: of the armature.
    """

    rig: GazeRig
    movement: Movement
    channels: tuple[Channel, ...]


_NO_NOTES: Final[tuple[str, ...]] = ()


def walking_eyes(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: FitJob,
    walk: Walk,
    frames: Floats,
) -> tuple[WalkingEyes | None, tuple[str, ...]]:
    """Eyes and lids of a walk; None where there are none, or where others move them.

    Args:
        context: whose scene it is.
        armature: only looked at.
        job, walk: what was generated.
        frames: (T,) frame numbers of the walk.

    Returns:
        What they do, and what is to be told of eyes that are left to what animates them.
    """
    try:
        rig = read_rig(context, armature, EyeChoice(limits_deg=LIMITS_DEG))
    except InputError:
        return None, _NO_NOTES  # nothing that could look: nobody asked for it by name
    if not rig.eyes.frame or rig.eyes.kind == "OBJECTS" or _is_gazed(armature, rig):
        return None, _NO_NOTES
    lids = [*rig.eyes.lid_bones, *(each for side in rig.eyes.lid_controls for each in chain(*side))]
    used = {*rig.eyes.pair, *rig.eyes.aims, *lids, *_carriers(armature, rig)} - {""}
    if other := keyed_by_others(playing_on(armature), used, CAPABILITY):
        told = f"the eyes get no keys of this walk: {other.label} animates them"
        return None, (Note(told),)
    movement = _movement(job, walk, frames)
    held = HeldLids(
        {n: np.tile((1.0, 0.0, 0.0, 0.0), (len(frames), 1)) for n in rig.eyes.lid_bones if n},
        {u: np.zeros((len(frames), 3)) for side in rig.eyes.lid_controls for u, _ in side},
        job.frame_rate_hz,
    )
    return WalkingEyes(rig, movement, tuple(attached_channels(rig, movement, held))), _NO_NOTES


def _carriers(armature: bpy.types.Object, rig: GazeRig) -> set[str]:
    """Controls that move the eyes, or what they follow, and that carry nothing of the head."""
    bones, frame = armature.data.bones, rig.eyes.frame
    body = {frame, *(bone.name for bone in bones[frame].parent_recursive)}
    turned = rig.eyes.aims if rig.eyes.kind == "AIM" else rig.eyes.pair
    above = {bone.name for name in turned if name for bone in bones[name].parent_recursive}
    return above - body


def _is_gazed(armature: bpy.types.Object, rig: GazeRig) -> bool:
    """Whether a gaze of its own plays on the character."""
    keys = [mesh.data.shape_keys for mesh in _meshes(rig)]
    return any(playing(layers_of(each, _GAZE)) for each in (armature, *keys))


def _meshes(rig: GazeRig) -> list[bpy.types.Object]:
    """Meshes with its shapes; a linked one may bear the same name and is another."""
    found = (bpy.data.objects.get((name, None)) for name in rig.eyes.meshes)
    return [mesh for mesh in found if mesh is not None]


def _movement(job: FitJob, walk: Walk, frames: Floats) -> Movement:
    """The rule's eyes at the scene's frame rate."""
    clip, track = walk.result.clip, walk.result.root_track
    _, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    head = turns[:, clip.skeleton.index("Head")]
    ground = scaled_terrain(job.terrain, 1.0 / walk.scale).heights(track[:, :2])
    looked = look_ahead(track, head, ground, job.seed)
    times = np.arange(len(frames)) / walk.clip.frame_rate_hz
    known = np.arange(len(track)) / clip.frame_rate_hz
    columns = np.column_stack((looked.eyes_rad, looked.blinks, looked.lids))
    yaw, pitch, blinks, lids = (np.interp(times, known, each) for each in columns.T)
    eyes = np.stack((yaw, pitch), axis=-1)
    both = np.repeat(eyes[:, None], 2, axis=1)
    return Movement(frames, both, np.zeros_like(eyes), blinks, lids)


def write_eyes(
    context: bpy.types.Context,
    eyes: WalkingEyes | None,
    walk: bpy.types.Action,
    options: ResultOptions,
    undo: Undo | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Blinks, and looks of eyes that are shapes, as a layer on the shape keys of each mesh.

    Shapes that something else animates or drives are left to that. Where something after this may
    fail, ``undo`` answers for what was written.

    Returns:
        Names of the actions written, and what could not be, in the user's words.
    """
    if eyes is None:
        return (), ()
    weights, rig = shape_weights(eyes.rig, eyes.movement), eyes.rig
    meetings = meetings_of_shapes(rig.eyes.face)
    written: list[str] = []
    told: list[str] = []
    reduced = options.density is not KeyDensity.EVERY_FRAME
    layered = replace(
        DEFAULT_LAYER,
        replace_last=options.replace_last,
        density=KeyDensity.REDUCED if reduced else KeyDensity.EVERY_FRAME,
    )
    for mesh in _meshes(rig):
        values: dict[str, Floats] = {}
        for channel, curve in weights.items():
            for shape, gain in rig.eyes.face.targets[channel]:
                if shape in mesh.data.shape_keys.key_blocks:
                    values[shape] = values.get(shape, 0.0) + gain * curve
        taken = animated_paths(mesh.data.shape_keys, CAPABILITY)
        left_alone = {each for each in values if shape_path(each) in taken}
        for each in left_alone.union(driven_shapes(mesh, list(values))):
            del values[each]
        channels = channels_over_held(context, mesh, values, meetings, eyes.movement.frames, "Eyes")
        if channels:
            try:
                layer = add_layer(
                    context,
                    mesh.data.shape_keys,
                    CAPABILITY,
                    f"{walk.name} Eyes",
                    channels,
                    undo,
                    layered,
                )
                written.append(layer.action_name)
            except InputError as error:
                told.append(f"'{mesh.name}' does not blink on this walk: {error}")
    return tuple(written), tuple(told)
