"""Writes what follows an animal's body as a layer above its motion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import bpy
import numpy as np

from ....blender.axes import blender_to_core_points
from ....blender.keys.density import KeyDensity
from ....blender.keys.keyframes import Channel, group_channels
from ....blender.keys.layers import add_layer
from ....blender.keys.options import EASED_LAYER, ResultOptions
from ....blender.keys.undo import Undo
from ....blender.rig.evaluation import Probe, sample
from ....core.conventions import Floats
from ....core.errors import InputError
from ....core.maths.rotations import quaternion_rotate
from ....core.motion.clip import MotionClip
from ....core.quadruped.secondary import Swing, swing_chain, with_secondary
from ....core.quadruped.settings import SecondarySettings
from ..job import AnimalMotion, QuadrupedJob
from ..rig.channels import chain_channels, rig_channels, rig_pose
from ..rig.read import QuadrupedRig
from .mark import LAYER

_DIFFERS: Final = 1e-4
"""Radians, quaternions' numbers and units: what moves less is left to the motion below."""
_CONTROL_OF: Final = "ORG-"


def write_secondary(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: QuadrupedJob,
    motion: AnimalMotion,
    options: ResultOptions,
    undo: Undo,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tail, ears, breath and a look above a motion that was written just now.

    Args:
        context: whose scene.
        armature: the animal's.
        job, motion: what was generated.
        options: how that motion was written.
        undo: answers for what is written here.

    Returns:
        Names of the actions written, and what could not be, in the user's words.
    """
    if job.secondary is None:
        return (), ()
    frames = job.start_frame + np.arange(motion.clip.frame_count, dtype=np.float64)
    target, told = _target(context, job, frames)
    rules = job.secondary.rules
    clip = with_secondary(motion.clip, job.body, rules, seed=job.seed, target_m=target)
    channels = [
        *_changed(armature, job, motion, clip, frames),
        *(_ears(armature, job.rig, clip, rules, frames) if rules.ears else ()),
    ]
    if not channels:
        return (), told
    name = f"{armature.name} Tail and Ears"
    try:
        layer = add_layer(context, armature, LAYER, name, channels, undo, _layer_options(options))
    except InputError as error:
        return (), (*told, f"tail and ears do not move: {error}")
    return (layer.action_name,), told


def _layer_options(options: ResultOptions) -> ResultOptions:
    """A layer that comes and goes with its motion, with as few keys as that where it has few."""
    every = options.density is KeyDensity.EVERY_FRAME
    return replace(
        EASED_LAYER,
        replace_last=options.replace_last,
        blend_in_s=max(EASED_LAYER.blend_in_s, options.blend_in_s),
        blend_out_s=max(EASED_LAYER.blend_out_s, options.blend_out_s),
        density=KeyDensity.EVERY_FRAME if every else KeyDensity.REDUCED,
    )


def _target(
    context: bpy.types.Context, job: QuadrupedJob, frames: Floats
) -> tuple[Floats | None, tuple[str, ...]]:
    """(T, 3) where the object that is looked at is, core axes and metres; and what to tell."""
    name = "" if job.secondary is None else job.secondary.look_at
    if not name:
        return None, ()
    target = bpy.data.objects.get(name)
    if target is None or target.name not in context.scene.objects:
        return None, (f"'{name}' is gone, so the head does not turn to it. Choose another",)
    probe = {"": Probe(target.name, lambda evaluated: evaluated.matrix_world)}
    places = sample(context, [target], probe, frames)[""][:, :3, 3]
    return blender_to_core_points(places * job.rig.unit_m), ()


def _changed(
    armature: bpy.types.Object,
    job: QuadrupedJob,
    motion: AnimalMotion,
    clip: MotionClip,
    frames: Floats,
) -> Iterator[Channel]:
    """Channels of what another clip moves otherwise than the motion does."""
    before, after = (
        group_channels(rig_channels(armature, job.rig, each, motion.track, job.root_motion, frames))
        for each in (motion.clip, clip)
    )
    for path, group in after.items():
        known = before.get(path)
        if known is None or len(group[0].frames) != len(frames):
            continue
        if len(known) == len(group) and len(known[0].frames) == len(frames):
            pairs = zip(group, known, strict=True)
            if max(float(np.abs(a.values - b.values).max()) for a, b in pairs) < _DIFFERS:
                continue
        yield from group


def _ears(
    armature: bpy.types.Object,
    rig: QuadrupedRig,
    clip: MotionClip,
    rules: SecondarySettings,
    frames: Floats,
) -> Iterator[Channel]:
    """Channels of the ears, which hang on the head."""
    keyed = {ear: chain for ear in rig.ear_chains if (chain := _keyed(armature, rig, ear))}
    pose = rig_pose(rig, clip) if keyed else None
    for ear, chain in keyed.items():
        above = armature.data.bones[ear[0]].parent
        if pose is None or above is None or above.name not in pose.names:
            continue
        number = pose.names.index(above.name)
        turns = pose.turns_wxyz[:, number]
        step = rig.scale_m * rig.map.axes @ _between(armature, above.name, ear[0])
        places = pose.heads[:, number] + quaternion_rotate(turns, np.tile(step, (len(turns), 1)))
        offsets = np.array([rig.scale_m * rig.map.axes @ each for each in _steps(armature, ear)])
        swung = swing_chain(offsets, places, turns, clip.frame_rate_hz, Swing.of_ear(rules))
        yield from chain_channels(armature, rig, chain, swung, turns, frames)


def _keyed(armature: bpy.types.Object, rig: QuadrupedRig, ear: Sequence[str]) -> tuple[str, ...]:
    """Bones that get the keys of an ear; empty where there are none."""
    if rig.controls is None:
        return tuple(ear)
    names = tuple(name.removeprefix(_CONTROL_OF) for name in ear)
    bones = armature.pose.bones
    free = all(name in bones and not len(bones[name].constraints) for name in names)
    return names if free else ()


def _steps(armature: bpy.types.Object, ear: Sequence[str]) -> list[Floats]:
    """From each bone of an ear to the next, and along the last, in rig space."""
    bones = armature.data.bones
    steps = [_between(armature, *pair) for pair in pairwise(ear)]
    last = bones[ear[-1]]
    return [*steps, np.array(last.tail_local - last.head_local, np.float64)]


def _between(armature: bpy.types.Object, first: str, second: str) -> Floats:
    bones = armature.data.bones
    step = bones[second].head_local - bones[first].head_local
    return np.array(step, np.float64)
