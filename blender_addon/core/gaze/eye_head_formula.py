"""The published eye–head model: how a person shifts gaze, as formulas.

It is the teacher of the eye–head network's first samples, what that network is measured against,
and what moves heads in the scene wherever the network is no better.

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

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..face.eye_angles import EYE_LIMITS_DEG, angles_to_rotations
from ..face.saccades import saccade_progress
from ..maths.rotations import wrap_angle
from .eye_head_features import angles_to_directions, directions_in_head

EYE_ALONE_RAD: Final = float(np.deg2rad(20.0))
HEAD_GAIN: Final = 0.75
HEAD_DELAY_S: Final = 0.04
HEAD_AHEAD_FRAMES: Final = 18
_DELAY_FRAMES: Final = round(HEAD_DELAY_S * MODEL_FRAME_RATE_HZ)
_KNEE_RAD: Final = float(np.deg2rad(3.0))
_HEAD_SHORTEST_S: Final = 0.25
_HEAD_S_PER_RAD: Final = 0.006 * 180.0 / np.pi
_TIME_CONSTANTS_PER_MOVE: Final = 5.5  # of a critically damped third-order step, from 2 % to 95 %


def head_part(eccentricity_rad: Floats) -> Floats:
    """What the head takes (..., 2) of targets (..., 2) seen from it, once all has settled."""
    size = np.linalg.norm(eccentricity_rad, axis=-1, keepdims=True)
    beyond = _KNEE_RAD * np.logaddexp(0.0, (size - EYE_ALONE_RAD) / _KNEE_RAD)
    beyond -= _KNEE_RAD * np.logaddexp(0.0, -EYE_ALONE_RAD / _KNEE_RAD)
    return np.asarray(HEAD_GAIN * beyond * eccentricity_rad / np.maximum(size, 1e-6))


def simulate(
    desired_directions: Floats, head_rotations_wxyz: Floats, shifts_frames: Floats
) -> tuple[Floats, Floats]:
    """Let the model follow a desired direction on a moving head.

    Args:
        desired_directions, head_rotations_wxyz, shifts_frames: as for build_features.

    Returns:
        eye (T, 2) in the head, offset included, and head offset (T, 2), radians.
    """
    aim = directions_in_head(desired_directions, head_rotations_wxyz)
    unreached = _unreached(desired_directions, head_rotations_wxyz, aim, shifts_frames)
    offset = move_heads([(desired_directions, head_rotations_wxyz, shifts_frames)])[0]
    side, up, down = np.deg2rad(EYE_LIMITS_DEG)
    seen = angles_to_directions(aim - unreached)
    eye = directions_in_head(seen, angles_to_rotations(offset))
    return np.clip(eye, [-side, -down], [side, up]), offset


def move_heads(characters: Sequence[tuple[Floats, Floats, Floats]]) -> list[Floats]:
    """Head offsets (T, 2) of characters, all in one go; nobody's depends on who else there is.

    Args:
        characters: of each what simulate takes; their lengths may differ.
    """
    parts = [_head_targets(desired, head) for desired, head, _ in characters]
    longest = max(len(part) for part in parts)
    targets = np.stack([_pad(part, longest) for part in parts])
    starts = np.zeros(targets.shape[:2], np.bool_)
    for row, (_, _, shifts) in enumerate(characters):
        frames = np.ceil(shifts).astype(np.int64) + _DELAY_FRAMES
        starts[row, frames[(frames >= 0) & (frames < len(parts[row]))]] = True
    moved = _follow(targets, starts)
    return [row[: len(part)] for row, part in zip(moved, parts, strict=True)]


def _pad(values: Floats, length: int) -> Floats:
    return np.concatenate((values, np.repeat(values[-1:], length - len(values), axis=0)))


def _head_targets(desired: Floats, head: Floats) -> Floats:
    """(T, 2) where one head is to be, frame by frame."""
    frames = np.arange(len(desired))
    later = np.minimum(frames + HEAD_AHEAD_FRAMES, len(desired) - 1)
    part = head_part(directions_in_head(desired, head[later]))
    return np.asarray(part[np.maximum(frames - _DELAY_FRAMES, 0)])


def _follow(targets: Floats, starts: Bools) -> Floats:
    """Heads' way (B, T, 2) to targets (B, T, 2); where a movement starts (B, T) its rate is set.

    Three first-order stages in a row of one rate, which is critical damping, solved exactly over
    a frame: each stage's way is that of the stage before it, integrated.
    """
    state = np.repeat(targets[:, :1], 3, axis=1)  # B, 3, 2
    decay = _decay(_head_rate(np.zeros(len(targets))))
    offsets = np.empty_like(targets)
    anyone = starts.any(axis=0)
    for frame in range(targets.shape[1]):
        target = targets[:, frame : frame + 1]
        if anyone[frame]:
            begins = starts[:, frame]
            way = np.linalg.norm(target[begins, 0] - state[begins, 2], axis=-1)
            decay[begins] = _decay(_head_rate(way))
        state = target + decay @ (state - target)
        offsets[:, frame] = state[:, 2]
    return offsets


def _decay(rate: Floats) -> Floats:
    """(B, 3, 3) what is left, after a frame, of how far the three stages are from the target."""
    turn = rate / MODEL_FRAME_RATE_HZ
    nothing = np.zeros_like(turn)
    rows = (
        (nothing + 1.0, nothing, nothing),
        (turn, nothing + 1.0, nothing),
        (0.5 * turn**2, turn, nothing + 1.0),
    )
    return np.asarray(np.exp(-turn)[:, None, None] * np.moveaxis(np.array(rows), -1, 0))


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


def _head_rate(way_rad: Floats) -> Floats:
    """Inverse time constants (B,) of head movements of these sizes (B,), in 1/s."""
    return np.asarray(_TIME_CONSTANTS_PER_MOVE / (_HEAD_SHORTEST_S + _HEAD_S_PER_RAD * way_rad))
