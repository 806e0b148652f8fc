"""The 52 ARKit shapes of the demo character's head, as soft pushes: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ..core.conventions import Floats
from ..core.motion.arkit import ARKIT_52

Push = tuple[tuple[float, float, float], float, tuple[float, float, float]]

_JAW_JOINT: Final = np.array([0.0, 0.045, 0.0], np.float32)
_JAW_OPEN_DEG: Final = 16.0

# Place, reach and way of each push, metres from the head joint, on the left side.
_LIP_UP, _LIP_LOW = (0.010, 0.021, 0.103), (0.010, 0.012, 0.102)
_CORNER: Final = (0.031, 0.018, 0.090)
_PUSHES: Final[dict[str, tuple[Push, ...]]] = {
    "browInnerUp": (((0.017, 0.113, 0.09), 0.018, (0, 0.008, 0)),),
    "browDown": (((0.025, 0.113, 0.09), 0.022, (-0.002, -0.006, 0)),),
    "browOuterUp": (((0.050, 0.112, 0.08), 0.020, (0, 0.008, 0)),),
    "cheekPuff": (((0.050, 0.025, 0.07), 0.025, (0.010, 0, 0.006)),),
    "cheekSquint": (((0.045, 0.062, 0.08), 0.020, (0, 0.006, 0.003)),),
    "noseSneer": (((0.015, 0.050, 0.10), 0.014, (0, 0.005, 0)),),
    "mouthFunnel": ((_CORNER, 0.016, (-0.010, 0, 0.004)), ((0, 0.0165, 0.10), 0.02, (0, 0, 0.008))),
    "mouthPucker": ((_CORNER, 0.016, (-0.014, 0, 0.006)), ((0, 0.0165, 0.10), 0.02, (0, 0, 0.010))),
    "mouthSmile": ((_CORNER, 0.018, (0.008, 0.010, -0.004)),),
    "mouthFrown": ((_CORNER, 0.018, (0.002, -0.008, 0)),),
    "mouthDimple": ((_CORNER, 0.014, (0.004, 0.002, -0.005)),),
    "mouthStretch": ((_CORNER, 0.020, (0.010, -0.003, -0.004)),),
    "mouthPress": ((_CORNER, 0.014, (0, 0, -0.003)), (_LIP_UP, 0.010, (0, -0.002, -0.001))),
    "mouthRollLower": ((_LIP_LOW, 0.014, (0, 0.002, -0.005)),),
    "mouthRollUpper": ((_LIP_UP, 0.014, (0, -0.002, -0.005)),),
    "mouthShrugLower": ((_LIP_LOW, 0.018, (0, 0.005, 0.003)),),
    "mouthShrugUpper": ((_LIP_UP, 0.018, (0, 0.005, 0.003)),),
    "mouthLowerDown": ((_LIP_LOW, 0.012, (0, -0.007, 0)),),
    "mouthUpperUp": ((_LIP_UP, 0.012, (0, 0.006, 0)),),
    "mouthClose": ((_LIP_LOW, 0.016, (0, 0.022, 0)),),
    "eyeSquint": (((0.033, 0.064, 0.09), 0.016, (0, 0.004, 0)),),
    "tongueOut": (((0, 0.0165, 0.10), 0.008, (0, -0.001, 0.006)),),
}
_LIDS_DEG: Final = {
    "eyeBlink": (-52.0, 12.0),
    "eyeSquint": (-10.0, 12.0),
    "eyeWide": (9.0, -4.0),
    "eyeLookUp": (8.0, 5.0),
    "eyeLookDown": (-22.0, -6.0),
    "eyeLookIn": (-1.5, 1.0),
    "eyeLookOut": (1.5, 1.0),
}


def skin_offsets(points: Floats) -> dict[str, Floats]:
    """Offsets (N, 3) of every shape at points (N, 3), metres from the head joint."""
    return {name: _offset(name, points) for name in ARKIT_52}


def _offset(name: str, points: Floats) -> Floats:
    stem = name.removesuffix("Left").removesuffix("Right")
    total = np.zeros_like(points)
    if stem == "jawOpen":
        return _jaw_weights(points)[:, None] * _turned(points, _JAW_OPEN_DEG)
    if stem in ("jaw", "jawForward"):
        way = {"jawLeft": (0.008, 0, 0), "jawRight": (-0.008, 0, 0)}.get(name, (0, 0, 0.006))
        return np.asarray(_jaw_weights(points)[:, None] * np.array(way, np.float32))
    if stem == "mouth":
        sign = 1.0 if name.endswith("Left") else -1.0
        push = ((0, 0.0165, 0.10), 0.03, (0.010 * sign, 0, 0))
        return _pushed(points, push, 1.0)
    for push in _PUSHES.get(stem, ()):
        for side, sign in (("Left", 1.0), ("Right", -1.0)):
            if name == stem or name.endswith(side):
                total += _pushed(points, push, sign)
    return total


def _pushed(points: Floats, push: Push, sign: float) -> Floats:
    mirror = np.array([sign, 1.0, 1.0], np.float32)
    place, reach, way = (np.asarray(value, np.float32) for value in push)
    away = np.sum((points - place * mirror) ** 2, axis=1) / (reach * reach)
    return np.asarray(np.exp(-away)[:, None] * way * mirror)


def _jaw_weights(points: Floats) -> Floats:
    below = np.clip((0.0165 - points[:, 1]) / 0.012 + 0.3, 0.0, 1.0)
    ahead = np.clip((points[:, 2] - 0.02) / 0.05, 0.0, 1.0)
    return np.asarray(below * ahead * np.clip((points[:, 1] + 0.07) / 0.03, 0, 1))


def _turned(points: Floats, degrees: float) -> Floats:
    """How far a turn about the jaw joint, chin down, moves points."""
    turn = np.radians(degrees)
    at = points - _JAW_JOINT
    y = np.cos(turn) * at[:, 1] - np.sin(turn) * at[:, 2]
    z = np.cos(turn) * at[:, 2] + np.sin(turn) * at[:, 1]
    return np.asarray(np.stack((at[:, 0], y, z), axis=-1) - at, np.float32)


def lid_offsets(points: Floats, centre: Floats, side: str, upper: bool) -> Mapping[str, Floats]:
    """Offsets of a lid's points (N, 3), which turn about the line through the eye's corners."""
    at = points - centre
    angle = np.arctan2(at[:, 1], at[:, 2])
    reach = np.clip((np.radians(130) - np.abs(angle)) / np.radians(96), 0.0, 1.0)
    found = {}
    for stem, degrees in _LIDS_DEG.items():
        turn = np.radians(degrees[0 if upper else 1]) * reach
        away = np.hypot(at[:, 1], at[:, 2])
        moved = np.stack((at[:, 0], away * np.sin(angle + turn), away * np.cos(angle + turn)), -1)
        found[stem + side] = np.asarray(moved - at, np.float32)
    return found
