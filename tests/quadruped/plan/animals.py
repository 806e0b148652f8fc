"""Two made-up animals of half a metre at the hips, and ways for them."""

from __future__ import annotations

import numpy as np

from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.quadruped.body import Family, FootKind, QuadrupedBody
from blender_addon.core.quadruped.gaits import speed_of
from blender_addon.core.quadruped.skeleton import JOINTS, quadruped_skeleton

_HORSE = {
    "hips": (0, 0.53, -0.24), "spine": (0, 0.53, -0.1), "spine_1": (0, 0.5, 0.04),
    "chest": (0, 0.46, 0.17), "neck": (0, 0.6, 0.3), "neck_1": (0, 0.75, 0.4),
    "head": (0, 0.9, 0.5), "nose": (0, 0.75, 0.6), "tail": (0, 0.52, -0.32),
    "tail_1": (0, 0.4, -0.4), "tail_2": (0, 0.25, -0.42),
    "hind_hip": (0.07, 0.5, -0.21), "hind_stifle": (0.07, 0.37, -0.16),
    "hind_hock": (0.07, 0.22, -0.31), "hind_paw": (0.07, 0.0, -0.28),
    "fore_scapula": (0.07, 0.6, 0.17), "fore_upper": (0.07, 0.4, 0.23),
    "fore_lower": (0.07, 0.2, 0.24), "fore_paw": (0.07, 0.0, 0.245),
}  # fmt: skip
_WOLF = {
    **_HORSE,
    "hips": (0, 0.56, -0.19), "chest": (0, 0.52, 0.25),
    "hind_hip": (0.1, 0.5, -0.18), "hind_stifle": (0.1, 0.38, -0.1),
    "hind_hock": (0.1, 0.22, -0.36), "hind_paw": (0.1, 0.01, -0.26),
    "fore_scapula": (0.095, 0.54, 0.125), "fore_upper": (0.095, 0.41, 0.275),
    "fore_lower": (0.095, 0.31, 0.245), "fore_paw": (0.095, 0.01, 0.34),
}  # fmt: skip


def animal(family: Family) -> QuadrupedBody:
    """A horse or a wolf at the model's size."""
    places = _HORSE if family is Family.HOOFED else _WOLF
    foot = FootKind.HOOF if family is Family.HOOFED else FootKind.PAW
    rest = np.array([_place(places, name) for name in JOINTS], np.float64)
    return QuadrupedBody(quadruped_skeleton(rest), family, foot).at_model_size()


def _place(places: dict[str, tuple[float, ...]], joint: str) -> tuple[float, ...]:
    side, _, rest = joint.partition("_")
    if side not in ("left", "right"):
        return places[joint]
    x, y, z = places[rest]
    return (x if side == "left" else -x, y, z)


def line(length_m: float, froude: float, *stops: Stop) -> Path:
    """Straight ahead at the speed of a Froude number."""
    return Path.from_points([[0, 0, 0], [0, 0, length_m]], float(speed_of(froude)), stops=stops)


def ramp(length_m: float = 60.0) -> Path:
    """Straight, from a slow walk to a gallop and back."""
    along = np.linspace(0.0, length_m, 200)
    numbers = np.interp(along, [0.0, 0.5 * length_m, length_m], [0.05, 3.5, 0.05])
    points = np.stack((0 * along, 0 * along, along), axis=-1)
    return Path(points, speed_of(numbers))


def corners(froude: float) -> Path:
    """Right angles."""
    points = [[0, 0, 0], [0, 0, 3], [3, 0, 3], [3, 0, 6], [0, 0, 6]]
    return Path.from_points(points, float(speed_of(froude)))


def circle(radius_m: float, froude: float) -> Path:
    """Once around to the left, closed."""
    angle = np.linspace(0, 2 * np.pi, 100)[:-1]
    ring = np.stack((radius_m * (1 - np.cos(angle)), 0 * angle, radius_m * np.sin(angle)), axis=-1)
    return Path.from_points(ring, float(speed_of(froude)), closed=True)


def there_and_back(length_m: float, froude: float) -> Path:
    """A path that doubles back."""
    points = [[0, 0, 0], [0, 0, length_m], [0, 0, 0]]
    return Path.from_points(points, float(speed_of(froude)))
