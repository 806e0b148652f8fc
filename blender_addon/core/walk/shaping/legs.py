"""Where feet shall be, and legs that reach there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import FORWARD, Floats
from ...maths.rotations import quaternion_conjugate, quaternion_multiply, quaternion_rotate
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.kinematics import solve_two_bone
from .body import Body
from .cycles import Cycles

_NARROWEST_M: Final = 0.05
"""Between the ankles' tracks, on average: closer than this, feet would cross."""
_PASSING_M: Final = 0.09
"""Between the ankles while one foot passes the other."""
_PASSING_WITHIN_M: Final = 0.25


@dataclass(frozen=True)
class Leg:
    """Joints of one leg."""

    thigh: int
    shin: int
    foot: int

    def socket(self, body: Body) -> Floats:
        """(N, 3) of the hip joint as the pelvis now is, in the root's frame."""
        offset = COMMON_SKELETON.offsets[self.thigh]
        return np.asarray(body.hips + quaternion_rotate(body.local[:, 0], offset))


def _find_legs() -> tuple[Leg, Leg]:
    left, right = (
        Leg(*COMMON_SKELETON.indices([side + part for part in ("UpLeg", "Leg", "Foot")]))
        for side in ("Left", "Right")
    )
    return left, right


LEGS: Final = _find_legs()
_FEET: Final = [leg.foot for leg in LEGS]


def full_reach() -> float:
    """Length of a straight leg from the hip joint to the ankle."""
    leg = LEGS[0]
    return float(np.linalg.norm(COMMON_SKELETON.offsets[[leg.shin, leg.foot]], axis=-1).sum())


def feet_of(body: Body) -> Floats:
    """(N, 2, 3) the ankles of the left and the right foot, as they were, in the root's frame."""
    return np.asarray(body.joints[:, _FEET].copy())


def stretch_steps(feet: Floats, stretch: Floats, going: Floats) -> None:
    """Move feet apart along the way, in place: steps that much longer.

    Args:
        feet: (N, 2, 3).
        stretch: (N,) factor.
        going: (N, 2) unit vector x, z in which the root travels, in its own frame.
    """
    along = feet[..., 0] * going[:, None, 0] + feet[..., 2] * going[:, None, 1]
    more = (stretch - 1.0)[:, None] * along
    feet[..., 0] += more * going[:, None, 0]
    feet[..., 2] += more * going[:, None, 1]


def widen_steps(feet: Floats, added: Floats, body: Body, cycles: Cycles) -> None:
    """Move feet apart sideways, in place, or together without their crossing.

    Args:
        feet: (N, 2, 3).
        added: (N,) metres between them.
        body: whose feet.
        cycles: mean over a stride.
    """
    apart = feet[:, 0, 0] - feet[:, 1, 0]
    mean = cycles.mean("apart", apart)
    added = np.where(added < 0, np.minimum(np.maximum(added, _NARROWEST_M - mean), 0.0), added)
    feet[:, 0, 0] += 0.5 * added
    feet[:, 1, 0] -= 0.5 * added
    _pass_aside(feet, np.minimum(added / -0.02, 1.0), body)


def _pass_aside(feet: Floats, share: Floats, body: Body) -> None:
    """A foot that swings closely past the one that carries goes around it."""
    near = np.clip(1.0 - np.abs(feet[:, 0, 2] - feet[:, 1, 2]) / _PASSING_WITHIN_M, 0.0, 1.0)
    near = near * near * (3 - 2 * near) * np.maximum(share, 0.0)
    missing = np.maximum(_PASSING_M - (feet[:, 0, 0] - feet[:, 1, 0]), 0.0) * near
    left_carries, right_carries = body.carrying.any(axis=2).T
    feet[:, 0, 0] += np.where(right_carries & ~left_carries, missing, 0.0)
    feet[:, 1, 0] -= np.where(left_carries & ~right_carries, missing, 0.0)


def reach_feet(body: Body, feet: Floats) -> None:
    """Turn the legs so that ankles are where they shall be and feet point where they did.

    Args:
        body: upper joints turned; its legs' local rotations are set.
        feet: (N, 2, 3) ankles.
    """
    pelvis = body.local[:, 0]
    for number, leg in enumerate(LEGS):
        socket = leg.socket(body)
        moved = socket - body.joints[:, leg.thigh]
        knee, ankle = (body.joints[:, joint] + moved for joint in (leg.shin, leg.foot))
        front = quaternion_rotate(body.turns[:, leg.thigh], FORWARD)
        # A nearly straight leg gives no bend direction; the thigh's front then decides.
        pole = knee - 0.5 * (socket + ankle) + 0.03 * front
        turns = solve_two_bone(socket, knee, ankle, feet[:, number], pole)
        thigh = quaternion_multiply(turns[0], body.turns[:, leg.thigh])
        shin = quaternion_multiply(turns[1], body.turns[:, leg.shin])
        chain = (pelvis, thigh, shin, body.turns[:, leg.foot])
        for joint, parent, turn in zip(
            (leg.thigh, leg.shin, leg.foot), chain[:-1], chain[1:], strict=True
        ):
            body.local[:, joint] = quaternion_multiply(quaternion_conjugate(parent), turn)
