"""Writes an animal's motion into the scene: a new action or a strip, and a layer for what follows.

What lies there of the animator's is never touched, and on any error nothing is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import bpy
import numpy as np

from ...blender.keys.belonging import let_layers_go, remember_layers, results_with_layers
from ...blender.keys.beneath import bones_moving, held_channels, playing_on
from ...blender.keys.blending import blend_into_pose
from ...blender.keys.density import KeyCount, KeyDensity
from ...blender.keys.keyframes import Channel
from ...blender.keys.options import DEFAULT_RESULT, ResultKind, ResultOptions
from ...blender.keys.playback import PlayedRig, thin_out_on_rig
from ...blender.keys.result import check_result, write_result
from ...blender.keys.start import remember_delay
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.paths import bone_of_path
from ...blender.rig.bone_scales import keyed_scale_channels
from ...blender.rig.carried import follow
from ...blender.rig.pose import RootMotion
from ...blender.timeline import extend_scene, playhead_kept, unseen_frames
from ...core.errors import SkeletonError
from ...core.keys.reduction import contact_frames
from ...core.quadruped.body import MODEL_HIP_HEIGHT_M
from .contacts import contact_events
from .job import AnimalMotion, QuadrupedJob
from .rig.channels import rig_channels
from .secondary.layer import write_secondary
from .secondary.mark import LAYER

CAPABILITY: Final = "quadruped"


@dataclass(frozen=True)
class WrittenMotion:
    """What became of a motion in the scene.

    Args:
        action_name: the new action.
        first_frame, last_frame: where its keys lie.
        extended_scene: whether the scene's end was moved to the last frame.
        keys: how many there are, and what leaving some out costs.
        blended_s: seconds at the two ends that blend with another pose.
        notes: what may keep it from being seen, in the user's words.
        layers: names of the actions of the layers that belong to it.
    """

    action_name: str
    first_frame: int
    last_frame: int
    extended_scene: bool
    keys: KeyCount
    blended_s: tuple[float, float]
    notes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PreparedMotion:
    """Everything that is to be written, checked.

    Args:
        job, motion: what was generated.
        options: how it is written.
        channels: on every frame.
    """

    job: QuadrupedJob
    motion: AnimalMotion
    options: ResultOptions
    channels: tuple[Channel, ...]


def write(
    context: bpy.types.Context,
    job: QuadrupedJob,
    motion: AnimalMotion,
    options: ResultOptions = DEFAULT_RESULT,
    undo: Undo | None = None,
) -> WrittenMotion:
    """Write a motion as the options say; the scene's end moves only if it runs past it.

    Where something after this may fail, ``undo`` answers for it. Raises an InputError, and changes
    nothing, if the armature is gone or cannot be animated any more.
    """
    return commit(context, prepare(context, job, motion, options), undo)


def prepare(
    context: bpy.types.Context, job: QuadrupedJob, motion: AnimalMotion, options: ResultOptions
) -> PreparedMotion:
    """Work out all keys and check that they can be written; changes nothing.

    Raises:
        InputError: the armature is gone or cannot be animated any more.
    """
    armature = armature_of_job(job)
    check_result(armature, options)
    frames = job.start_frame + np.arange(motion.clip.frame_count, dtype=np.float64)
    channels = list(
        rig_channels(
            armature,
            job.rig,
            motion.clip,
            motion.track,
            job.root_motion,
            frames,
            follow(context, job, frames),
        )
    )
    channels += _held(armature, job, channels, options)
    return PreparedMotion(
        job, motion, options, tuple(_blended(context, armature, job, channels, options))
    )


def commit(
    context: bpy.types.Context, prepared: PreparedMotion, undo: Undo | None = None
) -> WrittenMotion:
    """Write what was prepared; ``undo`` answers for it where something after this may fail."""
    job, motion, options = prepared.job, prepared.motion, prepared.options
    armature = armature_of_job(job)
    last = job.start_frame + motion.clip.frame_count - 1
    with playhead_kept(context.scene), undone_on_error(undo) as own:
        earlier = results_with_layers()
        action, keys = _write_thinned(context, armature, prepared, own)
        remember_delay(action, job.delay_frames)
        left = let_layers_go(earlier, LAYER, [armature], own)
        layers, unshown = write_secondary(context, armature, job, motion, options, own)
        remember_layers(action, layers)
        remember_together((action.name,))
        for layer in layers:
            remember_together((layer,))
        extended = extend_scene(context.scene, last, [action])
    unseen = unseen_frames(context.scene, job.start_frame, last)
    return WrittenMotion(
        action.name, job.start_frame, last, extended, keys,
        (options.blend_in_s, options.blend_out_s),
        (*left, *unshown, *([unseen] if unseen else [])), layers,
    )  # fmt: skip


def armature_of_job(job: QuadrupedJob) -> bpy.types.Object:
    """The armature that a job was read from.

    Raises:
        SkeletonError: it is gone, or one of the bones that were read.
    """
    armature = bpy.data.objects.get((job.rig.object_name, None))
    if armature is None:
        raise SkeletonError(f"'{job.rig.object_name}' is gone. Choose a character and try again")
    needed = {*job.rig.bones, *job.rig.ancestors, *job.rig.steering}
    missing = sorted(needed.difference(bone.name for bone in armature.pose.bones))
    if missing:
        raise SkeletonError(
            f"the bone '{missing[0]}' of '{armature.name}' was removed or renamed meanwhile. "
            "Generate again"
        )
    return armature


def _held(
    armature: bpy.types.Object,
    job: QuadrupedJob,
    channels: Sequence[Channel],
    options: ResultOptions,
) -> list[Channel]:
    """Keys against what goes on playing below: under a strip that is the active action, too."""
    beneath = playing_on(armature)
    if options.kind is not ResultKind.STRIP:
        beneath = [each for each in beneath if each.track]
    if not beneath:
        return []
    also = () if job.rig.controls is None else bones_moving(armature, job.rig.bones)
    with_object = job.root_motion is not RootMotion.IN_PLACE
    return held_channels(armature, channels, beneath, also=also, with_object=with_object)


def _blended(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: QuadrupedJob,
    channels: Sequence[Channel],
    options: ResultOptions,
) -> list[Channel]:
    """Blend the ends of what becomes an action; a strip blends by itself.

    What carries the animal along the path is left out: the pose blends where the animal is. Scales
    that the action before animates stay.
    """
    if options.kind is ResultKind.STRIP:
        return list(channels)
    taken = {each.data_path for each in channels}
    frames = max((each.frames for each in channels), key=len)
    kept = keyed_scale_channels(armature, frames)
    channels = [*channels, *(each for each in kept if each.data_path not in taken)]
    lengths = (options.blend_in_s * job.frame_rate_hz, options.blend_out_s * job.frame_rate_hz)
    return blend_into_pose(
        context, armature, channels, *lengths, except_bones=_carriers(armature, channels)
    )


def _carriers(armature: bpy.types.Object, channels: Sequence[Channel]) -> list[str]:
    """Bones that travel by keys of their own, with nothing above them that does."""
    moved = {
        bone_of_path(each.data_path)
        for each in channels
        if each.data_path.endswith("location") and len(each.frames) > 1
    } - {""}
    return [
        name
        for name in sorted(moved)
        if not moved.intersection(b.name for b in armature.data.bones[name].parent_recursive)
    ]


def _write_thinned(
    context: bpy.types.Context, armature: bpy.types.Object, prepared: PreparedMotion, undo: Undo
) -> tuple[bpy.types.Action, KeyCount]:
    """Write as many keys as the options ask for; how far a joint may be off scales with the size.

    Returns:
        The action, and how many keys it has and how exact they are.
    """
    job, options = prepared.job, prepared.options
    contacts = prepared.motion.clip.contacts
    rig = PlayedRig(
        armature, tuple(job.rig.bones), job.rig.unit_m * job.rig.object_scale,
        by_hierarchy=job.rig.controls is None,
    )  # fmt: skip
    size = job.body.hip_height_m / MODEL_HIP_HEIGHT_M
    options = replace(options, shift_bound_m=options.shift_bound_m * size)
    chosen = None
    if options.density is KeyDensity.CHOSEN_FRAMES:
        if contacts is not None:
            chosen = contact_frames(contacts)
        else:
            options = replace(options, density=KeyDensity.REDUCED)
    thinned, count = thin_out_on_rig(context, rig, prepared.channels, options, chosen)
    moments = contact_events(prepared.motion.clip.contacts, job.start_frame)
    name = f"{armature.name} Motion"
    written = write_result(context, armature, CAPABILITY, name, thinned, options, moments, undo)
    return written, count
