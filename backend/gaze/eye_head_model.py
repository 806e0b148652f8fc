"""The published eye–head model: how a person shifts gaze, as formulas.

It is the teacher of the network's first samples, and one of the systems it is measured against.

- Gaze leaves at the onset and runs along the main sequence (Bahill, Clark, Stark 1975), as
  core/face/saccades.py draws it.
- The head takes no part of targets within about 20° of its own forward direction, and three
  quarters of what lies beyond (Guitton and Volle 1987; Freedman and Sparks 1997; Stahl 1999).
- It starts some 40 ms after the eye and moves with a bell-shaped velocity whose duration grows with
  its part (Freedman 2008): here a critically damped filter of third order.
- Once gaze has landed the reflex turns the eye back by what the head still moves. The eye does not
  leave its socket; gaze then waits for the head (Guitton and Volle 1987).
- Our addition: where the body's animation turns the head anyway, the head's part is reckoned from
  where that will have it 0.3 s later.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.face.eye_angles import EYE_LIMITS_DEG, angles_to_rotations
from blender_addon.core.face.saccades import saccade_progress
from blender_addon.core.gaze.eye_head_features import angles_to_directions, directions_in_head
from blender_addon.core.maths.rotations import wrap_angle

EYE_ALONE_RAD = np.deg2rad(20.0)
HEAD_GAIN = 0.75
HEAD_DELAY_S = 0.04
HEAD_AHEAD_FRAMES = 18
_KNEE_RAD = np.deg2rad(3.0)
_HEAD_SHORTEST_S = 0.25
_HEAD_S_PER_RAD = 0.006 * 180.0 / np.pi
_TIME_CONSTANTS_PER_MOVE = 5.5  # of a critically damped third-order step, from 2 % to 95 %
_SUBSTEPS = 4


def head_part(eccentricity_rad: Floats) -> Floats:
    """What the head takes (..., 2) of targets (..., 2) seen from it, once all has settled."""
    size = np.linalg.norm(eccentricity_rad, axis=-1, keepdims=True)
    beyond = _KNEE_RAD * np.logaddexp(0.0, (size - EYE_ALONE_RAD) / _KNEE_RAD)
    beyond -= _KNEE_RAD * np.logaddexp(0.0, -EYE_ALONE_RAD / _KNEE_RAD)
    return HEAD_GAIN * beyond * eccentricity_rad / np.maximum(size, 1e-6)


def simulate(
    desired_directions: Floats, head_rotations_wxyz: Floats, shifts_frames: Floats
) -> tuple[Floats, Floats]:
    """Let the model follow a desired direction on a moving head.

    Args:
        desired_directions, head_rotations_wxyz, shifts_frames: as for build_features.

    Returns:
        eye (T, 2) in the head, offset included, and head offset (T, 2), radians.
    """
    frames = len(desired_directions)
    aim = directions_in_head(desired_directions, head_rotations_wxyz)
    later = np.minimum(np.arange(frames) + HEAD_AHEAD_FRAMES, frames - 1)
    part = head_part(directions_in_head(desired_directions, head_rotations_wxyz[later]))
    unreached = _unreached(desired_directions, head_rotations_wxyz, aim, shifts_frames)
    offset = _move_head(part, shifts_frames)
    side, up, down = np.deg2rad(EYE_LIMITS_DEG)
    seen = angles_to_directions(aim - unreached)
    eye = directions_in_head(seen, angles_to_rotations(offset))
    return np.clip(eye, [-side, -down], [side, up]), offset


def _unreached(desired: Floats, head: Floats, aim: Floats, shifts: Floats) -> Floats:
    """(T, 2) what gaze still lacks, shift by shift."""
    unreached = np.zeros_like(aim)
    firsts = [*np.ceil(shifts).astype(int), len(aim)]
    for onset, (first, end) in zip(shifts, pairwise(firsts), strict=True):
        if not 0 < first < end:
            continue
        jump = aim[first] - directions_in_head(desired[first - 1], head[first])
        left = unreached[first - 1] + np.array([wrap_angle(jump[0]), jump[1]])
        since = (np.arange(first, end) - onset) / MODEL_FRAME_RATE_HZ
        profile = saccade_progress(since, np.full(len(since), np.linalg.norm(left)))
        unreached[first:end] = left * (1.0 - profile[:, None])
    return unreached


def _move_head(part: Floats, shifts: Floats) -> Floats:
    """(T, 2) the head's way towards its part (T, 2)."""
    frames = len(part)
    late = np.arange(frames) - HEAD_DELAY_S * MODEL_FRAME_RATE_HZ
    target = part[np.maximum(np.round(late).astype(int), 0)]
    starts = set(np.ceil(shifts + HEAD_DELAY_S * MODEL_FRAME_RATE_HZ).astype(int).tolist())
    state = np.repeat(target[:1], 3, axis=0)  # three first-order stages in a row
    rate = _head_rate(0.0)
    offset = np.empty_like(part)
    step = 1.0 / (MODEL_FRAME_RATE_HZ * _SUBSTEPS)
    for frame in range(frames):
        if frame in starts:
            rate = _head_rate(float(np.linalg.norm(target[frame] - state[2])))
        for _ in range(_SUBSTEPS):
            ahead = np.concatenate((target[frame : frame + 1], state[:2]))
            state = state + step * rate * (ahead - state)
        offset[frame] = state[2]
    return offset


def _head_rate(way_rad: float) -> float:
    """Inverse time constant of a head movement of this size."""
    return _TIME_CONSTANTS_PER_MOVE / (_HEAD_SHORTEST_S + _HEAD_S_PER_RAD * way_rad)
