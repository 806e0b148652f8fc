"""From windows that were decoded twice to what changes of a motion, frame by frame.

Only the difference of two decoded windows is used: what the network cannot tell of a motion, its
detail, is in neither of them and stays as it is in the motion itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...maths.rotation_vectors import quaternion_to_vector
from ...maths.rotations import quaternion_conjugate, quaternion_multiply
from ...maths.smoothing import gaussian_smooth, smoothstep
from ..prior_features import JOINTS, LAYOUT, RATE_HZ, WINDOW_FRAMES, feature_rotations

HOP: Final = 40
OVERLAP: Final = WINDOW_FRAMES - HOP
_ROOT: Final = ("root_height_m", "root_velocity_m_s", "turn_rate_rad_s")
_PARTS: Final = LAYOUT.slices
_ROOT_SIZE: Final = 4
_DRIFT_S: Final = 1.0
"""Ways that are longer in time than this are taken out: the path is kept."""
_SMOOTH_FRAMES: Final = 1.5
_CYCLE_RAD: Final = 0.12
_CYCLE_M: Final = 0.02
_CYCLE_M_S: Final = 0.5
_LEAST_CYCLE: Final = 12


@dataclass(frozen=True, eq=False)
class Plan:
    """Where windows lie in a motion of T frames.

    Args:
        frames: (W, 60) which frame each frame of a window is; −1 for none.
        count: T.
        cycle: frames after which the motion begins again; 0 where it does not.
    """

    frames: Ints
    count: int
    cycle: int


@dataclass(frozen=True, eq=False)
class Difference:
    """What changes of a motion at 30 Hz.

    Args:
        moved: (T, 3) the root, metres: across and along the heading it had, and up.
        turned: (T,) the root's heading, radians.
        joints: (T, J, 3) rotation of each joint before its own, axis times angle.
    """

    moved: Floats
    turned: Floats
    joints: Floats


def plan_windows(features: Floats, rng: np.random.Generator) -> Plan:
    """Windows over features (T, F), which overlap by a third.

    Where they begin is drawn, so that two variants do not change over at the same moment.
    """
    count = len(features)
    period = cycle_of(features)
    if period:
        number = max(1, round(period / HOP))
        first = rng.random() * period
        starts = np.round(first + np.arange(number) * period / number).astype(np.int64)
        return Plan((starts[:, None] + np.arange(WINDOW_FRAMES)) % period, count, period)
    first = -int(rng.integers(HOP)) if count > WINDOW_FRAMES else 0
    starts = np.arange(first, max(count - OVERLAP, 1), HOP)
    frames = starts[:, None] + np.arange(WINDOW_FRAMES)
    # The first and the last window lie within the motion; there they are one frame's only one.
    frames = frames - np.minimum(frames[:, :1], 0)
    over = np.maximum(frames[:, -1:] - (count - 1), 0)
    if count >= WINDOW_FRAMES:
        frames = frames - over
    return Plan(np.where(frames < count, frames, -1), count, 0)


def cycle_of(features: Floats) -> int:
    """After how many frames a motion (T, F) begins again with its last frame; 0 for never."""
    if len(features) < _LEAST_CYCLE:
        return 0
    gap = features[-1] - features[0]
    # The last frame's own velocity is not known: that of the one before it goes on.
    same = (
        np.abs(gap[_PARTS["joint_rotations_six"]]).max() < _CYCLE_RAD
        and np.abs(gap[_PARTS["root_height_m"]]).max() < _CYCLE_M
        and np.abs(gap[_PARTS["root_velocity_m_s"]]).max() < _CYCLE_M_S
    )
    still = np.ptp(features, axis=0).max() < _CYCLE_RAD  # who does nothing repeats nothing
    return len(features) - 1 if same and not still else 0


def windows_at(features: Floats, plan: Plan) -> Floats:
    """Windows (W, 60, F) of features; what is missing of one goes back and forth."""
    frames = plan.frames
    if (frames < 0).any():
        missing = WINDOW_FRAMES - plan.count
        padded = np.pad(np.arange(plan.count), (0, missing), "symmetric")
        return np.asarray(features[padded][None])
    return np.asarray(features[frames])


def difference(before: Floats, after: Floats, plan: Plan, heading: Floats) -> Difference:
    """What the second of two decodings changes of the motion.

    Args:
        before, after: (W, 60, F) features of the same windows.
        plan: where they lie.
        heading: (T,) of the motion, radians.
    """
    blended = _blend(_tracks(before, after), plan)
    smooth = gaussian_smooth(blended, _SMOOTH_FRAMES, keep_ends=True)
    height, speed, rate = smooth[:, 0], smooth[:, 1:3], smooth[:, 3]
    turned = _without_drift(_summed(rate), plan.cycle)
    sine, cosine = np.sin(heading), np.cos(heading)
    world = np.stack(
        (cosine * speed[:, 0] + sine * speed[:, 1], cosine * speed[:, 1] - sine * speed[:, 0]), -1
    )
    way = _without_drift(_summed(world), plan.cycle)
    moved = np.stack((way[:, 0], height, way[:, 1]), axis=-1)
    return Difference(moved, turned, smooth[:, _ROOT_SIZE:].reshape(-1, JOINTS, 3))


def _tracks(before: Floats, after: Floats) -> Floats:
    """(W, 60, 4 + 3·J): of the root its numbers, of the joints vectors of rotation."""
    root = np.concatenate([after[..., _PARTS[n]] - before[..., _PARTS[n]] for n in _ROOT], axis=-1)
    turns = quaternion_multiply(
        quaternion_conjugate(feature_rotations(before)), feature_rotations(after)
    )
    vectors = quaternion_to_vector(turns)
    return np.concatenate((root, vectors.reshape(*root.shape[:-1], -1)), axis=-1)


def _blend(tracks: Floats, plan: Plan) -> Floats:
    """Windows (W, 60, C) to frames (T, C), cross-faded where they overlap."""
    edge = np.minimum(np.arange(WINDOW_FRAMES) + 1, WINDOW_FRAMES - np.arange(WINDOW_FRAMES))
    weights = smoothstep(edge / (OVERLAP + 1)) + 1e-4
    total = np.zeros((plan.count, tracks.shape[-1]))
    share = np.zeros((plan.count, 1))
    for track, frames in zip(tracks, plan.frames, strict=True):
        inside = frames >= 0
        np.add.at(total, frames[inside], (weights[:, None] * track)[inside])
        np.add.at(share, frames[inside], weights[inside, None])
    if plan.cycle:
        total[-1], share[-1] = total[0], share[0]
    return np.asarray(total / share)


def _summed(rates: Floats) -> Floats:
    """What rates (T, ...) a second have come to before each frame."""
    total = np.cumsum(rates, axis=0) / RATE_HZ
    return total - rates / RATE_HZ


def _without_drift(values: Floats, cycle: int) -> Floats:
    """Values (T, ...) without what moves away slowly; of a cycle the end is as the beginning."""
    if cycle:
        share = np.linspace(0.0, 1.0, len(values)).reshape(-1, *[1] * (values.ndim - 1))
        values = values - share * (values[-1] - values[0])
        return np.asarray(values - values.mean(axis=0))
    return values - gaussian_smooth(values, _DRIFT_S * RATE_HZ)
