"""How a camera is held that films somebody; pure NumPy, Blender's axes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.maths.rotations import matrix_to_quaternion, quaternion_multiply
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.video.camera import SENSOR_MM

Array = NDArray[np.float64]

_FOLLOWS_AFTER_S: Final = 0.5
_SHAKE_S: Final = 0.12
_SHAKE_M: Final = 0.02
_SHAKE_DEG: Final = 0.7
_LOWEST_M: Final = 0.12


class Held(Enum):
    """How a camera moves."""

    FIXED = "FIXED"
    ORBITING = "ORBITING"
    FOLLOWING = "FOLLOWING"


@dataclass(frozen=True)
class CameraPlan:
    """Where a camera is, as seen from who is filmed.

    Args:
        held: how it moves.
        azimuth_deg: from −Y, where people look at first, toward +X.
        elevation_deg: how high it is over who is filmed.
        distance_m: from the middle of the body.
        lens_mm: focal length for a picture 36 mm wide along its longer side.
        shake: 0 on a stand, 1 in the hand.
        turn_deg: how far it goes round while ORBITING.
        aside: (2,) how far off the middle of the picture the person is, shares of its sides.
        roll_deg: about its own axis.
    """

    held: Held = Held.FIXED
    azimuth_deg: float = 0.0
    elevation_deg: float = 5.0
    distance_m: float = 4.0
    lens_mm: float = 40.0
    shake: float = 0.0
    turn_deg: float = 60.0
    aside: tuple[float, float] = (0.0, 0.0)
    roll_deg: float = 0.0


@dataclass(frozen=True, eq=False)
class CameraPath:
    """A camera over T frames.

    Args:
        places: (T, 3).
        turns_wxyz: (T, 4) of a camera that looks along its own −Z, +Y up.
        lens_mm: focal length.
    """

    places: Array
    turns_wxyz: Array
    lens_mm: float


def plan_path(
    plan: CameraPlan, body: Array, frame_rate_hz: float, size_px: tuple[int, int], seed: int = 0
) -> CameraPath:
    """Where the camera is on each frame.

    Args:
        plan: how it is held.
        body: (T, 3) the middle of the body.
        frame_rate_hz: of the frames.
        size_px: of the picture.
        seed: of the shaking.
    """
    count = len(body)
    middle = np.tile(0.5 * (body.min(axis=0) + body.max(axis=0)), (count, 1))
    aim = middle
    if plan.held is not Held.FIXED:
        aim = gaussian_smooth(body, _FOLLOWS_AFTER_S * frame_rate_hz, keep_ends=True)
    share = np.linspace(-0.5, 0.5, count) if plan.held is Held.ORBITING else np.zeros(count)
    azimuth = np.radians(plan.azimuth_deg + share * plan.turn_deg)
    rise = np.radians(plan.elevation_deg)
    way = np.stack(
        (
            np.sin(azimuth) * np.cos(rise),
            -np.cos(azimuth) * np.cos(rise),
            np.full(count, np.sin(rise)),
        ),
        axis=-1,
    )
    places = aim + plan.distance_m * way
    places[:, 2] = np.maximum(places[:, 2], _LOWEST_M)
    turns = _look(_beside(aim, places, plan, size_px) - places, plan.roll_deg)
    rng = np.random.default_rng(seed)
    places = places + plan.shake * _SHAKE_M * _tremble(rng, count, frame_rate_hz)
    shaken = np.radians(plan.shake * _SHAKE_DEG * _tremble(rng, count, frame_rate_hz))
    small = np.concatenate((np.ones((count, 1)), 0.5 * shaken), axis=1)
    small /= np.linalg.norm(small, axis=1, keepdims=True)
    turns = np.asarray(quaternion_multiply(turns, small))
    return CameraPath(places, turns, plan.lens_mm)


def _beside(aim: Array, places: Array, plan: CameraPlan, size_px: tuple[int, int]) -> Array:
    """What the camera looks at so that the person is not in the middle of the picture."""
    ahead = aim - places
    away = np.linalg.norm(ahead, axis=1, keepdims=True)
    right = np.cross(ahead / away, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    up = np.cross(right, ahead / away)
    wide = away * SENSOR_MM / plan.lens_mm / max(size_px)
    off_x, off_y = (share * side for share, side in zip(plan.aside, size_px, strict=True))
    return np.asarray(aim - wide * (off_x * right + off_y * up))


def _look(ahead: Array, roll_deg: float) -> Array:
    """(T, 4) turns of a camera that looks along (T, 3), Z upward but for its roll."""
    ahead = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    axes = np.stack((right, np.cross(right, ahead), -ahead), axis=-1)
    turn = np.radians(0.5 * roll_deg)
    roll = np.array([np.cos(turn), 0.0, 0.0, np.sin(turn)])
    return np.asarray(quaternion_multiply(matrix_to_quaternion(axes), roll[None]), np.float64)


def _tremble(rng: np.random.Generator, count: int, frame_rate_hz: float) -> Array:
    """(T, 3) what a hand does, of unit deviation: quick and slow."""
    noise = rng.standard_normal((count + 1, 3))
    quick = gaussian_smooth(noise, _SHAKE_S * frame_rate_hz)[:count]
    slow = gaussian_smooth(noise[::-1].copy(), 4.0 * _SHAKE_S * frame_rate_hz)[:count]
    mixed = quick / max(float(quick.std()), 1e-9) + 2.0 * slow / max(float(slow.std()), 1e-9)
    return np.asarray(mixed / np.sqrt(5.0))
