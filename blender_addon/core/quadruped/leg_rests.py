"""Legs as a body stands on them, and how the shoulder blades go with the front ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from ..conventions import FORWARD, Floats, Ints
from ..maths.rotations import length, normalise
from .body import QuadrupedBody
from .skeleton import LEGS

BLADE_SHARE: Final = 0.4
"""Part of the paw's way ahead of or behind standing that the blade carries the free leg's top."""

_BLADE_LIMIT_RAD: Final = 0.75
"""The blade approaches, but never passes, so far from where it stands."""

_BLADE_HIGHEST_RAD: Final = 1.15
"""No rule brings the blade further up than this from straight down."""

_BLADE_REACH: Final = 0.9993
"""Of the free leg's length, beyond which the blade gives way."""

_CLAMP_RAD: Final = 0.05

_KEPT: Final = 64
"""Standing legs that are remembered: those of an animal that is steered are asked for each frame.
"""

HIND: Final = [n for n, leg in enumerate(LEGS) if not leg.fore]
FORE: Final = [n for n, leg in enumerate(LEGS) if leg.fore]
LEG_JOINTS: Final[Ints] = np.array([leg.joints for leg in LEGS])
"""(4, 4) common joints of LH, LF, RH, RF from top to paw."""


@dataclass(frozen=True, eq=False)
class HindRest:
    """A hind leg standing.

    Args:
        line: (3,) unit, from hip to paw.
        side: (3,) unit, to which the stifle bends.
        angle: of hock–paw against the line.
        bones: lengths of the three segments in metres.
        directions: (3, 3) units of the segments.
    """

    line: Floats
    side: Floats
    angle: float
    bones: tuple[float, float, float]
    directions: Floats

    @classmethod
    @lru_cache(maxsize=_KEPT)
    def of(cls, body: QuadrupedBody, number: int) -> HindRest:
        """Leg ``number`` of LH, LF, RH, RF, which is a hind one."""
        joints = body.rest_m[LEG_JOINTS[number]]
        line = normalise(joints[3] - joints[0])
        side = _bend_side(joints[0], joints[1], line, forward=True, least=0.0)
        back = joints[2] - joints[3]
        angle = float(np.arctan2(-back @ side, -back @ line))
        steps = np.diff(joints, axis=0)
        a, b, c = (float(each) for each in length(steps))
        return cls(line, side, angle, (a, b, c), normalise(steps))


@dataclass(frozen=True, eq=False)
class BladeRest:
    """A front leg standing, from the top of its blade.

    Args:
        upper, paw: (3,) where they are.
        line: (3,) unit, from upper to paw.
        side: (3,) unit, to which the free leg bends.
        bones: lengths of the free leg's two segments in metres.
        directions: (2, 3) units of these segments.
        reach: length of the blade in metres.
        angle: of the blade from straight down, positive forward.
    """

    upper: Floats
    paw: Floats
    line: Floats
    side: Floats
    bones: tuple[float, float]
    directions: Floats
    reach: float
    angle: float

    @classmethod
    @lru_cache(maxsize=_KEPT)
    def of(cls, body: QuadrupedBody, number: int) -> BladeRest:
        """Leg ``number`` of LH, LF, RH, RF, which is a front one."""
        joints = body.rest_m[LEG_JOINTS[number]]
        line = normalise(joints[3] - joints[1])
        forward = bool(body.bends_forward[number])
        side = _bend_side(joints[1], joints[2], line, forward, 0.03 * body.hip_height_m)
        steps = np.diff(joints[1:], axis=0)
        a, b = (float(each) for each in length(steps))
        upper = joints[1] - joints[0]
        return cls(
            upper, joints[3] - joints[0], line, side, (a, b), normalise(steps),
            float(np.hypot(upper[1], upper[2])), float(np.arctan2(upper[2], -upper[1])),
        )  # fmt: skip


def _bend_side(top: Floats, middle: Floats, line: Floats, forward: bool, least: float) -> Floats:
    """Unit direction (3,) across a leg's line to which it bends: as it stands, if it is bent."""
    off = (middle - top) - ((middle - top) @ line) * line
    ahead = (FORWARD - (FORWARD @ line) * line) * (1.0 if forward else -1.0)
    bent = float(np.linalg.norm(off)) > max(least, 1e-4) and float(off @ ahead) > 0
    return np.asarray(normalise(off if bent else ahead), np.float32)


def blade_angle(rest: BladeRest, ahead: Floats) -> Floats:
    """How far the blade swings.

    Args:
        rest: of the leg.
        ahead: (…) metres by which the paw is ahead of where it stands.

    Returns:
        (…) radians from straight down, positive forward.
    """
    swing = BLADE_SHARE * ahead / rest.reach
    forward = float(np.clip(_BLADE_HIGHEST_RAD - rest.angle, 0.15, _BLADE_LIMIT_RAD))
    limit = np.where(swing > 0, forward, _BLADE_LIMIT_RAD)
    return np.asarray(rest.angle + limit * np.tanh(swing / limit))


def within_reach(rest: BladeRest, angle: Floats, local: Floats) -> Floats:
    """The same angle, or softly the nearest from which the free leg reaches the paw.

    Straight at the paw the blade brings the leg nearest; to either side it may swing out by as much
    as the triangle of blade, leg and line to the paw opens.

    Args:
        rest: of the leg.
        angle: (…) radians of the blade from straight down.
        local: (…, 3) the paw from the blade's top, in the chest's axes.

    Returns:
        (…) radians.
    """
    straight, opened = opening(rest, local, _BLADE_REACH)
    off = np.arctan2(np.sin(angle - straight), np.cos(angle - straight))
    size = np.abs(off)
    near = np.maximum(_CLAMP_RAD - np.abs(size - opened), 0.0)
    held = np.maximum(np.minimum(size, opened) - near**2 / (4 * _CLAMP_RAD), 0.0)
    return np.asarray(straight + np.where(size > 1e-6, off * held / np.maximum(size, 1e-6), 0.0))


def opening(rest: BladeRest, local: Floats, straightness: Floats | float) -> tuple[Floats, Floats]:
    """Where the blade points straight at the paw, and how far off it the free leg is so straight.

    Args:
        rest: of the leg.
        local: (…, 3) the paw from the blade's top, in the chest's axes.
        straightness: (…) part of its length.

    Returns:
        (…) radians from straight down and (…) radians off that.
    """
    down, ahead = -local[..., 1], local[..., 2]
    side = local[..., 0] - rest.upper[0]
    far_2 = np.maximum(down**2 + ahead**2, 1e-8)
    leg_2 = np.maximum((np.asarray(straightness) * sum(rest.bones)) ** 2 - side**2, 1e-8)
    cosine = (far_2 + rest.reach**2 - leg_2) / (2 * np.sqrt(far_2) * rest.reach)
    return np.arctan2(ahead, down), np.arccos(np.clip(cosine, -1.0, 1.0))
