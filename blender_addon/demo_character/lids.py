"""Eyeballs between their lids: pure NumPy."""

from __future__ import annotations

import numpy as np

from ..core.conventions import Floats
from .face_map import LID_EDGE, lid_loops
from .human import Human


def fit_ball(human: Human, vertices: Floats) -> tuple[Floats, float]:
    """Centre (3,) of the left ball, and its radius."""
    ball = vertices[human.vertices_of("l-eye")].astype(np.float64)
    centre = ball.mean(axis=0)
    return centre, float(np.median(np.linalg.norm(ball - centre, axis=1)))
