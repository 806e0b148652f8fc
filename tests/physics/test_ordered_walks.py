"""Walks to follow come from the walker's own program, once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.physics import walks
from blender_addon.core.errors import InputError

ORDER = {
    "name": "short", "points": [[0.0, 0.0], [0.0, 1.5]], "speeds_m_s": 1.2, "stops": [],
    "stand_before_s": 0.5, "stand_after_s": 0.5, "seed": 3,
    "ground": {"origin_xz": [-2.0, -2.0], "spacing_m": 4.0, "samples": [[0.1, 0.1], [0.1, 0.1]]},
}  # fmt: skip


def test_a_walk_is_made_once_as_it_was_ordered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = walks.walks_of([ORDER], tmp_path)["short"]
    assert made.contacts is not None and made.frame_rate_hz == 60.0
    np.testing.assert_allclose(made.root_positions[-1][[0, 2]], [0.0, 1.5], atol=0.3)
    assert 1.0 < made.root_positions[0, 1] < 1.2  # the ground is 10 cm high
    monkeypatch.setattr(walks, "run_limited", lambda *args, **kwargs: pytest.fail("made again"))
    again = walks.walks_of([ORDER], tmp_path)["short"]
    np.testing.assert_array_equal(again.rotations_wxyz, made.rotations_wxyz)


def test_an_order_that_cannot_be_walked_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="could not be made"):
        walks.walks_of([{**ORDER, "points": [[0.0, 0.0]]}], tmp_path)
