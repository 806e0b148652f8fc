"""How far joints turn, and that limbs do not pass through each other.

A ball joint of the engine is limited by the size of its turn alone, the same to all sides. People's
are not: a hip bends far forward and hardly back. So each is held by ligaments, as it were: threads
no longer than a length from a point of the parent to one of the part, which keep a direction of the
part within a cone about a direction of the parent.

Source: ranges of motion as in textbooks of physiotherapy (Kapandji; AAOS 1965), rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotations import quaternion_rotate
from .clip_poses import body_rotations
from .figure import BODY_NAMES, PARTS, POSE_SIZE, without_side
from .joints import joint_vectors

_REACH_M: Final = 0.15
_MARGIN_RAD: Final = 0.035
_HARD: Final = 'solreflimit=".0085 1" solimplimit=".98 .999 .005"'
_SOLVER: Final = f'<option solver="Newton"/><default><joint margin=".06" {_HARD}/></default>'
"""Threads come apart with the quick solver that is good enough for feet."""
_TAUT_RAD: Final = 0.026
"""So much before the range ends a thread is taut: it gives a little in a hard fall."""
_WIDEST_RAD: Final = 2.6  # a thread that is nearly stretched out straight holds nothing


@dataclass(frozen=True)
class Cone:
    """How far a direction of a part may lean from one of its parent.

    Args:
        part: number of the part in ``PARTS``.
        along: (3,) of the part, in its own axes.
        axis: (3,) of its parent, likewise.
        angle: between them at most, radians.
    """

    part: int
    along: tuple[float, float, float]
    axis: tuple[float, float, float]
    angle: float


def _tilted(pitch_deg: float, out_deg: float, down: bool) -> tuple[float, float, float]:
    """Down, or up, tilted forward and then outward (to the left)."""
    pitch, out = np.radians((pitch_deg, out_deg))
    height = -1.0 if down else 1.0
    return (
        float(np.sin(out) * np.cos(pitch)),
        float(height * np.cos(out) * np.cos(pitch)),
        float(np.sin(pitch)),
    )


_DOWN: Final = (0.0, -1.0, 0.0)
_UP: Final = (0.0, 1.0, 0.0)
_ACROSS: Final = (1.0, 0.0, 0.0)
_ABOUT_ACROSS: Final = (0.9986, 0.0, 0.0523)
"""Not quite: ends of a thread that coincide at rest give it no weight, by which is divided."""
_AHEAD: Final = (0.0, 0.0, 1.0)

# By part without its side: a direction of the part, one of its parent, degrees between them.
_CONES: Final = (
    ("thigh", _DOWN, _tilted(48.0, 12.0, True), 72.0),  # 120 forward, 24 back, 70 outward
    ("thigh", _ACROSS, _ABOUT_ACROSS, 60.0),
    ("foot", _AHEAD, (0.0, -0.26, 0.966), 55.0),  # 70 down, 40 up
    ("foot", _ACROSS, _ABOUT_ACROSS, 32.0),
    ("chest", _UP, _tilted(20.0, 0.0, False), 45.0),  # 65 forward, 25 back
    ("chest", _ACROSS, _ABOUT_ACROSS, 45.0),
    ("head", _UP, _tilted(5.0, 0.0, False), 55.0),
    ("head", _ACROSS, _ABOUT_ACROSS, 65.0),
    ("upper_arm", _DOWN, (0.61, -0.355, 0.71), 110.0),
)


def _cones() -> tuple[Cone, ...]:
    out = []
    for name, along, axis, degrees in _CONES:
        for number, part in enumerate(PARTS):
            if without_side(part.name) == name:
                left = -1.0 if part.name.startswith("right_") else 1.0
                mirrored = (left * axis[0], axis[1], axis[2]) if along != _ACROSS else axis
                out.append(Cone(number, along, mirrored, float(np.radians(degrees))))
    return tuple(out)


CONES: Final = _cones()


@dataclass(frozen=True, eq=False)
class Limits:
    """How far joints turn.

    Args:
        angles: (C,) of ``CONES``, radians.
    """

    angles: Floats

    @classmethod
    def wide_enough_for(cls, poses: Floats | Sequence[Floats]) -> Limits:
        """A person's, and as wide as animations (..., 45) need it that go further."""
        usual = np.array([cone.angle for cone in CONES])
        needed = cone_angles(np.reshape(poses, (-1, POSE_SIZE))).max(axis=0) + _MARGIN_RAD
        return cls(np.minimum(np.maximum(usual, needed), _WIDEST_RAD))

    @property
    def lengths(self) -> Floats:
        """(C,) of the threads, metres."""
        return np.asarray(2.0 * _REACH_M * np.sin(0.5 * (self.angles - _TAUT_RAD)))

    def bodies(self) -> dict[str, str]:
        """What each body has besides, as the engine's text."""
        out = dict(_SOFT_PARTS)
        for number, cone in enumerate(CONES):
            part = PARTS[cone.part]
            there = np.array(part.offset) + _REACH_M * np.array(cone.axis)
            out[part.parent] = out.get(part.parent, "") + _site(f"{number}a", there)
            here = _REACH_M * np.array(cone.along)
            out[part.name] = out.get(part.name, "") + _site(f"{number}b", here)
        return out

    def threads(self) -> str:
        """What holds them together, as the engine's text."""
        threads = "".join(
            f'<spatial range="0 {length:.5f}" {_HARD}>'
            f'<site site="{number}a"/><site site="{number}b"/></spatial>'
            for number, length in enumerate(self.lengths)
        )
        return f"{_SOLVER}<tendon>{threads}</tendon>"

    def excess(self, poses: Floats) -> Floats:
        """(T,) by how much the worst joint of poses (T, 45) is beyond its range, radians."""
        leaning = (cone_angles(poses) - self.angles).max(axis=1)
        vectors, column, worst = joint_vectors(poses), 0, leaning
        for part in PARTS:
            if part.bend is not None:
                low, high = part.bend
                angle = vectors[:, column]
                worst = np.maximum(worst, np.maximum(low - angle, angle - high))
            column += part.degrees
        return np.asarray(np.maximum(worst, 0.0))


def cone_angles(poses: Floats) -> Floats:
    """(T, C) angles of ``CONES`` in poses (T, 45), radians."""
    rotations = body_rotations(poses)
    out = []
    for cone in CONES:
        part = PARTS[cone.part]
        own = quaternion_rotate(rotations[:, cone.part + 1], np.array(cone.along))
        parents = rotations[:, BODY_NAMES.index(part.parent)]
        cosine = np.sum(own * quaternion_rotate(parents, np.array(cone.axis)), axis=-1)
        out.append(np.arccos(np.clip(cosine / np.linalg.norm(cone.axis), -1.0, 1.0)))
    return np.stack(out, axis=1)


def _site(name: str, place: Floats) -> str:
    x, y, z = place
    return f'<site name="{name}" pos="{x:.4f} {y:.4f} {z:.4f}" size=".001"/>'


# Thinner than the body, so that a swinging arm brushes past: limbs meet, but not by much.
_SOFT: Final = {
    "pelvis": 'capsule" fromto="-.07 0 0 .07 0 0" size=".08',
    "chest": 'capsule" fromto="-.05 .10 0 .05 .10 0" size=".095',
    "head": 'sphere" pos="0 .17 .03" size=".09',
    "upper_arm": 'capsule" fromto="0 -.08 0 0 -.245 0" size=".03',
    "forearm": 'capsule" fromto="0 -.03 0 0 -.30 0" size=".03',
    "thigh": 'capsule" fromto="0 -.12 0 0 -.38 0" size=".05',
    "shin": 'capsule" fromto="0 -.06 0 0 -.35 0" size=".04',
    "foot": 'capsule" fromto="0 -.055 -.02 0 -.055 .09" size=".025',
}
_SOFT_PARTS: Final = {
    name: f'<geom type="{_SOFT[without_side(name)]}" mass="0" contype="4" conaffinity="4"'
    ' condim="1" solref=".015 1"/>'
    for name in BODY_NAMES
    if without_side(name) in _SOFT
}
