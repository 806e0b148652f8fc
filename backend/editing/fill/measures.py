"""How near filled windows are to the recorded ones, and how natural they are.

Windows are (B, T, ...), at 30 Hz. L2P, L2Q and NPSS are those of LAFAN1's benchmark, computed by
the same functions; here windows are brought to what these expect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.editing.lafan1 import measures as benchmark
from backend.editing.lafan1.measures import PositionScale
from backend.mocap.recordings import RATE_HZ, Recording
from blender_addon.core.conventions import FORWARD, Floats, Ints
from blender_addon.core.feet.measures import NEAR_GROUND_M
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_conjugate,
    quaternion_rotate,
)
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    PLANTED_HEIGHTS_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics

from .samples import BEFORE

_FEET: Final = COMMON_SKELETON.indices(FOOT_JOINTS)
_STATISTICS_FRAMES: Final = 50
_STATISTICS_STEP: Final = 20


@dataclass(frozen=True, eq=False)
class Posed:
    """Windows of motion in the world.

    Args:
        places: (B, T, J, 3) metres.
        turns_wxyz: (B, T, J, 4); of q and −q what goes on from the first frame without a leap.
    """

    places: Floats
    turns_wxyz: Floats

    @classmethod
    def of(cls, root_positions: Floats, rotations_wxyz: Floats) -> Posed:
        """From root positions (B, T, 3) and local rotations (B, T, J, 4)."""
        smooth = np.moveaxis(make_continuous(np.moveaxis(rotations_wxyz, 1, 0)), 0, 1)
        return cls(*forward_kinematics(COMMON_SKELETON, root_positions, smooth))

    def chosen(self, which: Ints) -> Posed:
        """Only some windows."""
        return Posed(self.places[which], self.turns_wxyz[which])


def position_scale(recordings: Sequence[Recording]) -> PositionScale:
    """Of windows of 50 frames every 20, centred and turned as LAFAN1's benchmark does."""
    windows = [
        (each.clip.root_positions[part], each.clip.rotations_wxyz[part])
        for each in recordings
        for start in range(0, each.clip.frame_count - _STATISTICS_FRAMES, _STATISTICS_STEP)
        for part in [slice(start, start + _STATISTICS_FRAMES)]
    ]
    root, rotations = (np.stack(each) for each in zip(*windows, strict=True))
    places = turn_to_past(Posed.of(root, rotations)).places
    return PositionScale(places.mean(axis=(0, 1)), places.std(axis=(0, 1)))


def turn_to_past(posed: Posed, like: Posed | None = None) -> Posed:
    """Centre windows on the ground and turn them so that the last known pose faces one way.

    Args:
        posed: windows.
        like: by whose centre and heading; None for their own.
    """
    like = like or posed
    hips = like.turns_wxyz[:, BEFORE - 1, 0]
    ahead = quaternion_rotate(hips, np.broadcast_to(FORWARD, (len(hips), 3)))
    back = quaternion_conjugate(heading_to_quaternion(np.arctan2(ahead[:, 0], ahead[:, 2])))
    centre = like.places[:, :, 0].mean(axis=1) * np.array([1, 0, 1], np.float32)
    moved = posed.places - centre[:, None, None]
    turned = quaternion_rotate(np.broadcast_to(back[:, None, None], (*moved.shape[:3], 4)), moved)
    return Posed(turned, posed.turns_wxyz)


def joint_error_cm(made: Posed, true: Posed, gap: slice) -> Floats:
    """(B,) mean distance of joints in the gap."""
    far = np.linalg.norm(made.places[:, gap] - true.places[:, gap], axis=-1)
    return np.asarray(100.0 * far.mean(axis=(1, 2)))


def l2p(made: Posed, true: Posed, gap: slice, scale: PositionScale) -> float:
    """Distance of all normalised global positions at once, mean over gaps."""
    ours, theirs = turn_to_past(made, true), turn_to_past(true)
    return benchmark.l2p(_wide(ours.places[:, gap]), _wide(theirs.places[:, gap]), scale)


def l2q(made: Posed, true: Posed, gap: slice) -> float:
    """Distance of all global quaternions at once, mean over gaps."""
    return benchmark.l2q(_wide(made.turns_wxyz[:, gap]), _wide(true.turns_wxyz[:, gap]))


def npss(made: Posed, true: Posed, gap: slice) -> float:
    """Normalised power spectrum similarity of global quaternions over all gaps; 0 is alike."""
    ours, theirs = (_wide(each.turns_wxyz[:, gap]) for each in (made, true))
    return benchmark.npss(ours.reshape(*ours.shape[:2], -1), theirs.reshape(*ours.shape[:2], -1))


def _wide(values: Floats) -> benchmark.Reals:
    return np.asarray(values, np.float64)


def slip_m_s(posed: Posed, gap: slice) -> float:
    """Mean horizontal speed of the carrying foot in the gap, m/s; NaN where none carries."""
    around = slice(gap.start - 1, gap.stop + 1)
    feet = posed.places[:, around][:, :, _FEET]
    speeds = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=1), axis=-1) * RATE_HZ
    low = feet[:, :-1, :, 1] - PLANTED_HEIGHTS_M < NEAR_GROUND_M
    slowest = np.where(low, speeds, np.inf).min(axis=-1)
    carried = slowest[low.any(axis=-1)]
    return float(carried.mean()) if carried.size else float("nan")


def jerk(posed: Posed, gap: slice) -> float:
    """Mean size of the joints' third difference that touches the gap, metres."""
    around = slice(max(gap.start - 2, 0), gap.stop + 2)
    return float(np.linalg.norm(np.diff(posed.places[:, around], 3, axis=1), axis=-1).mean())


def seam(posed: Posed, gap: slice) -> float:
    """Mean change of the joints' velocity at the two ends of the gap, metres per frame."""
    bends = np.linalg.norm(np.diff(posed.places, 2, axis=1), axis=-1).mean(axis=-1)
    ends = [frame for frame in (gap.start - 2, gap.stop - 1) if frame < bends.shape[1]]
    return float(bends[:, ends].mean())


def end_error_rad(made: Floats, given: Floats, gap: slice) -> float:
    """Largest turn between local rotations (B, T, J, 4) given and made, outside the gap."""
    outside = np.ones(made.shape[1], bool)
    outside[gap] = False
    off = np.minimum(np.abs(made - given), np.abs(made + given))[:, outside]
    return float(2.0 * np.sqrt((off.astype(np.float64) ** 2).sum(axis=-1)).max(initial=0.0))
