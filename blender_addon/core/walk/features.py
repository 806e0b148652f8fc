"""What the locomotion network reads and writes, laid out once for training and for the scene.

A *root* is a point on the ground with a heading; it moves smoothly under the hips. Everything the
network sees is relative to it. Source: Holden et al. 2017, section 6.1 (x, y); we give directions
and positions in the same order, predict character-space rotations as two matrix columns, and add a
style vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..ground.terrain import Terrain
from ..inference.layout import Layout
from ..maths.headings import headings_to_directions, root_to_world, world_to_root
from ..motion.common_skeleton import COMMON_SKELETON
from ..motion.gait import GAITS

WINDOW_OFFSETS_FRAMES: Final = np.arange(-50, 61, 10)
"""W = 12 trajectory samples, every tenth frame at 60 Hz over about ±1 s."""

PAST_SAMPLES: Final = 5
FUTURE_OFFSETS_FRAMES: Final = WINDOW_OFFSETS_FRAMES[PAST_SAMPLES + 1 :]
FUTURE_SAMPLES: Final = len(FUTURE_OFFSETS_FRAMES)
SIDE_M: Final = 0.25
"""Distance from the trajectory at which the ground is sampled on its left and right."""

STYLE_DIMENSIONS: Final = 12
"""Of our own models; a model of another number says so in its contract."""

_WINDOW = len(WINDOW_OFFSETS_FRAMES)
_JOINTS = COMMON_SKELETON.joint_count


def input_layout(style_dimensions: int) -> Layout:
    """Layout of the inputs of a model whose style vectors have so many numbers."""
    return Layout(
        {
            "trajectory_positions_m": 2 * _WINDOW,
            "trajectory_directions": 2 * _WINDOW,
            "trajectory_heights_m": 3 * _WINDOW,
            "trajectory_gaits": len(GAITS) * _WINDOW,
            "joint_positions_m": 3 * _JOINTS,
            "joint_velocities_m_s": 3 * _JOINTS,
            "style": style_dimensions,
        }
    )


INPUT_LAYOUT: Final = input_layout(STYLE_DIMENSIONS)
OUTPUT_LAYOUT: Final = Layout(
    {
        "future_positions_m": 2 * FUTURE_SAMPLES,
        "future_directions": 2 * FUTURE_SAMPLES,
        "joint_positions_m": 3 * _JOINTS,
        "joint_velocities_m_s": 3 * _JOINTS,
        "joint_rotations_six": 6 * _JOINTS,
        "root_velocity_m_s_rad_s": 3,
        "phase_rate_rad_s": 1,
        "contacts": 4,
    }
)


_UNDER_ROOT_M: Final = np.array(
    [(x, z) for z in (-0.3, -0.15, 0.0, 0.15, 0.3) for x in (-0.1, 0.1)], np.float64
)


def ground_under_root(terrain: Terrain, root_xz: Floats, headings_rad: Floats) -> Floats:
    """Height (...) on which a root (..., 2) stands: the mean over a step's length along it.

    Steps and stairs become a ramp, as the hips of a walker make them.
    """
    around = root_to_world(_UNDER_ROOT_M, np.asarray(headings_rad)[..., None])
    return np.asarray(terrain.heights(root_xz[..., None, :] + around).mean(axis=-1))


def window_heights(terrain: Terrain, positions_xz: Floats, headings_rad: Floats) -> Floats:
    """Ground at trajectory samples (..., 2): centre, left and right, as (..., 3) heights."""
    left = SIDE_M * np.stack((np.cos(headings_rad), -np.sin(headings_rad)), axis=-1)
    places = np.stack((positions_xz, positions_xz + left, positions_xz - left), axis=-2)
    return terrain.heights(places)


@dataclass(frozen=True)
class TrajectoryWindow:
    """The trajectory around B roots.

    Args:
        positions_xz: (B, W, 2) in the world, metres.
        headings_rad: (B, W).
        heights_m: (B, W, 3) of the ground: centre, left, right.
        gaits: (B, W, G) weights.
    """

    positions_xz: Floats
    headings_rad: Floats
    heights_m: Floats
    gaits: Floats


def pack_inputs(
    window: TrajectoryWindow,
    root_xz: Floats,
    root_heading_rad: Floats,
    root_height_m: Floats,
    joint_positions: Floats,
    joint_velocities: Floats,
    style: Floats,
) -> Floats:
    """Network inputs (B, F) of one frame.

    Args:
        window: trajectory around the roots.
        root_xz, root_heading_rad, root_height_m: (B, 2), (B,), (B,) the roots at this frame.
        joint_positions, joint_velocities: (B, J, 3) of the frame before, in that frame's root.
        style: (B, S).
    """
    count = len(root_xz)
    heading = root_heading_rad[:, None]
    positions = world_to_root(window.positions_xz - root_xz[:, None], heading)
    directions = headings_to_directions(window.headings_rad - heading)
    parts = (
        positions,
        directions,
        window.heights_m - root_height_m[:, None, None],
        window.gaits,
        joint_positions,
        joint_velocities,
        style,
    )
    return np.concatenate([part.reshape(count, -1) for part in parts], axis=1, dtype=np.float32)


def pack_outputs(
    future_xz: Floats,
    future_heading_rad: Floats,
    next_root_xz: Floats,
    next_root_heading_rad: Floats,
    joint_positions: Floats,
    joint_velocities: Floats,
    joint_rotations_six: Floats,
    root_velocity: Floats,
    phase_rate: Floats,
    contacts: Floats,
) -> Floats:
    """Network targets (B, O) of one frame, for training; shapes as in OUTPUT_LAYOUT."""
    count = len(next_root_xz)
    heading = next_root_heading_rad[:, None]
    parts = (
        world_to_root(future_xz - next_root_xz[:, None], heading),
        headings_to_directions(future_heading_rad - heading),
        joint_positions,
        joint_velocities,
        joint_rotations_six,
        root_velocity,
        phase_rate,
        contacts,
    )
    return np.concatenate([part.reshape(count, -1) for part in parts], axis=1, dtype=np.float32)
