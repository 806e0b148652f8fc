"""The demo character's bones: the common skeleton plus root, fingers, eyes and toe ends.

Everything here is in core's space (Y up, +Z forward, left +X, soles at height 0) and pure NumPy.

Axes, one rule for all: Y runs along the bone, and turning about +X swings the bone toward its
``front``: the body's front for trunk and limbs, the palm for fingers, up for feet, toes and eyes.
So +X bends spine, hip and elbow forward and lifts a foot, −X bends a knee, on both sides alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.conventions import Floats
from ..core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M

FRONT: Final = (0.0, 0.0, 1.0)
UP: Final = (0.0, 1.0, 0.0)
DOWN: Final = (0.0, -1.0, 0.0)
FINGERS: Final = ("Thumb", "Index", "Middle", "Ring", "Pinky")

_MAIN_CHILD: Final = {
    "Hips": "Spine",
    "Spine": "Spine1",
    "Spine1": "Spine2",
    "Spine2": "Neck",
    "Neck": "Head",
}
_PALM_LENGTH_M: Final = 0.09
EYE_M: Final = (0.0318, 0.0800, 0.0690)
HEAD_SCALE: Final = 1.06

# Left hand, from the wrist, palm down: knuckle, direction, lengths of the three bones, curl in
# degrees at each of them. A hand at rest is never flat.
_FINGER_SHAPES: Final = {
    "Thumb": ((0.022, -0.012, 0.024), (0.80, -0.40, 0.46), (0.044, 0.033, 0.027), (0, 10, 12)),
    "Index": ((0.089, 0.001, 0.0305), (1.0, 0.0, 0.08), (0.041, 0.025, 0.021), (16, 20, 12)),
    "Middle": ((0.093, 0.003, 0.0100), (1.0, 0.0, 0.015), (0.045, 0.028, 0.022), (20, 24, 14)),
    "Ring": ((0.088, 0.001, -0.0110), (1.0, 0.0, -0.06), (0.042, 0.026, 0.022), (23, 27, 15)),
    "Pinky": ((0.079, -0.003, -0.0300), (1.0, 0.0, -0.13), (0.033, 0.020, 0.018), (26, 28, 15)),
}


@dataclass(frozen=True)
class Bone:
    """One bone at rest.

    Args:
        name, parent: bone names; parent "" for the first.
        head, tail: (3,) ends in metres.
        front: direction toward which +X turns the bone.
        deforms: whether it moves the skin.
    """

    name: str
    parent: str
    head: tuple[float, float, float]
    tail: tuple[float, float, float]
    front: tuple[float, float, float] = FRONT
    deforms: bool = True


def list_bones() -> tuple[Bone, ...]:
    """All bones at rest, parents before children."""
    joints = rest_joints()
    bones = [Bone("Root", "", (0.0, 0.0, 0.0), (0.0, 0.0, 0.25), UP, deforms=False)]
    bones += [_common_bone(name, joints) for name in COMMON_SKELETON.names]
    bones += [_eye(side, joints["Head"]) for side in ("Left", "Right")]
    for side in ("Left", "Right"):
        bones += _fingers(side, joints[f"{side}Hand"])
        tip = _sum(joints[f"{side}Toe"], COMMON_SKELETON.ends[f"{side}Toe"])
        bones.append(
            Bone(f"{side}ToeEnd", f"{side}Toe", tip, _sum(tip, (0, 0, 0.025)), UP, deforms=False)
        )
    return tuple(bones)


def rest_joints() -> dict[str, tuple[float, float, float]]:
    """Places of the common joints at rest, by name, with the soles at height 0."""
    places = COMMON_SKELETON.rest_positions() + np.array([0, HIPS_REST_HEIGHT_M, 0], np.float32)
    return {name: _triple(place) for name, place in zip(COMMON_SKELETON.names, places, strict=True)}


def _common_bone(name: str, joints: dict[str, tuple[float, float, float]]) -> Bone:
    index = COMMON_SKELETON.index(name)
    parent = "Root" if index == 0 else COMMON_SKELETON.names[COMMON_SKELETON.parents[index]]
    front = UP if name.endswith(("Foot", "Toe")) else FRONT
    return Bone(name, parent, joints[name], _tail(name, joints), front)


def _tail(name: str, joints: dict[str, tuple[float, float, float]]) -> tuple[float, float, float]:
    if name.endswith("Hand"):
        side = 1.0 if name.startswith("Left") else -1.0
        return _sum(joints[name], (side * _PALM_LENGTH_M, 0.0, 0.0))
    if name in COMMON_SKELETON.ends:
        return _sum(joints[name], COMMON_SKELETON.ends[name])
    index = COMMON_SKELETON.index(name)
    children = [n for n, p in enumerate(COMMON_SKELETON.parents) if p == index]
    return joints[_MAIN_CHILD.get(name, COMMON_SKELETON.names[children[0]])]


def _eye(side: str, head: tuple[float, float, float]) -> Bone:
    sign = 1.0 if side == "Left" else -1.0
    x, y, z = (HEAD_SCALE * value for value in EYE_M)
    place = _sum(head, (sign * x, y, z))
    return Bone(f"{side}Eye", "Head", place, _sum(place, (0.0, 0.0, 0.012)), UP)


def _fingers(side: str, wrist: tuple[float, float, float]) -> list[Bone]:
    mirror = np.array([1.0 if side == "Left" else -1.0, 1.0, 1.0])
    bones = []
    for finger, (knuckle, direction, lengths, curls) in _FINGER_SHAPES.items():
        place = np.array(wrist) + mirror * knuckle
        way = np.array(direction) / np.linalg.norm(direction)
        palm = np.array([-0.25, -0.75, -0.55]) if finger == "Thumb" else np.array(DOWN)
        parent = f"{side}Hand"
        for number, (length, curl) in enumerate(zip(lengths, curls, strict=True), start=1):
            way, palm = _curl(way, palm, np.radians(curl))
            name = f"{side}Hand{finger}{number}"
            tip = place + mirror * way * length
            bones.append(Bone(name, parent, _triple(place), _triple(tip), _triple(mirror * palm)))
            place, parent = tip, name
    return bones


def _curl(way: Floats, palm: Floats, angle_rad: float) -> tuple[Floats, Floats]:
    """Bend a finger's direction toward the palm; return it with the palm's new direction."""
    palm = palm - way * np.dot(palm, way)
    palm = palm / np.linalg.norm(palm)
    bent = np.cos(angle_rad) * way + np.sin(angle_rad) * palm
    return bent, np.cos(angle_rad) * palm - np.sin(angle_rad) * way


def _sum(
    a: tuple[float, float, float], b: tuple[float, float, float]
) -> tuple[float, float, float]:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _triple(values: Floats) -> tuple[float, float, float]:
    return (float(values[0]), float(values[1]), float(values[2]))
