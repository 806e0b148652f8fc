"""Fingers of a body that moves: curled and loose, unless the animator keys the hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np

from ...core.conventions import Floats
from ...core.maths.rotations import quaternion_rotate
from ...core.maths.smoothing import gaussian_smooth
from ...core.motion.clip import MotionClip
from ...core.motion.kinematics import forward_kinematics
from ...core.retarget.fingers import Hand
from ...core.retarget.loose_fingers import HandMotion, finger_curls
from ..keys.beneath import Playing, playing_on
from ..keys.keyframes import Channel
from .fingers import SIDES, find_hands, finger_channels
from .pose import GroundTrack
from .skeleton import RigSkeleton

_STEADY_S: Final = 0.035
_SPEED_S: Final = 0.15


@dataclass(frozen=True, eq=False)
class MovingBody:
    """What loose fingers go by.

    Args:
        rig: whose hands they are.
        clip: T frames of its skeleton.
        track: the root on the ground at the same frames.
        scale: size of the character against a person's.
        seed: same seed, same fingers.
    """

    rig: RigSkeleton
    clip: MotionClip
    track: GroundTrack
    scale: float
    seed: int = 0


def loose_fingers(
    armature: bpy.types.Object, body: MovingBody, frames: Floats, capability: str
) -> tuple[list[Channel], dict[str, Playing]]:
    """Channels of the fingers of those hands that nobody else keys; none without fingers.

    Args:
        armature: only looked at.
        body: how it moves.
        frames: (T,) frame numbers.
        capability: that makes the motion; what it made before counts as nobody's.

    Returns:
        The channels, and what animates each hand that is left to it, by side.
    """
    playing = playing_on(armature)
    hands, left = {}, {}
    for side, hand in find_hands(armature, body.rig.joint_map).items():
        bones = {bone for finger in hand.fingers for bone in finger.bones}
        if other := keyed_by_others(playing, bones, capability):
            left[side] = other
        else:
            hands[side] = hand
    if not hands:
        return [], left
    curls = finger_curls(_motion(body, hands), body.seed)
    return finger_channels(armature, hands, curls, frames), left


def keyed_by_others(playing: Iterable[Playing], bones: Set[str], capability: str) -> Playing | None:
    """The uppermost that animates any of these bones and was not made by a capability."""
    found = [each for each in playing if capability not in each.makers and each.bones & bones]
    return found[-1] if found else None


def _motion(body: MovingBody, hands: Mapping[str, Hand]) -> HandMotion:
    """How body and hands move, at a person's size."""
    clip, rate = body.clip, body.clip.frame_rate_hz
    ground = gaussian_smooth(body.track.positions[:, [0, 2]], _SPEED_S * rate, keep_ends=True)
    speeds = np.linalg.norm(_rate_of_change(ground, rate), axis=1) / body.scale
    places, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    bones = {common: bone for bone, common in body.rig.joint_map.items()}
    pulls = np.zeros((clip.frame_count, 2))
    for side, hand in hands.items():
        joint = clip.skeleton.index(bones[f"{side}Hand"])
        steady = gaussian_smooth(places[:, joint].astype(np.float64), _STEADY_S * rate)
        pull = _rate_of_change(_rate_of_change(steady, rate), rate) / body.scale
        palm = (body.rig.armature_to_character @ hand.palm)[None]
        pulls[:, SIDES.index(side)] = (pull * quaternion_rotate(turns[:, joint], palm)).sum(axis=1)
    return HandMotion(speeds, pulls, rate)


def _rate_of_change(values: Floats, rate: float) -> Floats:
    if len(values) < 2:
        return np.zeros_like(values)
    return np.asarray(np.gradient(values, axis=0) * rate)
