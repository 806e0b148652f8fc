"""The demo character's body, modelled from tables: pure NumPy.

Parts are closed solids with overlapping edges (sleeve over wrist, hem over belt), as clothes are.
Lengths are metres, from the common skeleton's joints.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ..core.conventions import Floats
from .bones import Bone, list_bones, rest_joints
from .form import cast, head_form
from .head import head_parts
from .part import Part, placed
from .shapes import Shape, Surface, cone, cut, extract_surface, join, limb, mirror_surface, tube
from .weights import (
    SculptPose,
    Weights,
    clothes_weights,
    hand_weights,
    make_sculpt_pose,
    shoe_weights,
    unpose,
)

_AHEAD = (0.0, 0.0, 1.0)
_UPWARD = (0.0, 1.0, 0.0)

# Height, half width, half depth, shift to the front.
_JUMPER = (
    (0.900, 0.163, 0.111, 0.000),
    (0.918, 0.165, 0.113, 0.000),
    (0.932, 0.172, 0.120, 0.000),
    (0.990, 0.164, 0.116, 0.000),
    (1.070, 0.149, 0.106, 0.003),
    (1.150, 0.147, 0.105, 0.003),
    (1.230, 0.155, 0.112, 0.000),
    (1.310, 0.160, 0.114, -0.006),
    (1.365, 0.148, 0.104, -0.014),
    (1.410, 0.115, 0.084, -0.021),
    (1.440, 0.084, 0.068, -0.025),
    (1.457, 0.066, 0.060, -0.025),
    (1.463, 0.067, 0.061, -0.025),
    (1.480, 0.062, 0.060, -0.021),
)
_PELVIS = (
    (0.800, 0.110, 0.090, 0.000),
    (0.850, 0.155, 0.106, -0.002),
    (0.900, 0.160, 0.110, -0.004),
    (0.960, 0.152, 0.104, 0.000),
    (1.030, 0.136, 0.092, 0.000),
)
# Share of the bone, half width to the side, half depth to the front, shift to the front.
_UPPER_ARM = (
    (0.05, 0.036, 0.040, 0.0),
    (0.16, 0.050, 0.054, 0.0),
    (0.26, 0.053, 0.057, 0.0),
    (0.45, 0.050, 0.054, 0.001),
    (0.75, 0.046, 0.048, 0.0),
    (1.00, 0.043, 0.044, 0.0),
    (1.12, 0.030, 0.031, 0.0),
)
_FOREARM = (
    (-0.14, 0.030, 0.031, 0.0),
    (0.00, 0.043, 0.044, 0.0),
    (0.18, 0.044, 0.046, 0.001),
    (0.50, 0.041, 0.041, 0.0),
    (0.80, 0.036, 0.035, 0.0),
    (0.84, 0.035, 0.034, 0.0),
    (0.86, 0.038, 0.037, 0.0),
    (0.97, 0.036, 0.035, 0.0),
)
_LEG = (
    (0.00, 0.080, 0.098, -0.004),
    (0.12, 0.079, 0.093, 0.000),
    (0.25, 0.075, 0.085, 0.003),
    (0.40, 0.068, 0.075, 0.004),
    (0.50, 0.064, 0.069, 0.002),
    (0.62, 0.063, 0.070, -0.008),
    (0.75, 0.059, 0.066, -0.010),
    (0.90, 0.055, 0.062, -0.006),
    (0.965, 0.054, 0.061, -0.004),
)
# Along the foot from heel to tip: half width, half height, centre's height over the sole.
_SHOE = (
    (0.00, 0.026, 0.026, 0.036),
    (0.06, 0.035, 0.036, 0.042),
    (0.20, 0.038, 0.042, 0.048),
    (0.40, 0.040, 0.039, 0.044),
    (0.60, 0.046, 0.030, 0.035),
    (0.78, 0.048, 0.026, 0.032),
    (0.90, 0.042, 0.023, 0.029),
    (0.97, 0.032, 0.017, 0.025),
    (1.00, 0.020, 0.010, 0.022),
)
_SOLE = (
    (0.00, 0.029, 0.011, 0.011),
    (0.06, 0.038, 0.011, 0.011),
    (0.20, 0.041, 0.011, 0.011),
    (0.42, 0.041, 0.011, 0.011),
    (0.60, 0.049, 0.011, 0.011),
    (0.78, 0.051, 0.011, 0.011),
    (0.90, 0.045, 0.011, 0.011),
    (0.97, 0.034, 0.011, 0.011),
    (1.00, 0.023, 0.011, 0.011),
)
_PALM = (
    (-0.42, 0.026, 0.023, 0.0),
    (0.00, 0.027, 0.020, 0.0),
    (0.30, 0.036, 0.018, 0.0),
    (0.75, 0.042, 0.0150, -0.001),
    (1.02, 0.040, 0.0115, -0.001),
)
_FINGER_RADII = {
    "Thumb": 0.0118, "Index": 0.0084, "Middle": 0.0087, "Ring": 0.0082, "Pinky": 0.0072,
}  # fmt: skip


def build_parts() -> list[Part]:
    """Everything the character is made of, in the rest pose."""
    pose = make_sculpt_pose()
    bones = {bone.name: bone for bone in list_bones()}
    parts = [_jumper(pose), _trousers(pose), _collar(pose)]
    for material, surface in (("Shoes", _shoe()), ("Soles", _sole()), ("Socks", _sock())):
        parts += _both_sides(material, surface, shoe_weights)
    parts += _both_sides("Skin", _hand(bones), partial(hand_weights, bones=bones))
    return parts + head_parts()


def _both_sides(
    material: str, left: Surface, weigh: Callable[[Floats, str], Weights]
) -> list[Part]:
    right = mirror_surface(left)
    return [
        Part(material, left, weigh(left.vertices, "Left")),
        Part(material, right, weigh(right.vertices, "Right")),
    ]


def _jumper(pose: SculptPose) -> Part:
    trunk = _upright(_JUMPER, 0.0, power=2.3)
    pieces: list[Shape] = [trunk]
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        shoulder, elbow, wrist = (pose.joints[f"{side}{n}"] for n in ("Arm", "ForeArm", "Hand"))
        pieces += [
            cone((sign * 0.05, 1.424, -0.026), _beside(shoulder, 0, -0.014, 0), 0.049, 0.049),
            join(
                [limb(shoulder, elbow, _AHEAD, _UPPER_ARM), limb(elbow, wrist, _AHEAD, _FOREARM)],
                0.02,
            ),
        ]
    surface = extract_surface(join(pieces, 0.034), (-0.62, 0.86, -0.18), (0.62, 1.54, 0.2), 0.0145)
    weights = clothes_weights(surface.vertices, pose.joints)
    rest = unpose(surface.vertices, weights, pose)
    return Part("Jumper", Surface(rest, surface.quads), weights)


def _collar(pose: SculptPose) -> Part:
    """A roll of cloth around the neck, lower in front."""
    turns = 2 * np.pi * np.arange(40) / 40
    ways = np.stack((np.sin(turns), np.zeros(40), np.cos(turns)), axis=-1)
    starts = np.array([0.0, -0.066, -0.016]) - 0.005 * np.cos(turns)[:, None] * (0.0, 1.0, 0.0)
    neck = cast(head_form(), starts.astype(np.float32), ways.astype(np.float32), 0.09)
    tall, deep = np.full(40, 0.0150), np.full(40, 0.0070)
    roll = placed(tube(neck + 0.0050 * ways, (0.0, 1.0, 0.0), tall, deep, 12, ring=True))
    weights = clothes_weights(roll.vertices, pose.joints)
    return Part("Jumper", Surface(unpose(roll.vertices, weights, pose), roll.quads), weights)


def _trousers(pose: SculptPose) -> Part:
    legs = [_leg(pose, side) for side in ("Left", "Right")]
    shape = join([_upright(_PELVIS, 0.0, power=2.2), join(legs, 0.0)], 0.03)
    surface = extract_surface(shape, (-0.2, 0.06, -0.16), (0.2, 1.06, 0.16), 0.0145)
    return Part("Trousers", surface, clothes_weights(surface.vertices, pose.joints))


def _leg(pose: SculptPose, side: str) -> Shape:
    hip, ankle = pose.joints[f"{side}UpLeg"], pose.joints[f"{side}Foot"]
    return limb(hip, ankle, _AHEAD, _LEG)


def _upright(rows: tuple[tuple[float, float, float, float], ...], x: float, power: float) -> Shape:
    """A limb along the vertical whose table starts with heights instead of shares."""
    low, high = rows[0][0], rows[-1][0]
    stations = [((height - low) / (high - low), *rest) for height, *rest in rows]
    return limb((x, low, 0.0), (x, high, 0.0), _AHEAD, stations, power)


def _foot_axis() -> tuple[Floats, Floats]:
    joints = rest_joints()
    ankle, ball = np.array(joints["LeftFoot"]), np.array(joints["LeftToe"])
    return np.array([ankle[0], 0.0, ankle[2] - 0.062]), np.array([ball[0], 0.0, ball[2] + 0.076])


def _shoe() -> Surface:
    heel, tip = _foot_axis()
    ankle = np.array(rest_joints()["LeftFoot"])
    collar = cone(_beside(ankle, 0, -0.03, -0.008), _beside(ankle, 0, 0.012, -0.006), 0.036, 0.037)
    tongue = cone(_beside(ankle, 0, 0.008, 0.026), _beside(ankle, 0, -0.035, 0.09), 0.024, 0.022)
    shape = join([limb(heel, tip, _UPWARD, _SHOE, 2.3), collar, tongue], 0.03)
    shape = cut(shape, (0, 0.012, 0), (0, -1, 0), 0.01)
    return extract_surface(shape, (0.02, -0.01, -0.08), (0.16, 0.15, 0.24), 0.0095)


def _sole() -> Surface:
    heel, tip = _foot_axis()
    shape = limb(heel, tip, _UPWARD, _SOLE, 4.0)
    return extract_surface(shape, (0.02, -0.012, -0.09), (0.16, 0.04, 0.24), 0.0095)


def _sock() -> Surface:
    ankle = np.array(rest_joints()["LeftFoot"])
    shape = cone(_beside(ankle, 0, 0.0, -0.006), _beside(ankle, 0, 0.12, -0.008), 0.033, 0.037)
    return extract_surface(shape, (0.03, 0.03, -0.06), (0.15, 0.26, 0.08), 0.015)


def _hand(bones: dict[str, Bone]) -> Surface:
    wrist = np.array(rest_joints()["LeftHand"])
    palm = limb(wrist, _beside(wrist, 0.09, 0, 0), _UPWARD, _PALM, 2.6)
    thumb, *fingers = [_finger(name, bones) for name in _FINGER_RADII]
    ball = cone(
        _beside(wrist, 0.02, -0.006, 0.016), _beside(wrist, 0.05, -0.012, 0.03), 0.017, 0.013
    )
    shape = join([join([palm, join(fingers, 0.003)], 0.012), join([thumb, ball], 0.012)], 0.016)
    low, high = _beside(wrist, -0.055, -0.085, -0.065), _beside(wrist, 0.2, 0.04, 0.115)
    return extract_surface(shape, low, high, 0.0045)


def _finger(name: str, bones: dict[str, Bone]) -> Shape:
    radius = _FINGER_RADII[name]
    chain = [bones[f"LeftHand{name}{number}"] for number in (1, 2, 3)]
    sticks = [
        cone(bone.head, bone.tail, radius * (1.0 - 0.08 * n), radius * (0.93 - 0.08 * n))
        for n, bone in enumerate(chain)
    ]
    if name != "Thumb":
        first = chain[0]
        root = np.array(first.head) - 0.4 * (np.array(first.tail) - np.array(first.head))
        sticks.append(cone(root, first.head, radius, radius))
    return join(sticks, 0.006)


def _beside(point: Floats, x: float, y: float, z: float) -> Floats:
    return np.asarray(point + np.array([x, y, z]))
