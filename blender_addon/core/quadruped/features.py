"""What the quadruped network reads and writes, laid out once for training and for the scene.

A *root* is the middle of the trunk on the ground with a heading (``root.py``); everything the
network sees is relative to it, in the model's world (``body.py``): hips half a metre high, 60 Hz.
From the window and pose of frame t it says the pose of t + 1, relative to the root of t + 1, and
how the root gets there. Source: Zhang, Starke, Komura, Saito 2018, section 4; beyond it the
ground's heights, the body's numbers and four contacts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from ..ground.terrain import Terrain
from ..inference.layout import Layout
from ..maths.headings import headings_to_directions, root_to_world, world_to_root
from .body import BODY_NUMBERS, QuadrupedBody
from .gaits import ACTIONS
from .root import root_of
from .skeleton import JOINTS, PAWS

WINDOW_OFFSETS_FRAMES: Final = np.arange(-50, 61, 10)
"""W = 12 trajectory samples, every tenth frame at 60 Hz over about ±1 s."""

PAST_SAMPLES: Final = 5
FUTURE_OFFSETS_FRAMES: Final = WINDOW_OFFSETS_FRAMES[PAST_SAMPLES + 1 :]
FUTURE_SAMPLES: Final = len(FUTURE_OFFSETS_FRAMES)
FEET: Final = 4
"""LH, LF, RH, RF."""

_WINDOW: Final = len(WINDOW_OFFSETS_FRAMES)
_JOINTS: Final = len(JOINTS)

INPUT_LAYOUT: Final = Layout(
    {
        "trajectory_positions_m": 2 * _WINDOW,
        "trajectory_directions": 2 * _WINDOW,
        "trajectory_heights_m": _WINDOW,
        "trajectory_speeds_m_s": _WINDOW,
        "trajectory_actions": len(ACTIONS) * _WINDOW,
        "joint_positions_m": 3 * _JOINTS,
        "joint_velocities_m_s": 3 * _JOINTS,
        "body": len(BODY_NUMBERS),
    }
)
OUTPUT_LAYOUT: Final = Layout(
    {
        "future_positions_m": 2 * FUTURE_SAMPLES,
        "future_directions": 2 * FUTURE_SAMPLES,
        "joint_positions_m": 3 * _JOINTS,
        "joint_velocities_m_s": 3 * _JOINTS,
        "joint_rotations_six": 6 * _JOINTS,
        "root_velocity_m_s_rad_s": 3,
        "contacts": FEET,
    }
)


def _gating_columns() -> Ints:
    parts = INPUT_LAYOUT.slices
    first = parts["joint_velocities_m_s"].start
    paws = [first + 3 * paw + axis for paw in PAWS for axis in range(3)]
    rest = [
        np.arange(parts[name].start, parts[name].stop)
        for name in ("trajectory_speeds_m_s", "trajectory_actions", "body")
    ]
    return np.concatenate((paws, *rest)).astype(np.int64)


GATING_COLUMNS: Final = _gating_columns()
"""The inputs that the gating network sees: the paws' velocities, desired speeds, actions, body."""


@dataclass(frozen=True, eq=False)
class TrajectoryWindow:
    """The trajectory around B roots: their own past, and the future that is desired.

    Args:
        positions_xz: (B, W, 2) in the world, metres.
        headings_rad: (B, W) where the trunk faces.
        heights_m: (B, W) of the ground there.
        speeds_m_s: (B, W) desired along the heading: negative while backing up, see
            ``speeds_along``.
        actions: (B, W, 13) weights of ``gaits.ACTIONS``.
    """

    positions_xz: Floats
    headings_rad: Floats
    heights_m: Floats
    speeds_m_s: Floats
    actions: Floats


@dataclass(frozen=True, eq=False)
class RootPose:
    """A pose as its root sees it.

    Args:
        positions_m: (…, 27, 3) joints in the root's frame; y above the ground under the root.
        velocities_m_s: (…, 27, 3) over the ground (a paw that stands has none), turned into the
            root's frame.
    """

    positions_m: Floats
    velocities_m_s: Floats


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the network says of B animals, parts of its output.

    Args:
        future_positions_m: (B, 6, 2) x, z of the trajectory after the next frame, in the next
            root's frame.
        future_directions: (B, 6, 2) likewise, about unit length.
        pose: of the next frame, in the next root's frame.
        rotations_six: (B, 27, 6) of the joints, two columns, the root's heading taken out.
        root_velocity: (B, 3) metres a second to the left and forward as this root sees it, turn in
            radians a second, from this frame to the next.
        contacts: (B, 4) probability that each foot stands in the next frame.
    """

    future_positions_m: Floats
    future_directions: Floats
    pose: RootPose
    rotations_six: Floats
    root_velocity: Floats
    contacts: Floats


def pack(
    window: TrajectoryWindow,
    root: Floats,
    ground_m: Floats,
    pose: RootPose,
    body_vectors: Floats,
) -> Floats:
    """Network inputs (B, F) of one frame.

    Args:
        window: trajectory around the roots.
        root: (B, 3) x, z, heading at this frame.
        ground_m: (B,) see ``ground_under_root``.
        pose: of this frame.
        body_vectors: (B, 13) ``QuadrupedBody.vector``.
    """
    count, heading = len(root), root[:, None, 2]
    parts = (
        world_to_root(window.positions_xz - root[:, None, :2], heading),
        headings_to_directions(window.headings_rad - heading),
        window.heights_m - ground_m[:, None],
        window.speeds_m_s,
        window.actions,
        pose.positions_m,
        pose.velocities_m_s,
        body_vectors,
    )
    return np.concatenate([part.reshape(count, -1) for part in parts], axis=1, dtype=np.float32)


_PARTS: Final = OUTPUT_LAYOUT.slices


def unpack(outputs: Floats) -> Prediction:
    """Outputs (B, O) in parts; views, nothing is copied."""

    def part(name: str, *shape: int) -> Floats:
        return outputs[:, _PARTS[name]].reshape(len(outputs), *shape)

    return Prediction(
        part("future_positions_m", FUTURE_SAMPLES, 2),
        part("future_directions", FUTURE_SAMPLES, 2),
        RootPose(part("joint_positions_m", _JOINTS, 3), part("joint_velocities_m_s", _JOINTS, 3)),
        part("joint_rotations_six", _JOINTS, 6),
        part("root_velocity_m_s_rad_s", 3),
        part("contacts", FEET),
    )


def moved_root(root: Floats, root_velocity: Floats) -> Floats:
    """(…, 3) where roots are a frame later.

    Args:
        root: (…, 3) x, z, heading.
        root_velocity: (…, 3) as in ``Prediction``.
    """
    step = root_velocity / MODEL_FRAME_RATE_HZ
    xz = root[..., :2] + root_to_world(step[..., :2], root[..., 2])
    return np.concatenate((xz, (root[..., 2] + step[..., 2])[..., None]), axis=-1)


def root_velocities(track: Floats) -> Floats:
    """(T − 1, 3) the velocities that lead along a track of roots (T, 3)."""
    step = np.diff(track, axis=0) * MODEL_FRAME_RATE_HZ
    return np.concatenate((world_to_root(step[:, :2], track[:-1, 2]), step[:, 2:]), axis=-1)


def pose_in_root(
    positions_m: Floats, velocities_m_s: Floats, root: Floats, ground_m: Floats
) -> RootPose:
    """A pose of the world as its root sees it.

    Args:
        positions_m, velocities_m_s: (…, 27, 3) joints in the world.
        root: (…, 3) x, z, heading.
        ground_m: (…,) see ``ground_under_root``.
    """
    heading = root[..., None, 2]
    off = positions_m[..., [0, 2]] - root[..., None, :2]
    height = positions_m[..., 1] - np.asarray(ground_m)[..., None]
    return RootPose(
        _with_height(world_to_root(off, heading), height),
        _with_height(world_to_root(velocities_m_s[..., [0, 2]], heading), velocities_m_s[..., 1]),
    )


def positions_in_world(pose: RootPose, root: Floats, ground_m: Floats) -> Floats:
    """(…, 27, 3) joints in the world, of a pose as its root (…, 3) sees it."""
    seen = pose.positions_m
    xz = root_to_world(seen[..., [0, 2]], root[..., None, 2]) + root[..., None, :2]
    return _with_height(xz, seen[..., 1] + np.asarray(ground_m)[..., None])


def standing_pose(body: QuadrupedBody) -> RootPose:
    """(27, 3) how a body at the model's size stands square: the pose a motion begins with."""
    rest = body.rest_m.astype(np.float32)
    return pose_in_root(rest, np.zeros_like(rest), root_of(rest), np.zeros((), np.float32))


def speeds_along(speeds_m_s: Floats, travel_rad: Floats, headings_rad: Floats) -> Floats:
    """(…) speeds along the heading: negative while backing up."""
    return np.asarray(speeds_m_s * np.cos(travel_rad - headings_rad))


ERROR_LEFT: Final = (1.0 - FUTURE_OFFSETS_FRAMES / FUTURE_OFFSETS_FRAMES[-1]) ** 2
"""(6,) of an error now, what is left of it at ``FUTURE_OFFSETS_FRAMES``."""


def desired_future(
    plan_xz: Floats, plan_headings_rad: Floats, off_xz: Floats, off_heading_rad: Floats
) -> tuple[Floats, Floats]:
    """The future that the network is told of: from where the root is back to the plan.

    Args:
        plan_xz: (…, 6, 2) planned places at ``FUTURE_OFFSETS_FRAMES`` from now.
        plan_headings_rad: (…, 6) likewise.
        off_xz: (…, 2) where the root is, less where it is planned to be now.
        off_heading_rad: (…,) its heading less the planned one, wrapped.

    Returns:
        Places (…, 6, 2) and headings (…, 6): what is off decays over the second to come.
    """
    left = ERROR_LEFT[:, None] * off_xz[..., None, :]
    return plan_xz + left, plan_headings_rad + ERROR_LEFT * off_heading_rad[..., None]


_UNDER_ROOT_M: Final = np.array(
    [(x, z) for z in (-0.35, -0.175, 0.0, 0.175, 0.35) for x in (-0.08, 0.08)], np.float64
)


def ground_under_root(terrain: Terrain, root: Floats) -> Floats:
    """(…) height on which roots (…, 3) stand: the mean under the trunk."""
    around = root_to_world(_UNDER_ROOT_M, np.asarray(root[..., 2])[..., None])
    return np.asarray(terrain.heights(root[..., None, :2] + around).mean(axis=-1))


def _with_height(xz: Floats, y: Floats) -> Floats:
    return np.stack((xz[..., 0], y, xz[..., 1]), axis=-1)
