"""How thick a character is where gesturing hands could go through: trunk, head, thighs.

Capsules on the joints of any skeleton. Where nothing is known but bones, thickness follows from the
width of shoulders and hips as people's does; a mesh's own may be given instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotations import quaternion_rotate
from ..motion.skeleton import Skeleton
from .rest import facing_frame

_TRUNK: Final = ("Hips", "Spine", "Spine1", "Spine2")
_SIDE: Final = np.array([1.0, 0.0, 0.0], np.float32)
_AHEAD: Final = np.array([0.0, 0.0, 1.0], np.float32)
_PERSON_SHOULDERS_M: Final = 0.18
_PERSON_SOCKETS_M: Final = 0.09
_LEVELS: Final = 3
"""Of the trunk between two of its joints."""


@dataclass(frozen=True)
class Girth:
    """Half the width and the depths of a body, metres.

    Args:
        chest_side, chest_front, chest_back: from the middle of the chest to its surface.
        belly_side, belly_front, belly_back: the same at the waist.
        hips_side, hips_front, hips_back: the same at the hip sockets.
        thigh, head, forearm, hand: radii.
    """

    chest_side: float = 0.155
    chest_front: float = 0.125
    chest_back: float = 0.10
    belly_side: float = 0.145
    belly_front: float = 0.125
    belly_back: float = 0.095
    hips_side: float = 0.17
    hips_front: float = 0.115
    hips_back: float = 0.12
    thigh: float = 0.085
    head: float = 0.10
    forearm: float = 0.036
    hand: float = 0.022

    def scaled(self, width: float, hips: float) -> Girth:
        """As of somebody whose shoulders and hip sockets are so many times as far apart."""
        mean = 0.5 * (width + hips)
        factors = {"chest": width, "belly": mean, "hips": hips, "thigh": hips}
        return Girth(
            **{
                name: value * factors.get(name.split("_")[0], width)
                for name, value in vars(self).items()
            }
        )


@dataclass(frozen=True, eq=False)
class Capsule:
    """All that is near a line that moves with a joint.

    Args:
        joint: index.
        start, stop: (3,) ends of the line from the joint at rest, metres.
        radius_m: how near.
    """

    joint: int
    start: Floats
    stop: Floats
    radius_m: float


@dataclass(frozen=True, eq=False)
class BodyShape:
    """What hands must not go through.

    Args:
        capsules: of trunk, head and thighs.
        forearm_m, hand_m: radii of what moves.
    """

    capsules: tuple[Capsule, ...]
    forearm_m: float
    hand_m: float


def usual_girth(skeleton: Skeleton, roles: Mapping[str, int]) -> Girth:
    """Of a body of which only bones are known.

    Args:
        skeleton: at the size of a person.
        roles: joint by common name.
    """
    rest = skeleton.rest_positions()

    def half(joint: str, usual: float) -> float:
        left, right = roles.get(f"Left{joint}"), roles.get(f"Right{joint}")
        if left is None or right is None:
            return usual
        return 0.5 * float(np.linalg.norm(rest[left] - rest[right]))

    shoulders = half("Arm", _PERSON_SHOULDERS_M)
    sockets = half("UpLeg", _PERSON_SOCKETS_M * shoulders / _PERSON_SHOULDERS_M)
    return Girth().scaled(shoulders / _PERSON_SHOULDERS_M, sockets / _PERSON_SOCKETS_M)


def shape_body(
    skeleton: Skeleton, roles: Mapping[str, int], girth: Girth | None = None
) -> BodyShape:
    """Capsules of a body.

    Args:
        skeleton: J joints, at the size of a person.
        roles: joint by common name; with arms alone there is no body to go through.
        girth: as measured from what is seen of it; None for the usual one.
    """
    girth = girth or usual_girth(skeleton, roles)
    frame = facing_frame(skeleton, roles)
    capsules = [
        *_trunk_capsules(skeleton, roles, girth, frame),
        *_head_capsules(skeleton, roles, girth),
        *_thigh_capsules(skeleton, roles, girth),
    ]
    return BodyShape(tuple(capsules), girth.forearm, girth.hand)


def _trunk_capsules(
    skeleton: Skeleton, roles: Mapping[str, int], girth: Girth, frame: Floats
) -> list[Capsule]:
    trunk = [roles[name] for name in _TRUNK if name in roles]
    if not trunk:
        return []
    rest = skeleton.rest_positions()
    top = _chest_top(roles, rest, trunk)
    low, high = float(rest[trunk[0]][1]), float(top[1])
    side, ahead = quaternion_rotate(frame, _SIDE), quaternion_rotate(frame, _AHEAD)
    found = []
    ends = [*(rest[joint] for joint in trunk), top]
    for joint, (a, b) in zip(trunk, pairwise(ends), strict=True):
        for step in range(_LEVELS):
            middle = a + (b - a) * (step + 0.5) / _LEVELS
            share = float(np.clip((middle[1] - low) / max(high - low, 1e-6), 0.0, 1.0))
            wide, front, back = _section(girth, share)
            radius = 0.5 * (front + back)
            centre = middle - rest[joint] + ahead * (0.5 * (front - back))
            out = side * max(wide - radius, 0.0)
            found.append(Capsule(joint, centre - out, centre + out, radius))
    return found


def _chest_top(roles: Mapping[str, int], rest: Floats, trunk: list[int]) -> Floats:
    """(3,) where the trunk ends: the height of the shoulders."""
    shoulders = [rest[roles[name]] for name in ("LeftArm", "RightArm") if name in roles]
    top = rest[trunk[-1]].copy()
    if shoulders:
        top[1] = max(float(np.mean([place[1] for place in shoulders])), float(top[1]))
    return np.asarray(top)


def _section(girth: Girth, share: float) -> tuple[float, float, float]:
    """Half width, front and back at a share of the way from hips to shoulders."""
    at = (0.0, 0.4, 0.8, 1.0)
    chest = (girth.chest_side, girth.chest_front, girth.chest_back)
    belly = (girth.belly_side, girth.belly_front, girth.belly_back)
    hips = (girth.hips_side, girth.hips_front, girth.hips_back)
    found = [
        float(np.interp(share, at, (h, b, c, 0.75 * c)))
        for h, b, c in zip(hips, belly, chest, strict=True)
    ]
    return found[0], found[1], found[2]


def _head_capsules(skeleton: Skeleton, roles: Mapping[str, int], girth: Girth) -> list[Capsule]:
    if "Head" not in roles:
        return []
    head = roles["Head"]
    rest = skeleton.rest_positions()
    up = np.array([0.0, 1.0, 0.0], np.float32)
    ahead = quaternion_rotate(facing_frame(skeleton, roles), _AHEAD)
    skull = up * girth.head * 1.0 + ahead * girth.head * 0.3
    found = [Capsule(head, up * girth.head * 0.3, skull, girth.head)]
    if "Neck" in roles:
        neck = roles["Neck"]
        found.append(Capsule(neck, np.zeros(3), rest[head] - rest[neck], 0.6 * girth.head))
    return found


def _thigh_capsules(skeleton: Skeleton, roles: Mapping[str, int], girth: Girth) -> list[Capsule]:
    rest = skeleton.rest_positions()
    found = []
    for side in ("Left", "Right"):
        thigh, knee = roles.get(f"{side}UpLeg"), roles.get(f"{side}Leg")
        if thigh is not None and knee is not None:
            along = rest[knee] - rest[thigh]
            found.append(Capsule(thigh, 0.05 * along, 0.9 * along, girth.thigh))
    return found
