"""Gradients against differences, and descent that descends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.editing.manifold.descent import (
    Constraints,
    bone_errors,
    bone_gradient,
    descend,
    gram,
    style_pull,
)
from blender_addon.core.editing.manifold.features import LAYOUT, places_of, to_features, to_places
from blender_addon.core.editing.manifold.runtime import Manifold
from blender_addon.core.errors import Cancelled, ContractError
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from tests.editing.gaits import manifold, sessions, walk

_STEP = 1e-5


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _along(loss: Callable[[Floats], float], at: Floats, way: Floats) -> float:
    return (loss(at + _STEP * way) - loss(at - _STEP * way)) / (2 * _STEP)


def test_bones_pull_as_their_errors_say(rng: np.random.Generator) -> None:
    positions = COMMON_SKELETON.rest_positions()[None].repeat(3, 0).astype(np.float64)
    positions += rng.normal(0.0, 0.03, positions.shape)
    way = rng.normal(size=positions.shape)
    expected = _along(lambda at: float(np.square(bone_errors(at)).sum()), positions, way)
    assert float((bone_gradient(positions) * way).sum()) == pytest.approx(expected, rel=1e-4)


def test_sliding_feet_pull_as_their_way_in_the_world_says(rng: np.random.Generator) -> None:
    count = 6
    features = rng.normal(0.0, 0.2, (count, LAYOUT.size))
    contacts = rng.random((count, 4)) < 0.7
    velocity = rng.normal(0.0, 0.1, (count, 3))
    constraints = Constraints(contacts, velocity, feet=0.7, bones=0.3, path=0.9)

    def loss(at: Floats) -> float:
        positions = at[:, LAYOUT.slices["positions_m"]].reshape(count, -1, 3)
        own = at[:, LAYOUT.slices["root_velocity"]]
        total = 0.3 * float(np.square(bone_errors(positions)).sum())
        total += 0.9 * float(np.square(own - velocity).sum())
        for now in range(count - 1):
            # Two frames in the world, the first one's frame being the world's.
            turn, (left, ahead) = own[now, 2], own[now, :2]
            for n, joint in enumerate(COMMON_SKELETON.indices(FOOT_JOINTS)):
                x, y, z = positions[now + 1, joint]
                moved = np.array(
                    [
                        np.cos(turn) * x + np.sin(turn) * z + left,
                        y,
                        -np.sin(turn) * x + np.cos(turn) * z + ahead,
                    ]
                )
                if contacts[now, n] and contacts[now + 1, n]:
                    total += 0.7 * float(np.square(moved - positions[now, joint]).sum())
        return total

    way = rng.normal(size=features.shape)
    found = float((constraints.gradient(features) * way).sum())
    assert found == pytest.approx(_along(loss, features, way), rel=1e-4)


def test_style_and_content_pull_as_their_loss_says(rng: np.random.Generator) -> None:
    hidden, content, other = (rng.random((7, 5)) for _ in range(3))
    style = gram(other)
    size, held = np.square(style).sum(), np.square(content).sum()

    def loss(at: Floats) -> float:
        return float(
            0.8 * np.square(gram(at) - style).sum() / size
            + 0.3 * np.square(at - content).sum() / held
        )

    way = rng.normal(size=hidden.shape)
    found = float((style_pull(style, content, 0.8, 0.3)(hidden) * way).sum())
    assert found == pytest.approx(_along(loss, hidden, way), rel=1e-3)


def test_descent_finds_the_bottom_and_stays_above_zero() -> None:
    goal = np.array([[2.0, -1.0, 0.5]], np.float32)
    found = descend(np.zeros_like(goal), lambda at: 2 * (at - goal), 400, 0.05)
    np.testing.assert_allclose(found, [[2.0, 0.0, 0.5]], atol=0.05)


def test_descent_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        descend(np.ones((2, 2)), lambda at: at, 100, 0.1, Progress(lambda share: share < 0.5))


def test_the_gradients_graph_is_the_decoders(rng: np.random.Generator) -> None:
    """The decoder is linear: a difference of hidden units is seen as its product with the pull."""
    networks = manifold()
    hidden = networks.encode(to_features(places_of(walk(metres=2.0))))
    count = 2 * (len(hidden) - 24)
    way = rng.normal(size=hidden.shape).astype(np.float32)
    pulled = rng.normal(size=(count, LAYOUT.size)).astype(np.float32)
    moved = networks.decode(hidden + way, count) - networks.decode(hidden, count)
    assert float((networks.pull(pulled) * way).sum()) == pytest.approx(
        float((pulled * moved).sum()), rel=1e-3
    )


def test_the_manifold_gives_a_walk_back_and_holds_its_feet_on_demand() -> None:
    networks, places = manifold(), places_of(walk(metres=4.0))
    features = to_features(places)
    start = networks.encode(features)
    made = networks.decode(start, len(features))
    apart = (made - features)[:, LAYOUT.slices["positions_m"]].reshape(len(made), -1, 3)
    assert np.linalg.norm(apart, axis=-1).mean() < 0.02
    kept = Constraints(places.contacts, features[:, LAYOUT.slices["root_velocity"]])
    found = descend(start, kept.pull(networks, start, 1e-4), 30, 0.01)
    before, after = (
        to_places(each, places.ground, places.headings)
        for each in (made, networks.decode(found, len(features)))
    )
    errors = [float(np.abs(bone_errors(each.positions)).mean()) for each in (before, after)]
    assert errors[1] < 0.5 * errors[0]


def test_a_long_motion_is_worked_through_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    networks = manifold()
    features = to_features(places_of(walk(metres=6.0)))
    whole = networks.project(features)
    monkeypatch.setattr("blender_addon.core.editing.manifold.runtime._BLOCK", 100)
    np.testing.assert_allclose(networks.project(features), whole, atol=1e-4)


def test_models_of_another_task_are_refused() -> None:
    encoder, decoder, gradient, _ = sessions()
    with pytest.raises(ContractError, match="manifold_2016_decoder"):
        Manifold(encoder, gradient, decoder)
