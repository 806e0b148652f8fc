"""What the learned policy is told: the figure and what it follows, as seen from its pelvis.

Nothing in it depends on where the figure is or which way it faces. Every part is either a vector in
the heading frame (Y up, Z the pelvis's heading), a turning, or of two sides; so an observation can
be mirrored by changing places and signs.

Source: Peng et al. 2018, DeepMimic, section 4 (state); the future of the reference as in Bergamin
et al. 2019, DReCon.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..inference.layout import Layout
from ..maths.rotation_vectors import quaternion_to_vector
from ..maths.rotations import (
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    wrap_angle,
)
from .clip_poses import body_positions, body_rotations
from .figure import BODY_NAMES, MUSCLE_COUNT, PARTS
from .joints import joint_vectors
from .simulation import Simulation

FUTURE_STEPS: Final = (6, 14)
"""Control steps ahead at which the reference's legs, place and heading are told."""
CARRY_STEPS: Final = (1, 4, 8, 12)
"""Control steps ahead at which it is told which foot is to carry."""

_RATE_SCALE: Final = 0.1
_FEET: Final = np.array([BODY_NAMES.index("left_foot"), BODY_NAMES.index("right_foot")])
_UP: Final = np.array([0.0, 1.0, 0.0])
_FORWARD: Final = np.array([0.0, 0.0, 1.0])


def _columns() -> dict[str, slice]:
    starts = np.cumsum([0, *(part.degrees for part in PARTS)])
    return {
        part.name: slice(int(start), int(start) + part.degrees)
        for part, start in zip(PARTS, starts[:-1], strict=True)
    }


MUSCLE_COLUMNS: Final = _columns()
"""Muscles of each part."""
LEG_COLUMNS: Final[Ints] = np.concatenate(
    [
        np.arange(MUSCLE_COUNT)[MUSCLE_COLUMNS[side + name]]
        for side in ("left_", "right_")
        for name in ("thigh", "shin", "foot")
    ]
)

OBSERVATION: Final = Layout(
    {
        "height": 1,
        "up": 3,
        "velocity": 3,
        "turning": 3,
        "joints": MUSCLE_COUNT,
        "rates": MUSCLE_COUNT,
        "feet": 6,
        "joint_errors": MUSCLE_COUNT,
        "attitude_error": 3,
        "turning_error": 3,
        "place_error": 3,
        "velocity_error": 3,
        "feet_ahead": 6 * (1 + len(FUTURE_STEPS)),
        "legs_ahead": len(LEG_COLUMNS) * len(FUTURE_STEPS),
        "place_ahead": 3 * len(FUTURE_STEPS),
        "heading_ahead": len(FUTURE_STEPS),
        "carrying_ahead": 2 * len(CARRY_STEPS),
    }
)


def observe(simulation: Simulation, rows: Ints | slice = slice(None)) -> Floats:
    """(B, 180) float32 of all figures or some, each at its control step."""
    poses, rates = simulation.engine.qpos[rows], simulation.engine.qvel[rows]
    reference, steps = simulation.reference, simulation.steps[rows]
    attitude = poses[:, 3:7]
    forward = quaternion_rotate(attitude, _FORWARD)
    heading = np.arctan2(forward[:, 0], forward[:, 2])
    home = quaternion_conjugate(heading_to_quaternion(heading))
    feet = body_positions(poses, body_rotations(poses))[:, _FEET]
    joints = joint_vectors(poses)
    following = reference.clamped(steps + 1)
    target, target_rates = reference.poses[following], reference.rates[following]
    place = poses[:, :3] - simulation.offsets[rows]

    def seen(vectors: Floats) -> Floats:
        """World vectors (B, 3) or (B, N, 3), as (B, 3 N) in the heading frame."""
        turn = home if vectors.ndim == 2 else home[:, None]
        return quaternion_rotate(turn, vectors).reshape(len(home), -1)

    to_target = quaternion_multiply(quaternion_conjugate(attitude), target[:, 3:7])
    ahead = [reference.clamped(steps + n) for n in FUTURE_STEPS]
    parts = {
        "height": (poses[:, 1] - feet[..., 1].min(axis=1))[:, None],
        "up": quaternion_rotate(quaternion_conjugate(attitude), _UP),
        "velocity": seen(rates[:, :3]),
        "turning": _RATE_SCALE * rates[:, 3:6],
        "joints": joints,
        "rates": _RATE_SCALE * rates[:, 6:],
        "feet": seen(feet - poses[:, None, :3]),
        "joint_errors": reference.joints[following] - joints,
        "attitude_error": quaternion_to_vector(to_target),
        "turning_error": _RATE_SCALE * (target_rates[:, 3:6] - rates[:, 3:6]),
        "place_error": seen(target[:, :3] - place),
        "velocity_error": seen(target_rates[:, :3] - rates[:, :3]),
        "feet_ahead": np.concatenate(
            [seen(reference.bodies[at][:, _FEET] - place[:, None]) for at in (following, *ahead)],
            axis=1,
        ),
        "legs_ahead": np.concatenate([reference.joints[at][:, LEG_COLUMNS] for at in ahead], 1),
        "place_ahead": np.concatenate(
            [seen(reference.poses[at][:, :3] - place) for at in ahead], axis=1
        ),
        "heading_ahead": np.stack(
            [wrap_angle(_heading(reference.poses[at][:, 3:7]) - heading) for at in ahead], axis=1
        ),
        "carrying_ahead": np.concatenate(
            [reference.carries[reference.clamped(steps + n)] for n in CARRY_STEPS], axis=1
        ),
    }
    told = np.concatenate([parts[name] for name in OBSERVATION.sizes], axis=1)
    return np.asarray(told, np.float32)


def mirrored_muscles() -> tuple[Ints, Floats]:
    """Order (30,) and signs (30,) that make joint vectors those of the mirrored figure."""
    order, signs = np.arange(MUSCLE_COUNT), np.ones(MUSCLE_COUNT)
    for part in PARTS:
        columns = MUSCLE_COLUMNS[part.name]
        order[columns] = np.arange(MUSCLE_COUNT)[MUSCLE_COLUMNS[_other_side(part.name)]]
        if part.is_ball:
            signs[columns] = _TURNING
    return order, signs


def mirrored_observation() -> tuple[Ints, Floats]:
    """Order (180,) and signs (180,) that make an observation that of the mirrored figure."""
    order, signs = np.arange(OBSERVATION.size), np.ones(OBSERVATION.size)
    muscles, muscle_signs = mirrored_muscles()
    legs = [int(np.flatnonzero(LEG_COLUMNS == muscles[n])[0]) for n in LEG_COLUMNS]
    swap = [3, 4, 5, 0, 1, 2]
    rules: dict[str, tuple[list[int], list[float]]] = {
        "height": ([0], [1.0]),
        "heading_ahead": ([0], [-1.0]),
        "carrying_ahead": ([1, 0], [1.0, 1.0]),
        "feet": (swap, [*_PLACE, *_PLACE]),
        "feet_ahead": (swap, [*_PLACE, *_PLACE]),
        "legs_ahead": (legs, muscle_signs[LEG_COLUMNS].tolist()),
        **{name: (muscles.tolist(), muscle_signs.tolist()) for name in _MUSCLE_PARTS},
        **{name: ([0, 1, 2], _PLACE) for name in _PLACE_PARTS},
        **{name: ([0, 1, 2], _TURNING) for name in _TURNING_PARTS},
    }
    for name, where in OBSERVATION.slices.items():
        rule_order, rule_signs = rules[name]
        for start in range(where.start, where.stop, len(rule_order)):
            to = slice(start, start + len(rule_order))
            order[to], signs[to] = start + np.array(rule_order), rule_signs
    return order, signs


_PLACE: Final = [-1.0, 1.0, 1.0]
_TURNING: Final = [1.0, -1.0, -1.0]
_MUSCLE_PARTS: Final = ("joints", "rates", "joint_errors")
_PLACE_PARTS: Final = ("up", "velocity", "place_error", "velocity_error", "place_ahead")
_TURNING_PARTS: Final = ("turning", "attitude_error", "turning_error")


def _other_side(name: str) -> str:
    for side, other in (("left_", "right_"), ("right_", "left_")):
        if name.startswith(side):
            return other + name.removeprefix(side)
    return name


def _heading(attitudes: Floats) -> Floats:
    forward = quaternion_rotate(attitudes, _FORWARD)
    return np.asarray(np.arctan2(forward[..., 0], forward[..., 2]))
