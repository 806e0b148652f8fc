"""Everything that a direction asks of the body, put on poses in one pass.

Each setting is a function of its own over all frames of several characters at once; what is not
asked for is left out, so that a plain walk is the network's, bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...conventions import MODEL_FRAME_RATE_HZ, Floats
from ...maths.headings import world_to_root
from ...maths.segments import Segments
from ..direction import Directions
from ..settings import Direction
from . import legs, trunk
from .arms import swing_arms
from .body import Body, Poses
from .cycles import Cycles
from .hips import bounce_hips, fit_hips, lower_hips, sway_hips
from .tempo import Tempo

STRETCH: Final = "stretch"
"""Factor on steps beside the fields of a direction: what the tempo leaves to the legs."""
_BODY: Final = (
    "step_width_m", "arm_swing", "lean_deg", "slump", "hip_sway", "bounce", "head_up_deg",
    "straight_knees",
)  # fmt: skip
_PLAIN: Final = {**{name: float(getattr(Direction(), name)) for name in _BODY}, STRETCH: 1.0}
_WIDE_SWAY: Final = 4.0
"""More sway of the hips for every metre between the feet."""
_WIDE_DROP: Final = 0.06
"""How far the hips sink for every metre between the feet, in metres."""
_STANDING_M_S: Final = 0.15


@dataclass(frozen=True, eq=False)
class Shaping:
    """What is asked of one character's body, frame by frame of the model.

    Args:
        values: (M,) or (1,) of each setting that is anywhere other than by default.
        rate: (M,) or (1,) model seconds to a true second.
        at: (T,) the model's frame of each true one; None where they are the same.
    """

    values: dict[str, Floats] = field(default_factory=dict)
    rate: Floats = field(default_factory=lambda: np.ones(1))
    at: Floats | None = None

    @classmethod
    def along(
        cls, directions: Directions, distances_m: Floats, tempo: Tempo | None = None
    ) -> Shaping:
        """Of directions at distances (M,) along the path."""
        asked = [name for name in _BODY if not directions.is_plain(name)]
        values = {n: directions.along(n, distances_m).astype(np.float32) for n in asked}
        if tempo is None:
            return cls(values)
        values[STRETCH] = tempo.stretch.astype(np.float32)
        return cls(values, tempo.rate, tempo.at)


def gather(shapings: Sequence[Shaping], motions: Segments) -> dict[str, Floats]:
    """(N,) values of the settings that any of several characters asks for, end to end."""
    names = [name for name in _PLAIN if any(name in each.values for each in shapings)]
    return {
        name: np.concatenate(
            [
                np.broadcast_to(
                    each.values.get(name, np.full(1, _PLAIN[name], np.float32)), (int(length),)
                )
                for each, length in zip(shapings, motions.lengths, strict=True)
            ]
        )
        for name in names
    }


def shape_poses(
    poses: Poses, values: dict[str, Floats], velocity: Floats, cycles: Cycles
) -> tuple[Floats, Floats]:
    """Poses as they are asked for.

    Args:
        poses: N frames; left as they are.
        values: (N,) of settings of a direction and of ``STRETCH``; others are left alone.
        velocity: (N, 2) x, z of the root in the world, metres a second.
        cycles: what is known of the frames around.

    Returns:
        Hips (N, 3) and rotations (N, J, 4).
    """
    local = poses.rotations.copy()
    if "arm_swing" in values:
        swing_arms(local, values["arm_swing"], cycles)
    body = Body(poses, local)
    feet = legs.feet_of(body)
    _shape_hips(body, values, cycles)
    crouch = _crouch(values)
    bends = {name: values[name] for name in trunk.FIELDS if name in values}
    if crouch is not None:
        bends["crouch"] = crouch
        lower_hips(body, crouch)
    if bends:
        trunk.bend_trunk(body, bends)
    if "step_width_m" in values:
        legs.widen_steps(feet, values["step_width_m"], body, cycles)
    if STRETCH in values:
        legs.stretch_steps(feet, values[STRETCH], _going(velocity, poses.track[:, 2]))
    body.turn_upper()
    fit_hips(body, feet, np.maximum(values.get("straight_knees", 0.0), 0.0), cycles)
    legs.reach_feet(body, feet)
    return body.in_world()


def _shape_hips(body: Body, values: dict[str, Floats], cycles: Cycles) -> None:
    sway = values.get("hip_sway")
    if "step_width_m" in values:
        wide = np.maximum(values["step_width_m"], 0.0)
        sway = (1.0 if sway is None else sway) + _WIDE_SWAY * wide
        body.shift[:, 1] -= _WIDE_DROP * wide
    if sway is not None:
        sway_hips(body, sway, cycles)
    if "bounce" in values:
        bounce_hips(body, values["bounce"], cycles)


def _crouch(values: dict[str, Floats]) -> Floats | None:
    knees = values.get("straight_knees")
    if knees is None or not (knees < 0).any():
        return None
    return np.maximum(-knees, 0.0)


def _going(velocity: Floats, headings: Floats) -> Floats:
    """(N, 2) unit vector of the root's way in its own frame; forward where it stands."""
    across = world_to_root(velocity, headings)
    speed = np.sqrt((across * across).sum(axis=1, keepdims=True))
    still = np.array([0.0, _STANDING_M_S])
    going = across + still * np.maximum(1.0 - speed / _STANDING_M_S, 0.0)
    size = np.sqrt((going * going).sum(axis=1, keepdims=True))
    return np.asarray(going / np.maximum(size, 1e-6), np.float32)


def velocities(track: Floats, motions: Segments) -> Floats:
    """(N, 2) of roots (N, 3), metres a second of the model."""
    return motions.gradient(track[:, :2]) * MODEL_FRAME_RATE_HZ
