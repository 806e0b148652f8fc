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
    dot,
    length,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
    twist_about,
)
from ...maths.smoothing import gaussian_smooth, smoothstep
from ..camera import FilmCamera
from ..points import LANDMARKS
from .body import SIDES, Doubles
from .evidence import Evidence
from .frames import across, no_further, part_way, relative, turn_onto, within
from .place import weighted_smooth

_STEADY_S: Final = 0.07
_TURN_S: Final = 0.05
_BELIEF_S: Final = 0.15
_NOSE: Final = np.array([0.0, -0.1, 1.0])
"""Where a nose is from the middle of the ears of a head that looks straight ahead."""
_LEFTWARD: Final = np.array([1.0, 0.0, 0.0])
_UP: Final = np.array([0.0, 1.0, 0.0])
_AHEAD: Final = np.array([0.0, 0.0, 1.0])
_HEAD_RAD: Final = np.radians(70.0)
_HAND_RAD: Final = np.radians(60.0)
_TWIST_RAD: Final = np.radians(100.0)
_FOOT_RAD: Final = np.radians(50.0)
_TOES_OUT_RAD: Final = np.radians(30.0)
_STRETCHED: Final = 0.5
_DEPTH_SEEN: Final = (0.2, 0.8)
"""Squared cosines between the view and a foot: up to the first nothing is known of its depth."""
_HIDDEN_HAND: Final = 0.3
"""Visibility up to which a hand is behind the body, and its palm turned to anywhere."""
_SURE: Final = 0.6
"""Visibility, over that which counts for nothing, from which on a direction is fully believed."""


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
        view: (T, 3) unit, along which the camera looks, in the axes of the directions.
        up: (3,) unit.
    """

    rate_hz: float
    view: Doubles
    up: Doubles
    face: Pointing
    hands: dict[str, Pointing]
    feet: dict[str, Pointing]

    def foot_pull(self, side: str, leg: Doubles, usual: Doubles) -> Doubles:
        """What a foot says of the axis of its knee.

        Args:
            side: Left or Right.
            leg: (T, 3) unit, from hip to ankle.
            usual: (T, 3) unit, the axis if nothing is said.

        Returns:
            (T, 3) up to 0.7 long.
        """
        belief = 0.7 * self.feet[side].belief[:, None]
        return np.asarray(belief * cross(self.foot_ahead(side, cross(leg, usual)), leg))

    def foot_ahead(self, side: str, likely: Doubles) -> Doubles:
        """Unit directions (T, 3) in which a foot points.

        How far a foot that is seen from its side points to the camera is guessed badly by the
        tracker: in walks 20 to 40 degrees too far. Such a foot is taken to go straight on with its
        leg; how far its tip is up or down is as it was seen.

        Args:
            side: Left or Right.
            likely: (T, 3) unit, where it points if it goes straight on with its leg.
        """
        ahead = normalise(self.feet[side].ahead)
        level = across(likely, np.broadcast_to(self.up, likely.shape))
        deep = dot(normalise(level), normalise(across(self.view, self.up)))
        from_side, from_front = _DEPTH_SEEN
        doubted = 1.0 - smoothstep((deep**2 - from_side) / (from_front - from_side))
        # One that is stretched downwards says nothing of where it points on the level.
        doubted = doubted * smoothstep(length(level) / _STRETCHED)
        guess = _as_seen_upright(ahead, normalise(level), self.view, self.up)
        return normalise(ahead + doubted[:, None] * (guess - ahead))


def _as_seen_upright(seen: Doubles, level: Doubles, view: Doubles, up: Doubles) -> Doubles:
    """Unit directions (T, 3) above or below ``level`` (T, 3) that look like ``seen`` (T, 3)."""
    first, second, picture = (
        across(each, view) for each in (level, np.broadcast_to(up, level.shape), seen)
    )
    cosine = dot(first, second)
    det = dot(first, first) * dot(second, second) - cosine**2
    ahead = dot(second, second) * dot(first, picture) - cosine * dot(second, picture)
    above = dot(first, first) * dot(second, picture) - cosine * dot(first, picture)
    # Where it would point backwards, or where the level one is seen end on, nothing can be told.
    told = (ahead > 0.0) & (det > 1e-3)
    made = ahead[:, None] * level + above[:, None] * up
    return np.where(told[:, None], normalise(np.where(told[:, None], made, seen)), seen)


def point_extremities(evidence: Evidence, camera: FilmCamera | None) -> Extremities:
    """Directions of what the tracker saw: in the world, or in camera axes without a camera."""

    def part(
        ahead: tuple[str, str], aside: tuple[str, str], seen: tuple[str, ...], least: float = 0.0
    ) -> Pointing:
        belief = np.min([evidence.landmark_weights[:, _index(name)] for name in seen], axis=0)
        belief = np.clip((belief - least) / _SURE, 0.0, 1.0)
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
            (fingers[0], f"{side}_knuckles"), (fingers[2], fingers[1]), fingers, _HIDDEN_HAND
        )
        sole = (f"{side}_heel", f"{side}_foot_index")
        feet[side.capitalize()] = part(sole, sole, sole)
    face = ("ears", "nose"), ("right_ear", "left_ear"), ("nose", "left_eye", "right_eye")
    if camera is None:
        view, up = np.broadcast_to(_AHEAD, (evidence.frame_count, 3)), -_UP
    else:
        view, up = camera.rotations[:, :, 2], _UP
    return Extremities(evidence.rate_hz, view, up, part(*face), hands, feet)


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
    ends: Extremities, side: str, ahead: Doubles, shin: Doubles, axes: Doubles, hips: Doubles
) -> Doubles:
    """World rotations (T, 4) of a foot.

    Args:
        ends: what of the feet was seen.
        side: Left or Right.
        ahead: (3,) level direction in which it points at rest.
        shin: (T, 4) world rotations.
        axes: (T, 3) about which the knee bends.
        hips: (T, 4) world rotations.
    """
    foot = ends.feet[side]
    forwards = np.broadcast_to(ahead, axes.shape)
    likely = quaternion_rotate(shin, forwards)
    # Where the plane of the knee is in doubt, so is the foot that follows it.
    both = normalise(likely + quaternion_rotate(hips, forwards))
    points = _little_turned(ends.foot_ahead(side, both), likely, axes)
    seen = turn_onto((ahead, _LEFTWARD), (points, axes))
    away = _steady(no_further(relative(seen, shin), _FOOT_RAD), ends.rate_hz)
    unbent = np.zeros_like(away)
    unbent[:, 0] = 1.0
    return np.asarray(quaternion_multiply(shin, part_way(unbent, away, foot.belief)))


def _little_turned(ahead: Doubles, likely: Doubles, axes: Doubles) -> Doubles:
    """Directions (T, 3) of feet that are turned in or out no further than ankles and hips do."""
    along = normalise(cross(likely, axes))
    turned = np.arctan2(dot(ahead, axes), dot(ahead, likely))
    # A foot that is stretched along the shin has no such angle.
    flat = np.hypot(dot(ahead, axes), dot(ahead, likely))
    back = (within(turned, _TOES_OUT_RAD) - turned) * smoothstep(flat / _STRETCHED)
    turn = axis_angle_to_quaternion(along, back)
    return np.asarray(quaternion_rotate(turn, ahead))
