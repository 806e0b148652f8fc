"""Motion as the manifold sees it, and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.editing.manifold.features import (
    LAYOUT,
    find_contacts,
    places_of,
    to_features,
    to_places,
    trajectory,
)
from blender_addon.core.errors import ClipError
from blender_addon.core.motion.resample import resample_clip
from tests.editing.gaits import walk


def test_features_and_their_way_give_the_motion_back() -> None:
    places = places_of(walk(metres=3.0))
    features = to_features(places)
    ground, headings = trajectory(
        features[:, LAYOUT.slices["root_velocity"]], places.ground[0], float(places.headings[0])
    )
    np.testing.assert_allclose(ground, places.ground, atol=1e-4)
    np.testing.assert_allclose(headings, places.headings, atol=1e-4)
    made = to_places(features, ground, headings)
    np.testing.assert_allclose(made.positions, places.positions, atol=2e-4)
    assert np.array_equal(made.contacts, places.contacts)


def test_hips_are_over_the_bodys_frame() -> None:
    features = to_features(places_of(walk(metres=3.0)))
    assert features.shape[1] == LAYOUT.size == 73
    np.testing.assert_allclose(features[:, [0, 2]], 0.0, atol=1e-5)


def test_a_walk_has_a_foot_on_the_ground_and_a_foot_in_the_air() -> None:
    contacts = find_contacts(places_of(walk(metres=4.0)).positions)[30:-30]
    left, right = contacts[:, :2].any(axis=1), contacts[:, 2:].any(axis=1)
    assert (left | right).mean() > 0.95
    assert 0.3 < (left & ~right).mean() < 0.55


def test_another_rate_is_refused() -> None:
    with pytest.raises(ClipError, match="30 Hz"):
        places_of(resample_clip(walk(metres=2.0), 30.0))


def test_a_single_frame_has_features() -> None:
    clip = walk(metres=2.0)
    one = replace(
        clip, root_positions=clip.root_positions[:1], rotations_wxyz=clip.rotations_wxyz[:1]
    )
    assert to_features(places_of(one)).shape == (1, 73)
