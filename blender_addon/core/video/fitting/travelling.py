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

_LOWER_M: Final = 0.02
_FLIES_M: Final = 0.05
_FLOOR_S: Final = 0.5
_SMOOTH_S: Final = 0.07
_SHARP_S: Final = 0.04
"""A foot of a runner stands for a moment only: that it does is seen with the first, how fast the
ground goes by with the second."""
_STEADY_S: Final = 0.35
_BODY_S: Final = 0.75
_SHORTEST_S: Final = 0.75
_FEW_S: Final = 0.12
_ALIKE_M_S: Final = 0.25
_AGREE: Final = 2.5
_SLOWEST_M_S: Final = 0.2
_ROUNDS: Final = 4
_OFF_M_S: Final = 0.3
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
    if len(place) < _SHORTEST_S * rate:
        return None
    ankles = camera.to_world(place[:, None] + shape[:, ANKLES])
    carried, share = _speed_of_carrying_foot(ankles, evidence)
    if share.sum() < _FEW_S * rate:
        return None
    steady = _steady_speed(carried, share, rate)
    body = np.gradient(camera.to_world(place[:, None])[:, 0], axis=0) * rate * _LEVEL
    body = weighted_smooth(body, share, _BODY_S * rate)
    if not _is_moving(carried, steady, body, share):
        return None
    steady = _steady_speed(*_speed_of_carrying_foot(ankles, evidence, _SHARP_S), rate)
    way = -np.cumsum(steady, axis=0) / rate
    return replace(camera, positions_m=camera.positions_m + way - way[:1])


def _steady_speed(carried: Doubles, share: Doubles, rate_hz: float) -> Doubles:
    """(T, 3) velocity that most carrying feet (T, 3) have; a foot that slides otherwise is left."""
    sigma = _STEADY_S * rate_hz
    steady = weighted_smooth(carried, share, sigma)
    for _ in range(_ROUNDS):
        off = np.linalg.norm(carried - steady, axis=-1)
        steady = weighted_smooth(carried, share / (1.0 + (off / _OFF_M_S) ** 4), sigma)
    return steady


def _is_moving(carried: Doubles, steady: Doubles, body: Doubles, share: Doubles) -> bool:
    """Whether feet agree on a common way, hardly ever stand still, and outrun the body."""
    common = np.linalg.norm(carried - steady, axis=-1) < _ALIKE_M_S
    still = np.linalg.norm(carried, axis=-1) < _ALIKE_M_S
    speed, goes = (float(np.median(np.linalg.norm(each, axis=-1))) for each in (steady, body))
    agree = float((share * common).sum()), float((share * still).sum())
    return speed > _SLOWEST_M_S and agree[0] > _AGREE * agree[1] and speed > goes


def _speed_of_carrying_foot(
    ankles: Doubles, evidence: Evidence, smooth_s: float = _SMOOTH_S
) -> tuple[Doubles, Doubles]:
    """(T, 3) level velocity of the lower ankle, and (T,) how surely it is the one that carries."""
    count, rate = len(ankles), evidence.rate_hz
    smooth = gaussian_smooth(ankles.reshape(count, -1), smooth_s * rate).reshape(ankles.shape)
    velocity = np.gradient(smooth, axis=0) * rate * _LEVEL
    height = smooth[..., 1]
    lower = 1.0 / (1.0 + np.exp(np.clip((height - height[:, ::-1]) / _LOWER_M, -30.0, 30.0)))
    carried = (lower[..., None] * velocity).sum(axis=1)
    sure = np.abs(lower[:, 0] - lower[:, 1]) ** 3 + 0.02
    # Whoever runs is in the air for most of the time, and then no foot carries.
    lowest = height.min(axis=1)
    sure *= np.exp(-(((lowest - _floor(lowest, rate)) / _FLIES_M) ** 2)) + 0.02
    seen = evidence.joint_weights[:, ANKLES].min(axis=1) * (1.0 - legs_unseen(evidence))
    return carried, sure * seen


def _floor(lowest: Doubles, rate_hz: float) -> Doubles:
    """(T,) how low the lower foot comes around each frame."""
    reach = max(round(_FLOOR_S * rate_hz), 1)
    padded = np.pad(lowest, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(np.quantile(windows, 0.1, axis=-1))
