"""Motion of a whole body becomes the keys of an action or a strip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.conventions import Ints
from ...core.motion.clip import MotionClip
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbModes
from ..keys.beneath import bones_moving, held_channels, playing_on
from ..keys.blending import blend_into_pose
from ..keys.density import KeyCount, KeyDensity
from ..keys.keyframes import Channel
from ..keys.options import ResultKind, ResultOptions
from ..keys.playback import PlayedRig, thin_out_on_rig
from ..keys.result import check_result, write_result
from ..keys.undo import Undo
from .bone_scales import keyed_scale_channels
from .carrier import may_be_carried, sample_carrier
from .pose import GroundTrack, RootMotion, clip_channels
from .skeleton import RigSkeleton

Array = NDArray[np.float64]
More = Callable[[bpy.types.Object, Array], Sequence[Channel]]
"""Gives further channels of an armature on these frames."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BodyMotion:
    """Motion that is to be written.

    Args:
        title: of the action, such as "Dance".
        rig: whose it is.
        clip: K frames of its skeleton, in the world.
        track: the root on the ground at the same frames.
        scale: size of the character against a person's.
        frames: (K,) of animation.
        root_motion: what carries the character along.
        limbs: how the limbs of a control rig get their keys.
        chosen: frames of the clip that matter, for few keys; None if none is known: where these
            are asked for, keys are reduced.
        moments: frames of animation that may be marked, and by what name.
    """

    title: str
    rig: RigSkeleton
    clip: MotionClip
    track: GroundTrack
    scale: float
    frames: Array
    root_motion: RootMotion = RootMotion.BONE
    limbs: LimbModes = DEFAULT_LIMB_MODES
    chosen: Ints | None = None
    moments: Sequence[tuple[int, str]] = ()


def write_body_motion(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    motion: BodyMotion,
    capability: str,
    options: ResultOptions,
    more: More | None = None,
    undo: Undo | None = None,
) -> tuple[bpy.types.Action, KeyCount]:
    """Write motion of a whole body; on any error nothing is changed.

    Args:
        context: whose scene.
        armature: whose motion it is.
        motion: what is written.
        capability: that made it, such as "gesture".
        options: how it is written.
        more: what else moves with it, such as fingers.
        undo: answers for it where something after this may fail.

    Returns:
        The action, and how many keys it has and how exact they are.

    Raises:
        InputError: the character cannot be animated.
    """
    check_result(armature, options)
    channels = _channels(context, armature, motion, more, options)
    channels = _blended(context, armature, motion, channels, options)
    options = replace(options, shift_bound_m=options.shift_bound_m * motion.scale)
    rig = PlayedRig(
        armature,
        tuple(name for name in motion.rig.skeleton.names if name in motion.rig.joint_map),
        motion.rig.unit_m * motion.rig.object_scale,
        by_hierarchy=motion.rig.controls is None,
    )
    if options.density is KeyDensity.CHOSEN_FRAMES and motion.chosen is None:
        options = replace(options, density=KeyDensity.REDUCED)
    thinned, keys = thin_out_on_rig(context, rig, channels, options, motion.chosen)
    name = f"{armature.name} {motion.title}"
    action = write_result(
        context, armature, capability, name, thinned, options, motion.moments, undo
    )
    return action, keys


def _channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    motion: BodyMotion,
    more: More | None,
    options: ResultOptions,
) -> list[Channel]:
    mode, carried = motion.root_motion, None
    if mode is not RootMotion.IN_PLACE and may_be_carried(armature):
        carried = sample_carrier(context, armature, motion.frames, without_own_keys=True)
    channels = clip_channels(
        armature, motion.rig, motion.clip, motion.track, mode, motion.frames, motion.limbs, carried
    )
    if more is not None:
        channels += more(armature, motion.frames)
    beneath = playing_on(armature)
    if options.kind is not ResultKind.STRIP:
        beneath = [each for each in beneath if each.track]
    if not beneath:
        return channels
    also = bones_moving(armature, motion.rig.skeleton.names) if motion.rig.controls else ()
    with_object = mode is not RootMotion.IN_PLACE
    return channels + held_channels(armature, channels, beneath, also=also, with_object=with_object)


def _blended(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    motion: BodyMotion,
    channels: list[Channel],
    options: ResultOptions,
) -> list[Channel]:
    """The ends of motion that becomes an action, blended; a strip blends by itself."""
    if options.kind is ResultKind.STRIP:
        return channels
    taken = {each.data_path for each in channels}
    kept = keyed_scale_channels(armature, motion.frames)
    channels = [*channels, *(each for each in kept if each.data_path not in taken)]
    carrier = motion.rig.root_bone or motion.rig.skeleton.names[0]
    rate = motion.clip.frame_rate_hz
    lengths = (options.blend_in_s * rate, options.blend_out_s * rate)
    return blend_into_pose(context, armature, channels, *lengths, except_bones=[carrier])
