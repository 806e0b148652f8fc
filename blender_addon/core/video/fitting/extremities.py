"""Which way face, hands and feet point: from the tracker's own points in space.

They are small and seen badly, so their directions are averaged over time, believed as far as their
points are visible, and kept to what necks, wrists and ankles can do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ...maths.rotations import (
    axis_angle_to_quaternion,
    cross,
    normalise,
    quaternion_multiply,
    twist_about,
)
from ...maths.smoothing import gaussian_smooth
from ..camera import FilmCamera
from ..points import LANDMARKS
from .body import SIDES, Doubles
from .evidence import Evidence
from .frames import no_further, part_way, relative, turn_onto, within
from .place import weighted_smooth

_STEADY_S: Final = 0.07
_TURN_S: Final = 0.05
_BELIEF_S: Final = 0.15
_NOSE: Final = np.array([0.0, -0.1, 1.0])
"""Where a nose is from the middle of the ears of a head that looks straight ahead."""
_LEFTWARD: Final = np.array([1.0, 0.0, 0.0])
_AHEAD: Final = np.array([0.0, 0.0, 1.0])
_HEAD_RAD: Final = np.radians(70.0)
_HAND_RAD: Final = np.radians(60.0)
_TWIST_RAD: Final = np.radians(100.0)
_FOOT_RAD: Final = np.radians(50.0)
_SURE: Final = 0.6
"""Visibility from which on a direction is believed altogether."""


@dataclass(frozen=True, eq=False)
class Pointing:
    """Two directions of one part, in the world.

    Args:
        ahead, aside: (T, 3) any length.
        belief: (T,) 0 … 1.
    """

    ahead: Doubles
    aside: Doubles
    belief: Doubles


@dataclass(frozen=True, eq=False)
class Extremities:
    """Which way face, hands and feet point.

    Args:
        rate_hz: frames a second.
        face: from the ears to the nose, and from the right ear to the left.
        hands: by side: from the wrist to the fingers, and from the little finger to the first.
        feet: by side: from the heel to the tip; nothing aside.
    """

    rate_hz: float
    face: Pointing
    hands: dict[str, Pointing]
    feet: dict[str, Pointing]

    def foot_pull(self, side: str, leg: Doubles) -> Doubles:
        """(T, 3) what the foot says of the axis of the knee, for legs along (T, 3) directions."""
        foot = self.feet[side]
        return np.asarray(0.7 * foot.belief[:, None] * cross(normalise(foot.ahead), leg))


def point_extremities(evidence: Evidence, camera: FilmCamera | None) -> Extremities:
    """Directions of what the tracker saw: in the world, or in camera axes without a camera."""

    def part(ahead: tuple[str, str], aside: tuple[str, str], seen: tuple[str, ...]) -> Pointing:
        belief = np.min([evidence.landmark_weights[:, _index(name)] for name in seen], axis=0)
        belief = np.clip(belief / _SURE, 0.0, 1.0)
        vectors = np.concatenate((_between(evidence, *ahead), _between(evidence, *aside)), axis=1)
        steady = weighted_smooth(vectors, belief, _STEADY_S * evidence.rate_hz)
        steady = steady.reshape(-1, 2, 3)
        if camera is not None:
            steady = np.einsum("tij,tkj->tki", camera.rotations, steady)
        belief = gaussian_smooth(belief, _BELIEF_S * evidence.rate_hz)
        return Pointing(steady[:, 0], steady[:, 1], belief)

    hands, feet = {}, {}
    for side in (name.lower() for name in SIDES):
        fingers = (f"{side}_wrist", f"{side}_index", f"{side}_pinky")
        hands[side.capitalize()] = part(
            (fingers[0], f"{side}_knuckles"), (fingers[2], fingers[1]), fingers
        )
        sole = (f"{side}_heel", f"{side}_foot_index")
        feet[side.capitalize()] = part(sole, sole, sole)
    face = ("ears", "nose"), ("right_ear", "left_ear"), ("nose", "left_eye", "right_eye")
    return Extremities(evidence.rate_hz, part(*face), hands, feet)


def _index(name: str) -> int:
    return LANDMARKS.index(name)


def _point(evidence: Evidence, name: str) -> Doubles:
    """(T, 3) of a landmark, or of the middle of two."""
    middles = {
        "ears": ("left_ear", "right_ear"),
        "left_knuckles": ("left_index", "left_pinky"),
        "right_knuckles": ("right_index", "right_pinky"),
    }
    names = middles.get(name, (name,))
    return np.asarray(np.mean([evidence.landmarks[:, _index(each)] for each in names], axis=0))


def _between(evidence: Evidence, start: str, stop: str) -> Doubles:
    return _point(evidence, stop) - _point(evidence, start)


def _steady(turns: Doubles, rate_hz: float) -> Doubles:
    """Rotations (T, 4) of less than half a turn, averaged over time."""
    vectors = gaussian_smooth(quaternion_to_vector(turns), _TURN_S * rate_hz)
    return np.asarray(vector_to_quaternion(vectors))


def head_rotations(ends: Extremities, plain: Doubles, chest: Doubles) -> Doubles:
    """World rotations (T, 4) of a head.

    Args:
        ends: what of the face was seen.
        plain: (T, 4) rotations that follow from where its top is.
        chest: (T, 4) world rotations.
    """
    face = ends.face
    seen = turn_onto((_NOSE, _LEFTWARD), (face.ahead, face.aside))
    blended = part_way(plain, seen, face.belief)
    away = _steady(no_further(relative(blended, chest), _HEAD_RAD), ends.rate_hz)
    return np.asarray(quaternion_multiply(chest, away))


def hand_rotations(
    ends: Extremities, side: str, along: Doubles, forearm: Doubles
) -> tuple[Doubles, Doubles]:
    """World rotations (T, 4) of forearm and hand: the forearm twists half as far as the hand.

    Args:
        ends: what of the hands was seen.
        side: Left or Right.
        along: (3,) of the forearm at rest.
        forearm: (T, 4) world rotations without a twist of its own.
    """
    hand = ends.hands[side]
    axis = normalise(along)
    seen = turn_onto((axis, _AHEAD), (hand.ahead, hand.aside))
    away = relative(seen, forearm)
    twist = within(twist_about(axis, away), _TWIST_RAD) * hand.belief
    twist = gaussian_smooth(twist, _TURN_S * ends.rate_hz)
    half = np.asarray(axis_angle_to_quaternion(axis, 0.5 * twist), np.float64)
    whole = np.asarray(axis_angle_to_quaternion(axis, twist), np.float64)
    twisted = quaternion_multiply(forearm, half)
    # What is left after the twist is how far the wrist bends.
    swing = relative(seen, quaternion_multiply(forearm, whole))
    swing = _steady(no_further(swing, _HAND_RAD * hand.belief), ends.rate_hz)
    bent = quaternion_multiply(quaternion_multiply(forearm, whole), swing)
    return np.asarray(twisted), np.asarray(bent)


def foot_rotations(
    ends: Extremities, side: str, ahead: Doubles, shin: Doubles, axes: Doubles
) -> Doubles:
    """World rotations (T, 4) of a foot.

    Args:
        ends: what of the feet was seen.
        side: Left or Right.
        ahead: (3,) level direction in which it points at rest.
        shin: (T, 4) world rotations.
        axes: (T, 3) about which the knee bends.
    """
    foot = ends.feet[side]
    seen = turn_onto((ahead, _LEFTWARD), (foot.ahead, axes))
    away = _steady(no_further(relative(seen, shin), _FOOT_RAD), ends.rate_hz)
    unbent = np.zeros_like(away)
    unbent[:, 0] = 1.0
    return np.asarray(quaternion_multiply(shin, part_way(unbent, away, foot.belief)))
