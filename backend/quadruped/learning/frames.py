"""Sequences in memory, as the network is to see them.

A window's positions, directions, heights and speeds are packed once; its actions, which would be
half of all numbers, are kept once a frame and put together when they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.quadruped.sequence import Sequence
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from blender_addon.core.errors import InputError
from blender_addon.core.maths.headings import headings_to_directions, world_to_root
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_to_six,
    wrap_angle,
)
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.features import (
    INPUT_LAYOUT,
    PAST_SAMPLES,
    WINDOW_OFFSETS_FRAMES,
    desired_future,
    ground_under_root,
    pose_in_root,
    root_velocities,
    speeds_along,
)
from blender_addon.core.quadruped.skeleton import NECK

from .sides import sides_of

TRAJECTORY = slice(0, INPUT_LAYOUT.slices["trajectory_actions"].start)
"""What of a window is kept packed: positions, directions, heights, speeds."""


@dataclass(frozen=True, eq=False)
class Frames:
    """All frames of a split, one sequence after the other.

    Args:
        trajectory: (N, 72) the packed part of the window around each frame.
        actions: (N, 13) weights.
        outputs: (N, O) what led to each frame: its pose, contacts and future as its root sees
            them, the root's velocity from the frame before.
        headings: (N,) of the roots.
        side: (N,) −1 for those to be seen in a mirror, 1 for those never to be, 0 for either, see
            ``sides_of``.
        body: (N,) whose, a row of ``bodies``.
        first, last: (N,) frames with which its sequence begins and ends.
        bodies: (M, 13) body vectors.
        offsets: (27, 3) mean rest offsets of the bodies' joints, metres.
    """

    trajectory: Tensor
    actions: Tensor
    outputs: Tensor
    headings: Tensor
    side: Tensor
    body: Tensor
    first: Tensor
    last: Tensor
    bodies: Tensor
    offsets: Tensor

    def __len__(self) -> int:
        """N."""
        return len(self.headings)

    @classmethod
    def of(cls, sequences: Iterable[Sequence]) -> Frames:
        """Frames of sequences, read one by one.

        Raises:
            InputError: there are none.
        """
        parts: list[dict[str, NDArray[Any]]] = []
        bodies: list[QuadrupedBody] = []
        for each in sequences:
            parts.append(_frames_of(each))
            bodies.append(each.body)
        if not parts:
            raise InputError(
                "no sequences to learn from; run 'backend prepare quadruped' first, and give the "
                "folder it wrote by --data"
            )
        lengths = np.array([len(part["headings"]) for part in parts])
        ends = np.cumsum(lengths)
        joined = {
            name: torch.from_numpy(np.concatenate([part[name] for part in parts]))
            for name in parts[0]
        }
        return cls(
            **joined,
            body=_each(np.arange(len(parts)), lengths),
            first=_each(ends - lengths, lengths),
            last=_each(ends - 1, lengths),
            bodies=torch.from_numpy(np.stack([body.vector for body in bodies])),
            offsets=torch.from_numpy(np.mean([body.skeleton.offsets for body in bodies], axis=0)),
        )


def _each(values: Ints, lengths: Ints) -> Tensor:
    return torch.from_numpy(np.repeat(values, lengths))


def _frames_of(sequence: Sequence) -> dict[str, NDArray[Any]]:
    clip, root, terrain = sequence.clip, sequence.root_track, sequence.terrain
    positions, rotations = forward_kinematics(
        clip.skeleton, clip.root_positions, clip.rotations_wxyz
    )
    ground = ground_under_root(terrain, root)
    pose = pose_in_root(positions, _velocities(positions), root, ground)
    turn = heading_to_quaternion(-root[:, 2]).astype(np.float32)
    six = quaternion_to_six(quaternion_multiply(turn[:, None], rotations))
    window_xz, window_headings = _window(sequence)
    heights = terrain.heights(window_xz) - ground[:, None]
    seen_xz = world_to_root(window_xz - root[:, None, :2], root[:, None, 2])
    directions = headings_to_directions(window_headings - root[:, None, 2])
    plan, frames = sequence.plan, _around(len(root))
    speeds = speeds_along(plan.speeds_m_s, plan.travel_rad, plan.headings_rad)[frames]
    moved = np.concatenate((root_velocities(root)[:1], root_velocities(root)))
    future = slice(PAST_SAMPLES + 1, None)
    return {
        "trajectory": _rows(seen_xz, directions, heights, speeds),
        "actions": np.asarray(plan.actions, np.float32),
        "outputs": _rows(
            seen_xz[:, future],
            directions[:, future],
            pose.positions_m,
            pose.velocities_m_s,
            six,
            moved,
            sequence.footfalls.contacts.astype(np.float32),
        ),
        "headings": np.asarray(root[:, 2], np.float32),
        "side": sides_of(
            sequence.footfalls.contacts, plan.actions, pose.positions_m[:, NECK[-1], 0]
        ),
    }


def _velocities(positions_m: Floats) -> Floats:
    """(T, 27, 3) from each frame's predecessor to it."""
    moved = np.diff(positions_m.astype(np.float64), axis=0) * MODEL_FRAME_RATE_HZ
    return np.concatenate((moved[:1], moved))


def _rows(*parts: Floats) -> Floats:
    flat = [np.asarray(part).reshape(len(part), -1) for part in parts]
    return np.concatenate(flat, axis=1, dtype=np.float32, casting="unsafe")


def _around(count: int) -> Ints:
    """(T, W) the frames of the window around each, not beyond the ends."""
    frames = np.arange(count)[:, None] + WINDOW_OFFSETS_FRAMES
    return np.clip(frames, 0, count - 1)


def _window(sequence: Sequence) -> tuple[Floats, Floats]:
    """Places (T, W, 2) and headings (T, W): the root's own past, and how it gets to the plan."""
    root, plan = sequence.root_track, sequence.plan
    frames = _around(len(root))
    xz, headings = root[frames][..., :2].copy(), root[frames][..., 2].copy()
    ahead = frames[:, PAST_SAMPLES + 1 :]
    off = root[:, :2] - plan.positions_xz
    off_heading = wrap_angle(root[:, 2] - plan.headings_rad)
    # Counted from the root's heading: whole turns between the two are no error.
    turned = plan.headings_rad[ahead] - plan.headings_rad[:, None]
    ahead_headings = (root[:, 2] - off_heading)[:, None] + turned
    xz[:, PAST_SAMPLES + 1 :], headings[:, PAST_SAMPLES + 1 :] = desired_future(
        plan.positions_xz[ahead], ahead_headings, off, off_heading
    )
    return xz, headings
