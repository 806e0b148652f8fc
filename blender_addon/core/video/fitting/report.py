"""How well a fitted skeleton lies on what was seen."""

from __future__ import annotations

import numpy as np

from ..camera import FilmCamera
from .body import Doubles
from .evidence import Evidence


def report_errors(
    joints: Doubles, camera: FilmCamera, evidence: Evidence
) -> tuple[Doubles, Doubles, Doubles]:
    """Joints (T, 14, 3) in the picture, and how far they are from what was seen.

    Returns:
        (T, 14, 2) pixels; (T,) weighted mean distance in pixels, NaN where nothing was seen; (T,)
        the same in torso lengths.
    """
    points = camera.project(joints)
    away = np.linalg.norm(points - evidence.points_px, axis=-1)
    weights = np.where(np.isfinite(away), evidence.weights, 0.0)
    total = weights.sum(axis=1)
    mean = (weights * np.nan_to_num(away)).sum(axis=1) / np.maximum(total, 1e-9)
    error = np.where(total > 0.0, mean, np.nan)
    torso = np.maximum(evidence.torso_px, 1.0)
    return points, error, error / torso
