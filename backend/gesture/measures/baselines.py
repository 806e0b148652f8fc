"""What knows nothing of the sound: the mean pose, and another take's motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import ClipError
from blender_addon.core.maths.rotations import quaternion_to_six, six_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.resample import resample_clip

_TEMPO_RANGE = 1.5


def mean_pose(rotations_wxyz: Floats) -> Floats:
    """(J, 4) the mean of rotations (T, J, 4): of their matrices, made a rotation again."""
    return six_to_quaternion(quaternion_to_six(rotations_wxyz).mean(axis=0))


def at_tempo(clip: MotionClip, factor: float) -> MotionClip:
    """A clip played ``factor`` times as fast, at its own frame rate.

    Raises:
        ClipError: by more than half as fast again, or slower than by that: no such dance is danced.
    """
    if not 1.0 / _TEMPO_RANGE <= factor <= _TEMPO_RANGE:
        raise ClipError(
            f"expected a change of tempo by up to {_TEMPO_RANGE}; found {factor:.2f}. Choose a "
            "take of a nearer tempo"
        )
    faster = replace(clip, frame_rate_hz=clip.frame_rate_hz * factor)
    return resample_clip(faster, clip.frame_rate_hz)


def random_stretch(clip: MotionClip, frames: int, rng: np.random.Generator) -> MotionClip:
    """A stretch of a clip that begins anywhere; one that is too short is begun again.

    Args:
        clip: of another take.
        frames: how many are needed.
        rng: chooses where it begins.
    """
    start = int(rng.integers(max(clip.frame_count - frames, 0) + 1))
    chosen = (start + np.arange(frames)) % clip.frame_count
    contacts = None if clip.contacts is None else clip.contacts[chosen]
    return replace(
        clip,
        root_positions=clip.root_positions[chosen],
        rotations_wxyz=clip.rotations_wxyz[chosen],
        contacts=contacts,
    )
