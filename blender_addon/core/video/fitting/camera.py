"""The camera that took a film, from what is known of it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import SettingsError
from ..camera import SENSOR_MM, FilmCamera
from ..request import CameraChoice
from ..settings import CameraKind, CameraSettings
from ..tracked import TrackedPerson

Doubles = NDArray[np.float64]
GUESSED: Final = CameraSettings()


def camera_of(choice: CameraChoice, tracked: TrackedPerson) -> FilmCamera:
    """The camera as it was told; a first guess where nothing was.

    Args:
        choice: what is known.
        tracked: whose film it took.

    Returns:
        T frames. Of a typed or guessed camera: it stands over the origin and looks along -Z.

    Raises:
        SettingsError: a known camera has another number of frames or another picture.
    """
    if choice.kind is CameraKind.SCENE:
        return _known(choice.known, tracked)
    typed = choice.typed if choice.kind is CameraKind.TYPED else GUESSED
    is_known = choice.kind is CameraKind.TYPED
    focal = typed.lens_mm / SENSOR_MM * max(tracked.size_px)
    rotation = looking(np.radians(typed.tilt_deg))
    return steady_camera(
        tracked, focal, rotation, np.array([0.0, typed.height_m, 0.0]), is_known=is_known
    )


def steady_camera(
    tracked: TrackedPerson, focal_px: float, rotation: Doubles, place: Doubles, *, is_known: bool
) -> FilmCamera:
    """A camera that does not move: rotation (3, 3) and place (3,) for all frames."""
    count = tracked.frame_count
    return FilmCamera(
        tracked.size_px,
        np.full(count, float(focal_px)),
        np.broadcast_to(rotation, (count, 3, 3)).copy(),
        np.broadcast_to(place, (count, 3)).copy(),
        is_known,
    )


def looking(tilt_rad: float, roll_rad: float = 0.0) -> Doubles:
    """(3, 3) axes of a camera that looks along -Z and down by a tilt, and hangs to its right."""
    sine, cosine = np.sin(tilt_rad), np.cos(tilt_rad)
    level = np.array([[1.0, 0.0, 0.0], [0.0, -cosine, -sine], [0.0, sine, -cosine]])
    turned = np.eye(3)
    turned[:2, :2] = [
        [np.cos(roll_rad), np.sin(roll_rad)],
        [-np.sin(roll_rad), np.cos(roll_rad)],
    ]
    return np.asarray(level @ turned.T)


def _known(known: FilmCamera | None, tracked: TrackedPerson) -> FilmCamera:
    if known is None:
        raise SettingsError("the scene's camera was chosen but none is given; choose a camera")
    if known.frame_count != tracked.frame_count:
        raise SettingsError(
            f"the camera is known at {known.frame_count} frames and the film has "
            f"{tracked.frame_count}; give it at every picture of the part that is asked for"
        )
    if tuple(known.size_px) != tuple(tracked.size_px):
        raise SettingsError(
            f"the camera's picture is {known.size_px} pixels and the film's {tracked.size_px}; "
            "give the camera the film's size"
        )
    return known
