"""What a simulated figure follows: poses, rates and contacts at each control step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..feet.contacts import detect_contacts
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.smoothing import gaussian_smooth
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from ..motion.kinematics import forward_kinematics
from ..motion.resample import resample_clip
from .clip_poses import FRAME_RATE_HZ, ClipPoses, body_positions, body_rotations, clip_to_poses
from .figure import CONTROL_RATE_HZ, PARTS
from .joints import joint_vectors, track_rates, with_joint_vectors

FRAMES_A_STEP: Final = int(FRAME_RATE_HZ) // CONTROL_RATE_HZ

SWING_KNEE_RAD: Final = 0.14
"""How far a swinging thigh is raised besides; the knee bends by twice that."""
SWING_TOE_RAD: Final = 0.12
"""How far a swinging foot is tipped up besides."""
_EASE_FRAMES: Final = 3.0


@dataclass(frozen=True, eq=False)
class Reference:
    """A motion at K control steps, 30 a second; before and after it the ends are held.

    Args:
        followed: the whole motion at 60 Hz.
        poses: (K, 45), swinging feet lifted.
        rates: (K, 36) of these.
        joints: (K, 30) the same poses as joint vectors, radians.
        bodies: (K, 15, 3) where the bodies are, metres.
        carries: (K, 2) whether the left and the right foot carry.
        lift: share of what raises swinging feet.
    """

    followed: ClipPoses
    poses: Floats
    rates: Floats
    joints: Floats
    bodies: Floats
    carries: Bools
    lift: float = 1.0

    @property
    def steps(self) -> int:
        """K."""
        return len(self.poses)

    def clamped(self, steps: Ints) -> Ints:
        """Control steps within the motion."""
        return np.clip(steps, 0, self.steps - 1)


def reference_of(clip: MotionClip, terrain: Terrain | None = None, lift: float = 1.0) -> Reference:
    """A clip of the common skeleton made ready to be followed.

    Args:
        clip: at any rate.
        terrain: what its feet stand on, where contacts are not known; level at 0 where None.
        lift: share of what raises swinging feet besides; who is held up needs little of it.
    """
    clip = resample_clip(clip, FRAME_RATE_HZ)
    followed = clip_to_poses(clip)
    carries = _carrying(clip, terrain or FlatTerrain())
    raised = joint_vectors(followed.poses) + lift * swing_lift(carries)
    lifted = with_joint_vectors(followed.poses, raised)
    chosen = slice(None, None, FRAMES_A_STEP)
    poses = lifted[chosen]
    return Reference(
        followed,
        poses,
        track_rates(lifted, FRAME_RATE_HZ)[chosen],
        joint_vectors(poses),
        body_positions(poses, body_rotations(poses)),
        carries[chosen],
        lift,
    )


def swing_lift(carries: Bools) -> Floats:
    """(T, 30) what raises the foot that does not carry; sagging legs would scuff without it.

    Args:
        carries: (T, 2) of the left and the right foot, 60 frames a second.
    """
    out = np.zeros((len(carries), sum(part.degrees for part in PARTS)))
    swinging = gaussian_smooth((~carries).astype(np.float64), _EASE_FRAMES, keep_ends=True)
    both = swinging * (1.0 - swinging[:, ::-1])  # a figure in the air has nothing to clear
    for side, swing in zip(("left_", "right_"), both.T, strict=True):
        out[:, _column(side + "thigh")] = -SWING_KNEE_RAD * swing
        out[:, _column(side + "shin")] = 2.0 * SWING_KNEE_RAD * swing
        out[:, _column(side + "foot")] = -(SWING_KNEE_RAD + SWING_TOE_RAD) * swing
    return out


def _column(name: str) -> int:
    """First muscle of a part: its turning about x."""
    before = [part.name for part in PARTS].index(name)
    return sum(part.degrees for part in PARTS[:before])


def _carrying(clip: MotionClip, terrain: Terrain) -> Bools:
    """(T, 2) whether heel or ball of the left and the right foot carry."""
    contacts = clip.contacts
    if contacts is None:
        positions, _ = forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)
        feet = positions[:, [COMMON_SKELETON.names.index(name) for name in FOOT_JOINTS]]
        contacts = detect_contacts(feet, terrain.heights(feet[..., [0, 2]]), clip.frame_rate_hz)
    return np.stack((contacts[:, :2].any(1), contacts[:, 2:].any(1)), axis=1)
