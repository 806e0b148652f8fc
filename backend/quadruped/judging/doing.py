"""What an animal does besides going: whether it is carried by a foot, looks round, eats.

A network may glide with no foot down, look round to neither side, or fold its neck to eat; measures
of gaits do not see that.
"""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.skeleton import CHEST, HEAD, HIPS, NECK, PAWS


def aloft_share(clip: MotionClip) -> float:
    """Share of the frames in which no paw stands: 0 of one who walks, stands or backs up.

    Args:
        clip: with contacts.
    """
    if clip.contacts is None:
        return 1.0
    return float((~np.asarray(clip.contacts, np.bool_).any(axis=1)).mean())


def look_range_deg(clip: MotionClip) -> tuple[float, float]:
    """How far the face turns to the right (negative) and to the left of the trunk, degrees.

    Args:
        clip: of one who looks round.
    """
    places = _places(clip)
    yaws = [_yaw(places[:, b] - places[:, a]) for a, b in ((HIPS, CHEST), (HEAD, NECK[-1]))]
    off = np.degrees(np.angle(np.exp(1j * (yaws[1] - yaws[0]))))
    return float(off.min()), float(off.max())


def mouth(clip: MotionClip, body: QuadrupedBody) -> tuple[float, float]:
    """Where the nose is at its lowest: height over the ground, and how far before the front paws.

    Args:
        clip: of one who eats on level ground.
        body: the animal's.

    Returns:
        Both in hip heights; the second is negative of a head that is folded under the chest.
    """
    places = _places(clip)
    frame = int(places[:, NECK[-1], 1].argmin())
    here = places[frame]
    forward = here[CHEST] - here[HIPS]
    forward = forward * (1.0, 0.0, 1.0)
    forward /= max(float(np.linalg.norm(forward)), 1e-9)
    paws = here[[PAWS[1], PAWS[3]]].mean(axis=0)
    ahead = float((here[NECK[-1]] - paws) @ forward)
    low = float(here[NECK[-1], 1] - (here[list(PAWS), 1] - body.paw_heights_m).min())
    return low / body.hip_height_m, ahead / body.hip_height_m


def _places(clip: MotionClip) -> Floats:
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return np.asarray(places, np.float64)


def _yaw(way: Floats) -> Floats:
    return np.arctan2(way[:, 0], way[:, 2])
