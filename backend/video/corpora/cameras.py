"""Cameras of data sets, their lenses as measured, and cameras put around those that have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import MALFORMED, InputError, shortened
from blender_addon.core.video.camera import SENSOR_MM, FilmCamera

_LEAST_DEPTH_M: Final = 0.05
AROUND: Final = 4
"""Cameras that are put around a take."""
_AROUND_SIZE_PX: Final = (1280, 720)
_AROUND_FOCAL_PX: Final = 1280.0 * 50.0 / SENSOR_MM
"""50 mm on film of 36 mm."""
_AROUND_HEIGHT_M: Final = 1.4
_AROUND_FILLS: Final = 0.75
"""Of the picture, by the room that the person moves in."""


@dataclass(frozen=True, eq=False)
class CorpusCamera:
    """A camera that stands still.

    Args:
        name: in the data set.
        size_px: width and height.
        focal_px: (2,) along and across.
        centre_px: (2,) where the optical axis meets the picture.
        rotation: (3, 3) from the camera's axes (x right, y down, z ahead) to the world's.
        position_m: (3,) in the world, Y up.
        radial: (3,) distortion by the second, fourth and sixth power of the radius.
        tangential: (2,) distortion by a lens that stands askew.

    Source: Brown 1966, *Decentering distortion of lenses*; the order is OpenCV's.
    """

    name: str
    size_px: tuple[int, int]
    focal_px: Floats
    centre_px: Floats
    rotation: Floats
    position_m: Floats
    radial: Floats
    tangential: Floats

    def __post_init__(self) -> None:
        arrays = {
            "focal length": (self.focal_px, (2,)), "centre": (self.centre_px, (2,)),
            "rotation": (self.rotation, (3, 3)), "position": (self.position_m, (3,)),
            "radial distortion": (self.radial, (3,)),
            "tangential distortion": (self.tangential, (2,)),
        }  # fmt: skip
        for what, (value, shape) in arrays.items():
            if np.shape(value) != shape or not np.isfinite(value).all():
                raise InputError(
                    f"camera {self.name}: its {what} has shape {np.shape(value)} or numbers that "
                    f"are not finite; expected {shape}"
                )
        turned = self.rotation @ self.rotation.T
        if np.abs(turned - np.eye(3)).max() > 1e-3 or np.linalg.det(self.rotation) < 0.0:
            raise InputError(f"camera {self.name}: its rotation is none; correct the file")
        if min(self.focal_px) <= 0.0 or min(self.size_px) < 1:
            raise InputError(f"camera {self.name}: focal length and size must be above 0")

    def project(self, points_m: Floats) -> Floats:
        """(..., 2) pixels of (..., 3) points in the world; NaN behind the camera."""
        there = (points_m - self.position_m) @ self.rotation
        depth = np.where(there[..., 2:] > _LEAST_DEPTH_M, there[..., 2:], np.nan)
        ray = there[..., :2] / depth
        square = (ray**2).sum(axis=-1, keepdims=True)
        powers = np.concatenate([square, square**2, square**3], axis=-1)
        bent = ray * (1.0 + (powers @ self.radial)[..., None])
        p1, p2 = self.tangential
        product = 2.0 * ray[..., :1] * ray[..., 1:]
        askew = np.concatenate(
            [
                p1 * product + p2 * (square + 2.0 * ray[..., :1] ** 2),
                p2 * product + p1 * (square + 2.0 * ray[..., 1:] ** 2),
            ],
            axis=-1,
        )
        return np.asarray((bent + askew) * self.focal_px + self.centre_px)

    def film_camera(self, count: int) -> FilmCamera:
        """As a film's user would state it: one focal length, no distortion.

        Args:
            count: of frames.

        The picture is taken to be so large that its middle is where the optical axis meets it.
        """
        width, height = (max(1, round(2.0 * float(each))) for each in self.centre_px)
        return FilmCamera(
            (width, height),
            np.full(count, float(np.mean(self.focal_px))),
            np.tile(self.rotation, (count, 1, 1)),
            np.tile(self.position_m, (count, 1)),
        )


def cameras_around(joints_m: Floats, count: int = AROUND) -> list[CorpusCamera]:
    """Cameras at breast height that see a whole take, evenly around it.

    Args:
        joints_m: (T, 14, 3) world axes, Y up.
        count: of cameras.
    """
    points = joints_m[np.isfinite(joints_m).all(axis=(1, 2))].reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    middle = 0.5 * (low + high)
    reach = max(float(np.linalg.norm(points[:, ::2] - middle[::2], axis=1).max()), 0.5)
    across = max(float(high[1] - low[1]), 2.0 * reach * _AROUND_SIZE_PX[1] / _AROUND_SIZE_PX[0])
    distance = reach + across * _AROUND_FOCAL_PX / (_AROUND_FILLS * _AROUND_SIZE_PX[1])
    turns = 2.0 * np.pi * (np.arange(count) + 0.5) / count
    return [
        _looking_at(
            f"around {number + 1}",
            np.array([
                middle[0] + distance * np.sin(turn), low[1] + _AROUND_HEIGHT_M,
                middle[2] + distance * np.cos(turn),
            ]),
            middle,
        )
        for number, turn in enumerate(turns)
    ]  # fmt: skip


def _looking_at(name: str, position: Floats, target: Floats) -> CorpusCamera:
    ahead = (target - position) / np.linalg.norm(target - position)
    right = np.cross(ahead, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(ahead, right), ahead], axis=1)
    width, height = _AROUND_SIZE_PX
    return CorpusCamera(
        name, _AROUND_SIZE_PX, np.full(2, _AROUND_FOCAL_PX), np.array([width / 2, height / 2]),
        rotation, position, np.zeros(3), np.zeros(2),
    )  # fmt: skip


def numbers_of(document: Mapping[str, Any], key: str, where: str) -> Floats:
    """An array out of a camera's description.

    Raises:
        InputError: it is missing, or no numbers.
    """
    try:
        return np.asarray(document[key], np.float64)
    except MALFORMED as error:
        raise InputError(
            f"{where} lacks '{key}', or it is no list of numbers ({shortened(error)}); correct the "
            "file"
        ) from error
