"""From a take on its ground to what the network reads and writes, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.terrain import Terrain, soften
from blender_addon.core.maths.headings import world_to_root
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_six,
)
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.gait import effective_speed, speeds_to_gaits
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk.features import (
    FUTURE_OFFSETS_FRAMES,
    WINDOW_OFFSETS_FRAMES,
    TrajectoryWindow,
    ground_under_root,
    pack_inputs,
    pack_outputs,
    window_heights,
)

from .takes import Take

JOINT_STATE = 6 * COMMON_SKELETON.joint_count
"""Numbers of the previous pose within the inputs: positions and velocities."""


@dataclass(frozen=True)
class Sequence:
    """Consecutive training frames of one take.

    Args:
        trajectory: (N, F − 6J − S) inputs that come from the trajectory.
        outputs: (N, O); their joint positions and velocities are the next frame's inputs.
        phase_rad: (N,) at each frame.
        style: index of the style.
    """

    trajectory: Floats
    outputs: Floats
    phase_rad: Floats
    style: int


def take_to_sequence(take: Take, terrain: Terrain) -> Sequence | None:
    """All frames of a take whose trajectory window is whole; None if there are too few."""
    first, last = -WINDOW_OFFSETS_FRAMES[0] + 1, take.frame_count - WINDOW_OFFSETS_FRAMES[-1] - 2
    if last - first < 30:
        return None
    frames = np.arange(first, last)
    felt = soften(terrain)
    ground = ground_under_root(felt, take.root_xz, take.heading_rad)
    positions, velocities, six = _joints_in_root(take, terrain, ground)
    turning = np.gradient(take.heading_rad) * MODEL_FRAME_RATE_HZ
    goes = effective_speed(take.speeds_m_s(), turning)
    gaits = speeds_to_gaits(gaussian_smooth(goes, 6.0))
    around = frames[:, None] + WINDOW_OFFSETS_FRAMES
    window = TrajectoryWindow(
        take.root_xz[around],
        take.heading_rad[around],
        window_heights(felt, take.root_xz[around], take.heading_rad[around]),
        gaits[around],
    )
    roots = (take.root_xz[frames], take.heading_rad[frames], ground[frames])
    before = frames - 1
    style = np.zeros((len(frames), 0), np.float32)
    inputs = pack_inputs(window, *roots, positions[before], velocities[before], style)
    future = frames[:, None] + 1 + FUTURE_OFFSETS_FRAMES
    outputs = pack_outputs(
        take.root_xz[future],
        take.heading_rad[future],
        take.root_xz[frames + 1],
        take.heading_rad[frames + 1],
        positions[frames],
        velocities[frames],
        six[frames],
        _root_velocity(take)[frames],
        ((take.phase_rad[frames + 1] - take.phase_rad[frames]) * MODEL_FRAME_RATE_HZ)[:, None],
        take.contacts[frames].astype(np.float32),
    )
    return Sequence(inputs[:, :-JOINT_STATE], outputs, take.phase_rad[frames], take.style)


def _joints_in_root(take: Take, terrain: Terrain, ground: Floats) -> tuple[Floats, Floats, Floats]:
    """Positions, velocities (T, J, 3) and rotations (T, J, 6) in the frame of each root."""
    hips, local = take.assemble(terrain)
    world, turned = forward_kinematics(COMMON_SKELETON, hips, local)
    away = quaternion_conjugate(heading_to_quaternion(take.heading_rad))[:, None]
    origin = np.stack((take.root_xz[:, 0], ground, take.root_xz[:, 1]), axis=-1)
    positions = quaternion_rotate(away, world - origin[:, None])
    steps = np.diff(world, axis=0, prepend=2 * world[:1] - world[1:2]) * MODEL_FRAME_RATE_HZ
    velocities = quaternion_rotate(away, steps)
    return positions, velocities, quaternion_to_six(quaternion_multiply(away, turned))


def _root_velocity(take: Take) -> Floats:
    """(T, 3) forward difference in the root's frame: sideways, forward (m/s), turn (rad/s)."""
    steps = np.diff(take.root_xz, axis=0, append=2 * take.root_xz[-1:] - take.root_xz[-2:-1])
    local = world_to_root(steps, take.heading_rad)
    turn = np.diff(take.heading_rad, append=2 * take.heading_rad[-1] - take.heading_rad[-2])
    return np.concatenate((local, turn[:, None]), axis=-1) * MODEL_FRAME_RATE_HZ
