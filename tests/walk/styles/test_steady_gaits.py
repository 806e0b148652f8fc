"""Steady gaits that others compare a manner with."""

from __future__ import annotations

import numpy as np
import pytest

from backend.walk.steady_gaits import steady_gaits


def test_they_go_straight_on_at_their_speed() -> None:
    (clip,) = steady_gaits(speeds_m_s=(1.2,))
    ground = clip.root_positions[:, [0, 2]]
    assert clip.duration_s > 4.0
    travelled = np.linalg.norm(ground[-1] - ground[0]) / clip.duration_s
    assert travelled == pytest.approx(1.2, rel=0.05)
    assert np.abs(ground[:, 0]).max() < 0.1
