"""The animals' surfaces: closed, coloured, held by their bones, and the same every time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from blender_addon.core.conventions import Floats, Ints
from blender_addon.demo_character.animals.dog import DOG
from blender_addon.demo_character.animals.frame import Animal
from blender_addon.demo_character.animals.horse import HORSE
from blender_addon.demo_character.animals.shape import AnimalShape, shape_animal

ANIMALS = pytest.mark.parametrize("animal", [HORSE, DOG], ids=lambda animal: animal.kind)


def _edges(quads: Ints) -> Counter[tuple[int, int]]:
    """How often each edge is gone along, in either direction."""
    pairs = np.stack((quads, np.roll(quads, -1, axis=1)), axis=-1).reshape(-1, 2)
    return Counter(map(tuple, np.sort(pairs, axis=1).tolist()))


def _volume(shape: AnimalShape) -> float:
    """Of the body's skin alone, cubic metres; positive where faces look outward."""
    quads = shape.quads[(shape.quads < shape.skin_vertices).all(axis=1)]
    a, b, c, d = (shape.vertices[quads[:, n]].astype(np.float64) for n in range(4))
    first = np.einsum("nc,nc->", a, np.cross(b, c))
    return float(first + np.einsum("nc,nc->", a, np.cross(c, d))) / 6


def _away(shape: AnimalShape, animal: Animal) -> Floats:
    """(N,) from each vertex to the nearest bone that moves it."""
    ends = animal.ends_of(animal.deforming)
    way = ends[:, 1] - ends[:, 0]
    off = shape.vertices[:, None] - ends[:, 0]
    share = np.clip((off * way).sum(-1) / (way * way).sum(-1), 0.0, 1.0)
    away = np.linalg.norm(off - share[..., None] * way, axis=-1)
    return np.asarray(np.where(shape.weights > 0, away, np.inf).min(axis=1))


@ANIMALS
def test_every_edge_belongs_to_two_faces(animal: Animal) -> None:
    shape = shape_animal(animal)
    counts = Counter(_edges(shape.quads).values())
    # A dual mesh may pinch where two sheets pass within one cell; nowhere is it open.
    assert set(counts) <= {2, 4}
    assert counts[4] <= 0.001 * counts[2]


@ANIMALS
def test_faces_look_outward(animal: Animal) -> None:
    assert _volume(shape_animal(animal)) > 0


@ANIMALS
def test_weights_add_up_and_every_bone_moves_something(animal: Animal) -> None:
    weights = shape_animal(animal).weights
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-5)
    assert (weights >= 0).all()
    assert (np.count_nonzero(weights, axis=1) <= 4).all()
    for column, bone in enumerate(animal.deforming):
        assert weights[:, column].max() > 0.4, bone


@ANIMALS
def test_no_vertex_is_far_from_the_bones_that_move_it(animal: Animal) -> None:
    shape = shape_animal(animal)
    height = float(shape.vertices[:, 1].max())
    assert _away(shape, animal).max() < 0.27 * height


@ANIMALS
def test_no_weight_jumps_within_the_skin(animal: Animal) -> None:
    """Neighbours whose weights differ much would tear when a leg swings."""
    shape = shape_animal(animal)
    quads = shape.quads[(shape.quads < shape.skin_vertices).all(axis=1)]
    steps = np.abs(shape.weights[quads] - shape.weights[np.roll(quads, 1, axis=1)]).sum(-1)
    assert steps.max() < 0.9
    assert np.quantile(steps, 0.99) < 0.4


@ANIMALS
def test_both_sides_are_alike(animal: Animal) -> None:
    shape = shape_animal(animal)
    skin = shape.vertices[: shape.skin_vertices].astype(np.float64)
    other = skin * [-1.0, 1.0, 1.0]
    order, mirrored = (np.lexsort(np.round(each, 4).T) for each in (skin, other))
    assert np.abs(skin[order] - other[mirrored]).mean() < 0.1 * animal.cell_m


@pytest.mark.parametrize(
    ("animal", "height", "length", "hips"),
    [(HORSE, (1.8, 2.1), (2.3, 2.7), 1.13), (DOG, (0.7, 0.85), (1.1, 1.35), 0.495)],
    ids=["horse", "dog"],
)
def test_sizes(
    animal: Animal, height: tuple[float, float], length: tuple[float, float], hips: float
) -> None:
    vertices = shape_animal(animal).vertices
    tall, long = np.ptp(vertices, axis=0)[1:]
    assert height[0] < tall < height[1]
    assert length[0] < long < length[1]
    assert abs(float(vertices[:, 1].min())) < 0.01  # it stands on the ground
    bones = {bone.name: bone for bone in animal.bones}
    assert bones["thigh.L"].head[1] == pytest.approx(hips)


@ANIMALS
def test_each_colour_is_seen(animal: Animal) -> None:
    shape = shape_animal(animal)
    assert set(shape.painted.tolist()) == set(range(len(shape.materials)))


def test_the_same_every_time() -> None:
    first, again = shape_animal(DOG), shape_animal.__wrapped__(DOG)
    np.testing.assert_allclose(first.vertices, again.vertices, atol=1e-6)
    np.testing.assert_array_equal(first.quads, again.quads)
    np.testing.assert_allclose(first.weights, again.weights, atol=1e-5)


@ANIMALS
def test_bones_hang_together(animal: Animal) -> None:
    known: set[str] = {""}
    for bone in animal.bones:
        assert bone.parent in known, bone.name
        assert np.linalg.norm(np.subtract(bone.tail, bone.head)) > 0.01
        known.add(bone.name)
