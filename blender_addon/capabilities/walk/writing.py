"""The steps between a walk's channels and its action: blending the ends, leaving keys out.

Bounds of single bones say little about where a hand ends up, since errors add up along a chain. So
reduced keys are played on the rig and, where a joint is too far off, reduced again with tighter
bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender import compat
from ...blender.keys.keyframes import Channel, write_action
from .job import FitJob, Walk
from .keys import KeyCount, KeyDensity, blend_ends, bone_of, thin_out
from .result import ResultKind, ResultOptions, write_walk_action

Array = NDArray[np.float64]

_TRIES: Final = 8
_PLAYED_FRAMES: Final = 200
_TIGHTER: Final = 0.8


def blend_walk(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: FitJob,
    channels: Sequence[Channel],
    options: ResultOptions,
) -> list[Channel]:
    """Blend the ends of a walk that becomes an action; a strip blends by itself.

    What carries the figure along the path (the root bone, without one the hips, or the object) is
    left out: the pose blends where the walk is.
    """
    if options.kind is ResultKind.STRIP or max(options.blend_in_s, options.blend_out_s) <= 0:
        return list(channels)
    carrier = f'pose.bones["{bpy.utils.escape_identifier(_carrier(job))}"]'
    paths = {c.data_path for c in channels if len(c.frames) > 1 and c.data_path.startswith("pose.")}
    paths = {path for path in paths if not path.startswith(carrier)}
    frames = np.concatenate([channel.frames for channel in channels])
    before = _values_at(context, armature, paths, float(frames.min()))
    animated = armature.animation_data is not None and armature.animation_data.action is not None
    after = _values_at(context, armature, paths, float(frames.max())) if animated else {}
    rate = job.frame_rate_hz
    return blend_ends(
        channels, before, after, options.blend_in_s * rate, options.blend_out_s * rate
    )


def _carrier(job: FitJob) -> str:
    return job.rig.root_bone or job.rig.skeleton.names[0]


def _values_at(
    context: bpy.types.Context, armature: bpy.types.Object, paths: set[str], frame: float
) -> dict[str, Array]:
    """Values of properties as they are animated now on a frame; the playhead stays."""
    scene = context.scene
    back = scene.frame_current, scene.frame_subframe
    if float(frame) != scene.frame_current_final:
        scene.frame_set(int(frame))
    values = {path: np.array(armature.path_resolve(path), np.float64) for path in paths}
    scene.frame_set(back[0], subframe=back[1])
    return values


def write_thinned(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: FitJob,
    walk: Walk,
    channels: Sequence[Channel],
    options: ResultOptions,
) -> tuple[bpy.types.Action, KeyCount]:
    """Write as many keys as the options ask for.

    Returns:
        The action, and how many keys it has and how exact they are.
    """
    name = f"{armature.name} Walk"
    contacts = walk.clip.contacts
    unit_m = job.rig.unit_m * job.rig.object_scale
    bounds = options.turn_bound_rad, options.shift_bound_m / unit_m
    tightness: dict[str, float] = {}
    wanted = None
    if options.density is KeyDensity.REDUCED:
        wanted = _played(context, armature, job, name, channels)
    for _ in range(_TRIES):
        thinned, count = thin_out(
            channels, options.density, *bounds, contacts, 1000.0 * unit_m, tightness
        )
        if wanted is None:
            break
        played = _played(context, armature, job, name, thinned)
        off_m = unit_m * np.linalg.norm(played - wanted, axis=2).max(axis=0)
        count = replace(count, largest_shift_mm=1000.0 * float(off_m.max()))
        if off_m.max() <= options.shift_bound_m:
            break
        _tighten(tightness, armature, job, channels, off_m / options.shift_bound_m)
    return write_walk_action(armature, name, thinned, options), count


def _tighten(
    tightness: dict[str, float],
    armature: bpy.types.Object,
    job: FitJob,
    channels: Sequence[Channel],
    excess: Array,
) -> None:
    """Tighten the bounds of the bones above each joint (J,) that is ``excess`` times too far off.

    What hangs on what is not told by the hierarchy of a control rig: there all are tightened.
    """
    factors: dict[str, float] = {}
    names = [name for name in job.rig.skeleton.names if name in job.rig.joint_map]
    for name, times in zip(names, excess.tolist(), strict=True):
        if times <= 1.0:
            continue
        above = [name, *(bone.name for bone in armature.data.bones[name].parent_recursive)]
        concerned = [bpy.utils.escape_identifier(each) for each in above]
        if job.rig.controls is not None:
            concerned = [bone_of(channel.data_path) for channel in channels]
        for bone in concerned:
            factors[bone] = min(factors.get(bone, 1.0), max(_TIGHTER / times, 0.1))
    for bone, factor in factors.items():
        tightness[bone] = tightness.get(bone, 1.0) * factor


def _played(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: FitJob,
    name: str,
    channels: Sequence[Channel],
) -> Array:
    """(K, J, 3) heads of the joints' bones in armature space when these keys are played.

    The action they are played from is gone afterwards, and the assignment as before.
    """
    scene = context.scene
    back = scene.frame_current, scene.frame_subframe
    before = compat.remember_assignment(armature)
    kept = before.action.use_fake_user if before.action is not None else False
    first, last = _span(channels)
    frames = np.unique(np.linspace(first, last, _PLAYED_FRAMES).round().astype(int))
    bones = [armature.pose.bones[n] for n in job.rig.skeleton.names if n in job.rig.joint_map]
    action = write_action(armature, name, channels)
    try:
        rows: list[Any] = []
        for frame in frames.tolist():
            scene.frame_set(frame)
            rows.append([bone.head[:] for bone in bones])
    finally:
        compat.restore_assignment(armature, before)
        if before.action is not None:
            before.action.use_fake_user = kept
        bpy.data.actions.remove(action)
        scene.frame_set(back[0], subframe=back[1])
    return np.array(rows)


def _span(channels: Sequence[Channel]) -> tuple[float, float]:
    frames = np.concatenate([channel.frames for channel in channels])
    return float(frames.min()), float(frames.max())
