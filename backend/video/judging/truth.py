"""A film whose truth is known: where the joints and the camera were at each picture.

Layout of ``NAME.npz`` beside ``NAME.mp4``: ``joints`` the names of the fourteen, ``positions_m``
(T, 14, 3) in Blender's world, ``camera_to_world`` (T, 4, 4) Blender's camera, ``lens_mm`` and
``sensor_mm`` (of the wide side), ``fps``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.points import JOINTS, middle_of_hips

Reals = NDArray[np.float64]

FILM_ENDINGS: Final = (".mp4", ".mkv", ".mov", ".avi", ".webm")
_KEYS: Final = ("joints", "positions_m", "camera_to_world", "lens_mm", "sensor_mm", "fps")
_CORE_OF_BLENDER: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_PINHOLE_OF_BLENDER: Final = np.diag([1.0, -1.0, -1.0])
"""A camera of Blender looks along its −Z with +Y up."""


@dataclass(frozen=True, eq=False)
class FilmTruth:
    """T pictures.

    Args:
        name: of the film.
        film: its file.
        rate_hz: pictures a second.
        joints_m: (T, 14, 3) in the world, core axes.
        camera: that took it.
    """

    name: str
    film: Path
    rate_hz: float
    joints_m: Reals
    camera: FilmCamera

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.joints_m)

    @property
    def seen_m(self) -> Reals:
        """(T, 14, 3) in the camera's axes."""
        return np.asarray(self.camera.to_camera(self.joints_m), np.float64)

    @property
    def points_px(self) -> Reals:
        """(T, 14, 2) in the picture."""
        return np.asarray(self.camera.project(self.joints_m), np.float64)

    @property
    def in_picture(self) -> NDArray[np.bool_]:
        """(T,) whether at least half of the joints are in the picture."""
        points, size = self.points_px, np.asarray(self.camera.size_px)
        inside = ((points >= 0.0) & (points < size)).all(axis=-1)
        return np.asarray(inside.mean(axis=-1) >= 0.5)


def read_truth(npz: Path, film: Path, size_px: tuple[int, int]) -> FilmTruth:
    """The truth that lies beside a film.

    Args:
        npz: its file.
        film: that it belongs to.
        size_px: width and height of the film's pictures.

    Raises:
        InputError: a key is missing, or the joints are not the fourteen.
    """
    with np.load(npz, allow_pickle=False) as data:
        if missing := [key for key in _KEYS if key not in data]:
            raise InputError(
                f"{npz} lacks {', '.join(missing)}; the truth of a film has {', '.join(_KEYS)}"
            )
        found: dict[str, NDArray[Any]] = {key: data[key] for key in _KEYS}
    names = [str(name) for name in found["joints"]]
    if missing := [name for name in JOINTS if name not in names]:
        raise InputError(f"{npz} has no joints {', '.join(missing)}; it needs the fourteen")
    places = found["positions_m"][:, [names.index(name) for name in JOINTS]].astype(np.float64)
    return FilmTruth(
        npz.stem, film, float(found["fps"]), places @ _CORE_OF_BLENDER.T, _camera(found, size_px)
    )


def _camera(found: dict[str, NDArray[Any]], size_px: tuple[int, int]) -> FilmCamera:
    matrices = found["camera_to_world"].astype(np.float64)
    focal = float(found["lens_mm"]) / float(found["sensor_mm"]) * max(size_px)
    return FilmCamera(
        size_px,
        np.full(len(matrices), focal),
        _CORE_OF_BLENDER @ matrices[:, :3, :3] @ _PINHOLE_OF_BLENDER,
        matrices[:, :3, 3] @ _CORE_OF_BLENDER.T,
    )


def films_of(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Films of a folder and the truth beside each, by name.

    Raises:
        InputError: there is no such folder, or no film with its truth in it.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give one with films and their .npz")
    pairs = [
        (film, film.with_suffix(".npz"))
        for film in sorted(folder.iterdir())
        if film.suffix.lower() in FILM_ENDINGS and film.with_suffix(".npz").is_file()
    ]
    if not pairs:
        raise InputError(f"no film in {folder} has its truth (NAME.npz) beside it")
    yield from pairs


def about_hips(joints_m: Floats) -> Reals:
    """(T, 14, 3) joints with the middle of the hips at 0."""
    joints = np.asarray(joints_m, np.float64)
    return joints - middle_of_hips(joints)[:, None]
