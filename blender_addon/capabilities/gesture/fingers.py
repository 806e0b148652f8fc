"""Fingers of a talker or a dancer, where nothing else moves them."""

from __future__ import annotations

import bpy
import numpy as np

from ...blender.keys.beneath import playing_on
from ...blender.keys.keyframes import Channel
from ...blender.rig.fingers import find_hands, finger_channels
from ...core.gesture.fingers import RELAXED, finger_curls
from .job import GestureJob
from .talk_job import Talk
from .written import CAPABILITY


def talk_fingers(armature: bpy.types.Object, job: GestureJob, talk: Talk) -> list[Channel]:
    """Channels of the fingers of those hands that may be moved; they open with the strokes."""
    found = find_hands(armature, job.rig.joint_map)
    hands = {side: hand for side, hand in found.items() if side in job.talk.hands}
    if not hands:
        return []
    curls = finger_curls(talk.openness, job.frame_rate_hz, job.seed)
    return finger_channels(armature, hands, curls, job.frames)


def dance_fingers(armature: bpy.types.Object, job: GestureJob, frames: np.ndarray) -> list[Channel]:
    """Channels of loose fingers, unless the animator keys the hand."""
    playing = [each for each in playing_on(armature) if CAPABILITY not in each.makers]
    hands = {}
    for side, hand in find_hands(armature, job.rig.joint_map).items():
        bones = {bone for finger in hand.fingers for bone in finger.bones}
        if not any(each.bones & bones for each in playing):
            hands[side] = hand
    if not hands:
        return []
    openness = np.full((len(frames), 2), RELAXED)
    curls = finger_curls(openness, job.frame_rate_hz, job.seed)
    return finger_channels(armature, hands, curls, frames)
