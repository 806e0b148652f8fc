"""What is a walk's own in writing its keys: its contacts, and what carries it along the path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import bpy

from ...blender.keys.blending import blend_into_pose
from ...blender.keys.density import KeyCount, KeyDensity, thin_out
from ...blender.keys.keyframes import Channel
from ...blender.keys.options import ResultKind, ResultOptions
from ...blender.keys.playback import PlayedRig, thin_out_on_rig
from ...blender.keys.result import write_result
from ...blender.keys.undo import Undo
from ...blender.rig.bone_scales import keyed_scale_channels
from ...core.conventions import Ints
from ...core.keys.reduction import contact_frames
from .job import FitJob, Walk

CAPABILITY: Final = "walk"


def blend_walk(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: FitJob,
    channels: Sequence[Channel],
    options: ResultOptions,
) -> list[Channel]:
    """Blend the ends of a walk that becomes an action; a strip blends by itself.

    What carries the character along the path (the root bone, without one the hips, or the object)
    is left out: the pose blends where the walk is. Scales that the action before animates stay.
    """
    if options.kind is ResultKind.STRIP:
        return list(channels)
    taken = {each.data_path for each in channels}
    frames = max((each.frames for each in channels), key=len)
    kept = keyed_scale_channels(armature, frames)
    channels = [*channels, *(each for each in kept if each.data_path not in taken)]
    carrier = job.rig.root_bone or job.rig.skeleton.names[0]
    lengths = (options.blend_in_s * job.frame_rate_hz, options.blend_out_s * job.frame_rate_hz)
    apart = [
        name
        for name in sorted(job.rig.apart)
        if carrier not in (bone.name for bone in armature.data.bones[name].parent_recursive)
    ]
    return blend_into_pose(context, armature, channels, *lengths, except_bones=[carrier, *apart])


def write_thinned(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: FitJob,
    walk: Walk,
    channels: Sequence[Channel],
    options: ResultOptions,
    quick: Collection[str] = (),
    moments: Sequence[tuple[int, str]] = (),
    undo: Undo | None = None,
) -> tuple[bpy.types.Action, KeyCount]:
    """Write as many keys as the options ask for; how far a joint may be off scales with the size.

    Chosen frames are those of the contacts; of a motion that has none, keys are reduced. So are
    those of ``quick``, data paths of what goes faster than steps do: a blink between two contacts
    would be lost, and one on a contact overshoot.

    Returns:
        The action, and how many keys it has and how exact they are.
    """
    rig = PlayedRig(
        armature,
        tuple(name for name in job.rig.skeleton.names if name in job.rig.joint_map),
        job.rig.unit_m * job.rig.object_scale,
        by_hierarchy=job.rig.controls is None,
    )
    chosen = None
    options = replace(options, shift_bound_m=options.shift_bound_m * walk.scale)
    if options.density is KeyDensity.CHOSEN_FRAMES:
        if walk.clip.contacts is not None:
            chosen = contact_frames(walk.clip.contacts)
        else:
            options = replace(options, density=KeyDensity.REDUCED)
    thinned, count = _thin_out(context, rig, channels, options, chosen, quick)
    name = f"{armature.name} Walk"
    written = write_result(context, armature, CAPABILITY, name, thinned, options, moments, undo)
    return written, count


def _thin_out(
    context: bpy.types.Context,
    rig: PlayedRig,
    channels: Sequence[Channel],
    options: ResultOptions,
    chosen: Ints | None,
    quick: Collection[str],
) -> tuple[list[Channel], KeyCount]:
    if chosen is None or not quick:
        return thin_out_on_rig(context, rig, channels, options, chosen)
    slow = [each for each in channels if each.data_path not in quick]
    fast = [each for each in channels if each.data_path in quick]
    thinned, count = thin_out_on_rig(context, rig, slow, options, chosen)
    unit_m = rig.metres_per_unit
    more, added = thin_out(fast, KeyDensity.REDUCED, options.bounds(unit_m), 1000.0 * unit_m)
    return [*thinned, *more], count + added
