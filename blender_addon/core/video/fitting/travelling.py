"""A camera that goes along, found by the feet: whichever foot carries stands still in the world."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...maths.smoothing import gaussian_smooth
from ..camera import FilmCamera
from .body import Doubles
from .evidence import Evidence
from .gaps import legs_unseen
from .ground import ANKLES
from .place import weighted_smooth

_LOWER_M: Final = 0.03
_SMOOTH_S: Final = 0.07
_STEADY_S: Final = 0.35
_MOVES_M_S: Final = 0.35
_MOVES_SHARE: Final = 0.5
_AGAINST_BODY: Final = 1.3
_WINDOW_S: Final = 1.5
_LEVEL: Final = np.array([1.0, 0.0, 1.0])


def go_along(
    camera: FilmCamera, evidence: Evidence, shape: Doubles, place: Doubles
) -> FilmCamera | None:
    """The camera as it moves over the ground with somebody who walks; None if it stands still.

    Args:
        camera: as if it did not move.
        evidence: what was seen.
        shape: (T, 14, 3) joints about the middle of the hips, camera axes.
        place: (T, 3) of the middle of the hips, camera axes.
    """
    rate = evidence.rate_hz
    if len(place) < 2.0 * _WINDOW_S * rate:
        return None
    ankles = camera.to_world(place[:, None] + shape[:, ANKLES])
    carried, share = _speed_of_carrying_foot(ankles, evidence)
    if share.sum() < _WINDOW_S * rate:
        return None
    steady = weighted_smooth(carried, share, _STEADY_S * rate)
    # A foot that lands slides a little before a camera that stands, too: but not for seconds, and
    # not while the body stays in the picture.
    body = np.gradient(camera.to_world(place[:, None])[:, 0], axis=0) * rate * _LEVEL
    slow, body = (weighted_smooth(each, share, _WINDOW_S / 2.0 * rate) for each in (carried, body))
    slides, goes = np.linalg.norm(slow, axis=-1), np.linalg.norm(body, axis=-1)
    moves = (slides > _MOVES_M_S) & (slides > _AGAINST_BODY * goes)
    if float((share * moves).sum() / share.sum()) < _MOVES_SHARE:
        return None
    way = -np.cumsum(steady, axis=0) / rate
    return replace(camera, positions_m=camera.positions_m + way - way[:1])


def _speed_of_carrying_foot(ankles: Doubles, evidence: Evidence) -> tuple[Doubles, Doubles]:
    """(T, 3) level velocity of the lower ankle, and (T,) how surely it is the one that carries."""
    count, rate = len(ankles), evidence.rate_hz
    smooth = gaussian_smooth(ankles.reshape(count, -1), _SMOOTH_S * rate).reshape(ankles.shape)
    velocity = np.gradient(smooth, axis=0) * rate * _LEVEL
    height = smooth[..., 1]
    lower = 1.0 / (1.0 + np.exp(np.clip((height - height[:, ::-1]) / _LOWER_M, -30.0, 30.0)))
    carried = (lower[..., None] * velocity).sum(axis=1)
    sure = np.abs(lower[:, 0] - lower[:, 1]) + 0.1
    seen = evidence.joint_weights[:, ANKLES].min(axis=1) * (1.0 - legs_unseen(evidence))
    return carried, sure * seen
