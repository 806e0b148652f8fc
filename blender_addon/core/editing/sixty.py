"""Work at 60 Hz on a motion of any rate: only what an edit changes is carried back.

Frames that an edit leaves alone keep every bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..errors import ClipError
from ..maths.rotations import (
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
)
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS, PLANTED_HEIGHTS_M
from ..motion.kinematics import forward_kinematics
from ..motion.resample import resample_clip

RATE_HZ: Final = MODEL_FRAME_RATE_HZ
_LOWEST_PERCENT: Final = 8
_RATES_HZ: Final = (1.0, 1000.0)


@dataclass(frozen=True, eq=False)
class AtSixty:
    """A motion at 60 Hz with its floor at y = 0.

    Args:
        original: as it was given.
        clip: the same at 60 Hz, lowered by ``floor_m``.
        floor_m: height of the floor under the original.
    """

    original: MotionClip
    clip: MotionClip
    floor_m: float

    def carry_back(self, edited: MotionClip) -> MotionClip:
        """The original with what is different in an edit of ``clip``.

        Args:
            edited: as many frames as ``clip``, at 60 Hz.
        """
        before = self.clip
        turned = quaternion_multiply(
            edited.rotations_wxyz, quaternion_conjugate(before.rotations_wxyz)
        )
        moved = edited.root_positions - before.root_positions
        at = np.arange(self.original.frame_count) * (RATE_HZ / self.original.frame_rate_hz)
        turn, move = sample_turns(make_continuous(turned), at), sample(moved, at)
        rotations = normalise(quaternion_multiply(turn, self.original.rotations_wxyz))
        still = _is_still(turn)
        rotations = np.where(still[..., None], self.original.rotations_wxyz, rotations)
        return replace(
            self.original,
            root_positions=self.original.root_positions + move,
            rotations_wxyz=rotations,
        )


def _is_still(turns: Floats) -> Bools:
    return np.asarray(np.all(turns[..., 1:] == 0.0, axis=-1))


def at_sixty(clip: MotionClip) -> AtSixty:
    """A clip of the common skeleton at 60 Hz on its floor.

    Raises:
        ClipError: it is of another skeleton, or of a rate that no film has.
    """
    if clip.skeleton.names != COMMON_SKELETON.names:
        raise ClipError(
            f"expected the {COMMON_SKELETON.joint_count} common joints; found "
            f"{clip.skeleton.joint_count} others; retarget the clip first"
        )
    if not _RATES_HZ[0] <= clip.frame_rate_hz <= _RATES_HZ[1]:
        raise ClipError(f"expected 1 to 1000 frames a second; found {clip.frame_rate_hz:g}")
    floor = floor_height(clip)
    sixty = resample_clip(clip, RATE_HZ)
    lowered = sixty.root_positions - np.array([0, floor, 0], np.float32)
    return AtSixty(clip, replace(sixty, root_positions=lowered), floor)


def floor_height(clip: MotionClip) -> float:
    """Height of the floor that a person's feet stand on, as far as its motion tells, metres."""
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    feet = joints[:, clip.skeleton.indices(FOOT_JOINTS), 1]
    lowest = np.percentile(feet, _LOWEST_PERCENT, axis=0)
    return float(np.median(lowest - PLANTED_HEIGHTS_M))


def sample(values: Floats, at: Floats) -> Floats:
    """Values (T, …) at fractional frames (N,), linear in between, held beyond the ends."""
    before, after, share = _between(len(values), at)
    weight = share.reshape(-1, *[1] * (values.ndim - 1)).astype(values.dtype)
    return np.asarray(values[before] + weight * (values[after] - values[before]))


def sample_turns(turns_wxyz: Floats, at: Floats) -> Floats:
    """Rotations (T, J, 4) at fractional frames (N,), along the shorter arc."""
    before, after, share = _between(len(turns_wxyz), at)
    first, second = turns_wxyz[before], turns_wxyz[after]
    blended = quaternion_nlerp(first, second, share[:, None])
    return np.where(np.all(first == second, axis=-1)[..., None], first, blended)


def sample_clip(clip: MotionClip, at: Floats) -> MotionClip:
    """A clip at fractional frames (N,) of its own."""
    contacts = clip.contacts
    nearest = np.clip(np.rint(at), 0, clip.frame_count - 1).astype(np.int64)
    return replace(
        clip,
        root_positions=sample(clip.root_positions, at),
        rotations_wxyz=sample_turns(clip.rotations_wxyz, at),
        contacts=None if contacts is None else contacts[nearest],
    )


def _between(count: int, at: Floats) -> tuple[Floats, Floats, Floats]:
    at = np.clip(at, 0.0, count - 1)
    before = np.floor(at + 1e-9).astype(np.int64)
    return before, np.minimum(before + 1, count - 1), np.maximum(at - before, 0.0)
