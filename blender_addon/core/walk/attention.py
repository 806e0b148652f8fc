"""Where somebody who walks looks: ahead to where the way goes, down to the next tread; and blinks.

Eyes rest on one direction for a while, whatever the head does meanwhile, and jump to the next. Most
directions lie about where the path goes in a second and a half; some are a glance aside.

Source: Patla, Vickers 2003, How far ahead do we look when required to step on specific locations in
the travel path during locomotion? (two steps ahead, and far ahead most of the time); Bentivoglio et
al. 1997 (blinks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..face.blink import WHOLE_S, blink_curve
from ..face.lids import lids_from_pitch
from ..maths.rotations import quaternion_rotate, wrap_angle
from ..maths.smoothing import gaussian_smooth

AHEAD_S: Final = 1.5
LIMITS_DEG: Final = (17.0, 10.0, 20.0)
"""How far the eyes turn to a side, up and down: more than that the head does."""
_LEAST_WAY_M: Final = 0.35
_BEHIND_RAD: Final = float(np.deg2rad(75.0))
_AHEAD_PITCH_RAD: Final = float(np.deg2rad(-6.0))
_TREAD_PITCH_RAD: Final = float(np.deg2rad(-32.0))
_TREAD_RISE_M: Final = 0.1
_TREAD_S: Final = 0.9
_RESTS_S: Final = (0.45, 1.6)
_ASIDE_SHARE: Final = 0.18
_SCATTER_RAD: Final = np.deg2rad((2.2, 1.4))
_ASIDE_RAD: Final = np.deg2rad((11.0, 3.0))
_JUMP_FRAMES: Final = 3
_BLINKS_S: Final = (2.0, 6.0)
_SEED: Final = 3571
"""Set apart from the draws of style and phase, which use the seed alone."""


@dataclass(frozen=True, eq=False)
class Attention:
    """Eyes over T frames at 60 Hz.

    Args:
        eyes_rad: (T, 2) yaw and pitch of both eyes in the head, left and up positive.
        blinks: (T,) 0 open … 1 shut.
        lids: (T,) how far the upper lids follow, 1 fully down.
    """

    eyes_rad: Floats
    blinks: Floats
    lids: Floats


def look_ahead(root_track: Floats, head_wxyz: Floats, ground_m: Floats, seed: int) -> Attention:
    """Where the eyes look on the way.

    Args:
        root_track: (T, 3) x, z and heading at 60 Hz, at the model's size.
        head_wxyz: (T, 4) rotation of the head in the world.
        ground_m: (T,) height of the ground under the root.
        seed: same seed, same eyes.
    """
    rng = np.random.default_rng([seed, _SEED])
    frames = len(root_track)
    head = _directions(head_wxyz)
    steady = gaussian_smooth(np.unwrap(head, axis=0), 0.25 * MODEL_FRAME_RATE_HZ)
    goals = _goals(root_track, steady[:, 0], ground_m)
    looked = np.empty((frames, 2))
    frame = 0
    while frame < frames:
        rest = max(int(rng.uniform(*_RESTS_S) * MODEL_FRAME_RATE_HZ), 1)
        aside = rng.random() < _ASIDE_SHARE
        scatter = (_ASIDE_RAD if aside else _SCATTER_RAD) * np.clip(rng.standard_normal(2), -2, 2)
        middle = min(frame + rest // 2, frames - 1)
        looked[frame : frame + rest] = goals[middle] + scatter
        frame += rest
    eyes = np.stack((wrap_angle(looked[:, 0] - head[:, 0]), looked[:, 1] - head[:, 1]), axis=-1)
    side, up, down = np.deg2rad(LIMITS_DEG)
    eyes = np.clip(eyes, (-side, -down), (side, up))
    eyes = _jumps_taking_time(eyes)
    return Attention(
        eyes, blink_curve(_blink_times(frames, rng), frames), lids_from_pitch(eyes[:, 1])
    )


def _directions(head_wxyz: Floats) -> Floats:
    """(T, 2) yaw and pitch to which a head looks."""
    ahead = np.broadcast_to(np.array([0.0, 0.0, 1.0]), (len(head_wxyz), 3))
    x, y, z = np.moveaxis(quaternion_rotate(head_wxyz.astype(np.float64), ahead), -1, 0)
    return np.stack((np.arctan2(x, z), np.arctan2(y, np.hypot(x, z))), axis=-1)


def _goals(track: Floats, head_yaw: Floats, ground: Floats) -> Floats:
    """(T, 2) yaw and pitch in the world of where the way goes; of treads, down to them.

    Who stands, or walks backward, looks where the head does.
    """
    frames = np.arange(len(track))
    later = np.minimum(frames + round(AHEAD_S * MODEL_FRAME_RATE_HZ), len(track) - 1)
    way = track[later, :2] - track[:, :2]
    yaw = np.arctan2(way[:, 0], way[:, 1])
    off = wrap_angle(yaw - head_yaw)
    goes = (np.linalg.norm(way, axis=1) > _LEAST_WAY_M) & (np.abs(off) < _BEHIND_RAD)
    soon = np.minimum(frames + round(_TREAD_S * MODEL_FRAME_RATE_HZ), len(track) - 1)
    treads = np.abs(ground[soon] - ground) > _TREAD_RISE_M
    pitch = np.where(treads, _TREAD_PITCH_RAD, _AHEAD_PITCH_RAD)
    return np.stack((head_yaw + np.where(goes, off, 0.0), pitch), axis=-1)


def _jumps_taking_time(eyes: Floats) -> Floats:
    """A jump of the eyes takes some frames, and each of them is seen."""
    kernel = np.ones(_JUMP_FRAMES) / _JUMP_FRAMES
    padded = np.pad(eyes, ((1, 1), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=-1)


def _blink_times(frames: int, rng: np.random.Generator) -> Floats:
    """Seconds at which lids begin to close."""
    length = frames / MODEL_FRAME_RATE_HZ
    steps = rng.uniform(*_BLINKS_S, int(length / _BLINKS_S[0]) + 2)
    steps[0] *= rng.random()
    times = np.cumsum(steps)
    return np.asarray(times[times + WHOLE_S < length])
