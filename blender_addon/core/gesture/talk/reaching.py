"""Brings the wrists exactly to where they were planned, by turns of upper arm and forearm."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.rotations import (
    normalise,
    quaternion_multiply,
    quaternion_rotate,
)
from ...maths.smoothing import gaussian_smooth
from ...motion.kinematics import solve_two_bone
from ...retarget.elbows import keep_hinge
from .stills import ArmPlan, over_time
from .upper_body import ARM_PARTS, RATE_HZ, arm_chain, local_turns

_ELBOW: Final = np.array([[0.25, -0.85, -0.45], [-0.25, -0.85, -0.45]], np.float32)
"""Where talkers' elbows point: down, back and a little outward."""
_AS_RECORDED: Final = 0.5
"""Share of where the moves point them: signals are given with elbows far out."""
_HINGE: Final = np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]], np.float32)
"""Axis of the elbow in the frame of the upper arm, of an arm in T-pose."""
_SWAY_M: Final = 0.005
"""Root mean square of how much a held hand is never quite still."""
_SWAY_S: Final = 0.35
_SOFTENED_FRAMES: Final = 0.7
"""A hand that is to stop does so within two frames, not at once."""


def reach_stills(pose: Floats, plan: ArmPlan, up: Floats, seed: int) -> Floats:
    """An upper body whose wrists are at every still of the plan where it says.

    What is missing there is spread over the moves between without a kink, so that moves keep
    their own way; hands keep their turn against the forearm.

    Args:
        pose: (T, 13, 4) local rotations of UPPER_BODY.
        plan: T frames.
        up: (T, 2) 0 where an arm hangs, 1 where it gestures: there it sways a little.
        seed: of that.

    Returns:
        (T, 13, 4).
    """
    out = pose.copy()
    sway = _sway(plan.frame_count, seed) * up[..., None]
    for side, arm in enumerate(plan.arms):
        part = ARM_PARTS[side]
        places, turns = arm_chain(pose[:, part], side)
        wrist = places[:, 3]
        missing = np.array(
            [
                [still.place - wrist[still.start], still.last_place - wrist[still.stop]]
                for still in arm
            ]
        )
        desired = wrist + over_time(arm, missing.astype(np.float32), plan.frame_count)
        for still in arm:
            share = np.linspace(0.0, 1.0, still.stop - still.start + 1)[:, None]
            desired[still.start : still.stop + 1] = still.place + share * still.drift
        desired = gaussian_smooth(desired, _SOFTENED_FRAMES, keep_ends=True)
        lowered = (1.0 - _AS_RECORDED) * up[:, side, None]
        out[:, part] = reach(places, turns, desired + sway[:, side], lowered, side)
    return out


def _sway(frame_count: int, seed: int) -> Floats:
    """(T, 2, 3) slow noise."""
    noise = np.random.default_rng((seed, 20)).normal(size=(frame_count, 2, 3))
    sigma = _SWAY_S * RATE_HZ
    slow = gaussian_smooth(noise, sigma) * np.sqrt(2.0 * sigma * np.sqrt(np.pi))
    return np.asarray(_SWAY_M * slow, np.float32)


def reach(
    places: Floats, turns: Floats, desired: Floats, lowered: Floats | float, side: int
) -> Floats:
    """(T, 4, 4) local rotations of an arm whose wrist is where it is desired.

    Args:
        places, turns: (T, 4, 3) and (T, 4, 4) of ``arm_chain``.
        desired: (T, 3) of the wrist from the chest joint.
        lowered: 0 … 1, how far the elbow is turned to where talkers' elbows point; (T, 1) or one.
        side: 0 left, 1 right.
    """
    shoulder, elbow, wrist = places[:, 1], places[:, 2], places[:, 3]
    along = wrist - shoulder
    share = np.einsum("td,td->t", elbow - shoulder, along) / np.einsum("td,td->t", along, along)
    bend = elbow - shoulder - share[:, None] * along
    pole = (1.0 - lowered) * normalise(bend) + lowered * _ELBOW[side]
    upper, lower = solve_two_bone(shoulder, elbow, wrist, desired, pole)
    hinge = quaternion_rotate(turns[:, 1], np.broadcast_to(_HINGE[side], shoulder.shape))
    about = keep_hinge(elbow - shoulder, wrist - elbow, upper, lower, hinge)
    upper = quaternion_multiply(about, upper)
    moved = turns.copy()
    moved[:, 1] = quaternion_multiply(upper, turns[:, 1])
    moved[:, 2] = quaternion_multiply(lower, turns[:, 2])
    moved[:, 3] = quaternion_multiply(lower, turns[:, 3])
    return local_turns(moved)
