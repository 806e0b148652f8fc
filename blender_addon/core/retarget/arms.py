"""Arms that swing beside the body: turned outward by as much as hips and thighs are wide.

The source's arms hang as beside its own slim body. What is seen of the target says how far out its
hips and thighs reach, and how thick its hands are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..maths.rotations import (
    axis_angle_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ..maths.smoothing import gaussian_smooth, running_maximum
from ..motion.skeleton import Skeleton
from .pairs import ancestors
from .rest import facing_frame

MOST_OUT_RAD: Final = np.deg2rad(20.0)
_MOST: Final = np.float32(MOST_OUT_RAD)
_BRUSHED_RAD: Final = 0.025
"""Hands that need less (1 cm) stay as they are: cells reach that much further than the surface."""
_CLEARANCE_RAD: Final = 0.01
"""How much further than needed they are turned otherwise."""
_SHARES: Final = {"Arm": 1.0, "ForeArm": 0.75, "Hand": 0.5}
"""How much of the turn each part of the arm takes: the lower, the more it hangs."""
_SIDES: Final = {"Left": 1.0, "Right": -1.0}
_LOOKS_HZ: Final = 24.0
_ROUNDS: Final = 3
_GAIN: Final = 0.8
"""Of the drop below the shoulder: how far a point goes outward by the upper arm's turn."""
_LEAST_GAIN_M: Final = 0.1
_CELL_M: Final = 0.02
_BETWEEN: Final = 1
_ROUND_M: Final = 0.06
"""So many cells from a point that is known, the surface is as that of a ball of this radius."""
_NOWHERE_M: Final = -1.0
_UP: Final = np.array([0.0, 1.0, 0.0], np.float32)
_DOWN: Final = -_UP


@dataclass(frozen=True)
class ArmsOut:
    """When arms are turned outward.

    Args:
        held_s: for so long before and after it is needed a turn is held.
        ease_s: standard deviation in time over which a turn is taken up and let go.
        together: both arms take the larger turn of the two.
        deepest_m: hands further inside are moved less, and from twice as deep on not at all: they
            are not beside the body, but in front of it or behind.
    """

    held_s: float
    ease_s: float
    together: bool
    deepest_m: float = np.inf


SWINGING: Final = ArmsOut(held_s=0.75, ease_s=0.2, together=True)
"""Arms pass the hips twice a stride: they are held as the character's build asks for."""
AS_SHOWN: Final = ArmsOut(held_s=0.12, ease_s=0.06, together=False, deepest_m=0.1)
"""Hands are to be where they were seen, and move no more than they would else be in the body."""


@dataclass(frozen=True, eq=False)
class _Flank:
    """How far one side of a part of the body reaches outward, by height and depth.

    Args:
        joint: that carries the part.
        frame: (4,) from the part's axes (out or inward along X, bone down, ahead +Z) to rest axes.
        origin: (2,) height and depth of the first cell, metres.
        reach: (H, D) metres outward from the joint.
    """

    joint: int
    frame: Floats
    origin: Floats
    reach: Floats

    def at(self, places: Floats) -> Floats:
        """(...) outward reach at (..., 2) heights and depths, between cells linearly."""
        cell = (places - self.origin) / np.float32(_CELL_M)
        last = np.array(self.reach.shape, np.int64) - 2
        low = np.clip(np.floor(cell), 0, last).astype(np.int64)
        part = np.clip(cell - low, 0.0, 1.0)
        y, z = low[..., 0], low[..., 1]
        below = self.reach[y, z] * (1.0 - part[..., 1]) + self.reach[y, z + 1] * part[..., 1]
        above = (
            self.reach[y + 1, z] * (1.0 - part[..., 1]) + self.reach[y + 1, z + 1] * part[..., 1]
        )
        return np.asarray(below * (1.0 - part[..., 0]) + above * part[..., 0])


@dataclass(frozen=True, eq=False)
class _Side:
    """One arm beside the body.

    Args:
        out: +1 for the left, −1 for the right.
        chain: joints of upper arm, forearm, hand.
        points: (K, 3) of the hand from its joint at rest.
        flanks: what is beside it.
        below: joints that turn with each of the chain.
    """

    out: float
    chain: tuple[int, int, int]
    points: Floats
    flanks: tuple[_Flank, ...]
    below: tuple[Ints, Ints, Ints]


def turn_arms_out(
    skeleton: Skeleton,
    roles: Mapping[str, int],
    turned: Floats,
    frame_rate_hz: float,
    arms: ArmsOut = SWINGING,
) -> Floats:
    """World rotations with upper arms turned outward until hands clear hips and thighs.

    The forearm takes part of the turn, the hand less.

    Args:
        skeleton: J joints, at the size of a person; without the shape of its body nothing changes.
        roles: joint by common name.
        turned: (T, J, 4) world rotations.
        frame_rate_hz: of the T frames.
        arms: when they are turned.

    Returns:
        (T, J, 4).
    """
    sides = _sides_of(skeleton, tuple(sorted(roles.items()))) if skeleton.body else ()
    if not sides:
        return turned
    angles = outward_turns(skeleton, roles, turned, frame_rate_hz, arms)
    if not angles.any():
        return turned
    out, ahead = turned.copy(), _ahead(skeleton, roles, turned)
    for side, angle in zip(sides, angles, strict=True):
        for share, joints in zip(_SHARES.values(), side.below, strict=True):
            turn = axis_angle_to_quaternion(ahead, side.out * share * angle)
            out[:, joints] = quaternion_multiply(turn[:, None], turned[:, joints])
    return out


def outward_turns(
    skeleton: Skeleton,
    roles: Mapping[str, int],
    turned: Floats,
    frame_rate_hz: float,
    arms: ArmsOut = SWINGING,
) -> Floats:
    """(N, T) how far (rad) N arms have to be turned outward, the left first; 0 for clear hands.

    Args:
        skeleton, roles, turned, frame_rate_hz, arms: as of ``turn_arms_out``.
    """
    sides = _sides_of(skeleton, tuple(sorted(roles.items())))
    step = max(1, round(frame_rate_hz / _LOOKS_HZ))
    looks, rate = turned[::step], frame_rate_hz / step
    ahead = _ahead(skeleton, roles, looks)
    places = _Places(skeleton, looks)
    needed = np.array([_needed(side, looks, ahead, places, arms.deepest_m) for side in sides])
    if arms.together:
        needed = np.repeat(needed.max(axis=0, keepdims=True), len(sides), axis=0)
    needed = np.maximum(needed - np.float32(_BRUSHED_RAD), 0.0)
    needed = needed + np.minimum(needed, np.float32(_BRUSHED_RAD + _CLEARANCE_RAD))
    return np.stack([_eased(each, len(turned), step, rate, arms) for each in needed])


def _eased(needed: Floats, frames: int, step: int, rate_hz: float, arms: ArmsOut) -> Floats:
    """(T,) turns that come and go slowly, of those needed at every so many frames."""
    held = running_maximum(needed, round(arms.held_s * rate_hz))
    held = np.minimum(gaussian_smooth(held, arms.ease_s * rate_hz), _MOST)
    smooth = np.interp(np.arange(frames) / step, np.arange(len(held)), held)
    return np.asarray(smooth, np.float32)


class _Places:
    """(T, 3) places of joints, the first joint at the origin, worked out when asked for."""

    def __init__(self, skeleton: Skeleton, turned: Floats) -> None:
        self._skeleton, self._turned = skeleton, turned
        self._known = {0: np.zeros((len(turned), 3), np.float32)}

    def __getitem__(self, joint: int) -> Floats:
        if joint not in self._known:
            parent = int(self._skeleton.parents[joint])
            way = quaternion_rotate(self._turned[:, parent], self._skeleton.offsets[joint])
            self._known[joint] = self[parent] + way
        return self._known[joint]


def _ahead(skeleton: Skeleton, roles: Mapping[str, int], turned: Floats) -> Floats:
    """(T, 3) level unit vectors to where the hips look."""
    facing = facing_frame(skeleton, roles)
    forward = quaternion_rotate(facing, np.array([0.0, 0.0, 1.0], np.float32))
    ahead = quaternion_rotate(turned[:, roles["Hips"]], forward)
    return normalise(ahead * np.array([1.0, 0.0, 1.0], np.float32))


def _needed(
    side: _Side, turned: Floats, ahead: Floats, places: _Places, deepest_m: float
) -> Floats:
    """(T,) least turn of the upper arm, rad, with which all points are clear of all flanks."""
    shoulder, elbow, wrist = (places[joint] for joint in side.chain)
    upper, fore = elbow - shoulder, wrist - elbow
    on_hand = quaternion_rotate(turned[:, side.chain[2], None], side.points)
    shares = tuple(_SHARES.values())
    angle, deepest = np.zeros(len(turned), np.float32), np.zeros(len(turned), np.float32)
    for number in range(_ROUNDS):
        turns = [axis_angle_to_quaternion(ahead, side.out * share * angle) for share in shares]
        wrist = quaternion_rotate(turns[0], upper) + quaternion_rotate(turns[1], fore)
        off = wrist[:, None] + quaternion_rotate(turns[2][:, None], on_hand)
        gain = np.maximum(-_GAIN * off[..., 1], _LEAST_GAIN_M)
        at = shoulder[:, None] + off
        short = np.max([_short(f, side.out, turned, places, at) for f in side.flanks], axis=0)
        if number == 0:
            deepest = short.max(axis=1)
        angle = np.minimum(angle + np.maximum((short / gain).max(axis=1), 0.0), _MOST)
    beside = np.ones_like(angle) if np.isinf(deepest_m) else 2.0 - deepest / deepest_m
    return np.asarray(angle * np.clip(beside, 0.0, 1.0), np.float32)


def _short(flank: _Flank, out: float, turned: Floats, places: _Places, at: Floats) -> Floats:
    """(T, K) how far places (T, K, 3) are inside a flank, metres sideways; negative outside."""
    frame = quaternion_multiply(turned[:, flank.joint], flank.frame)
    local = quaternion_rotate(
        quaternion_conjugate(frame)[:, None], at - places[flank.joint][:, None]
    )
    return np.asarray(flank.at(local[..., 1:]) - out * local[..., 0])


@lru_cache(maxsize=32)
def _sides_of(skeleton: Skeleton, roles: tuple[tuple[str, int], ...]) -> tuple[_Side, ...]:
    """Both arms, as far as their shape and that of the body beside them is known."""
    joints = dict(roles)
    found = []
    for side, out in _SIDES.items():
        chain = tuple(joints.get(side + part, -1) for part in _SHARES)
        flanks = [
            _flank(skeleton, joints, name, out)
            for name in ("Hips", side + "UpLeg")
            if name in joints and skeleton.names[joints[name]] in skeleton.body
        ]
        if min(chain) < 0 or not len(_points(skeleton, chain[2])) or not flanks:
            continue
        below = tuple(_below(skeleton, chain, n) for n in range(len(chain)))
        found.append(_Side(out, chain, _points(skeleton, chain[2]), tuple(flanks), below))  # type: ignore[arg-type]
    return tuple(found)


def _points(skeleton: Skeleton, joint: int) -> Floats:
    return skeleton.body.get(skeleton.names[joint], np.zeros((0, 3), np.float32))


def _below(skeleton: Skeleton, chain: tuple[int, ...], number: int) -> Ints:
    """A joint of the arm and all that hang on it, but not on the next of the arm."""
    following = chain[number + 1] if number + 1 < len(chain) else -1
    above = [ancestors(skeleton, joint) for joint in range(skeleton.joint_count)]
    return np.array(
        [j for j, path in enumerate(above) if chain[number] in path and following not in path],
        np.int64,
    )


def _flank(skeleton: Skeleton, roles: Mapping[str, int], name: str, out: float) -> _Flank:
    joint = roles[name]
    frame = facing_frame(skeleton, roles)
    knee = roles.get(name.replace("UpLeg", "Leg")) if name != "Hips" else None
    if knee is not None:
        rest = skeleton.rest_positions()
        down = quaternion_rotate(frame, _DOWN)
        frame = quaternion_multiply(rotation_between(down, rest[knee] - rest[joint]), frame)
    points = quaternion_rotate(quaternion_conjugate(frame), _points(skeleton, joint))
    origin, reach = _reach(points[:, 1:], out * points[:, 0])
    return _Flank(joint, np.asarray(frame, np.float32), origin, reach)


def _reach(places: Floats, outward: Floats) -> tuple[Floats, Floats]:
    """First cell's place and (H, D) reach of a surface known at (K, 2) heights and depths."""
    rim = _BETWEEN
    origin = places.min(axis=0) - np.float32((rim + 1) * _CELL_M)
    cells = np.round((places - origin) / _CELL_M).astype(np.int64)
    shape = cells.max(axis=0) + rim + 2
    known = np.full(tuple(shape), _NOWHERE_M, np.float32)
    np.maximum.at(known, (cells[:, 0], cells[:, 1]), outward)
    reach = known.copy()
    inner = slice(rim, -rim)
    for dy, dz in product(range(-rim, rim + 1), repeat=2):
        fall = np.float32(_CELL_M**2 * (dy * dy + dz * dz) / (2.0 * _ROUND_M))
        moved = known[rim + dy : shape[0] - rim + dy, rim + dz : shape[1] - rim + dz]
        reach[inner, inner] = np.maximum(reach[inner, inner], moved - fall)
    return origin, reach
