"""Beards grow on the skin, leave the lips free and follow the face's shapes."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("bpy")
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from blender_addon.demo_character.body import Body, build_body
from blender_addon.demo_character.face.skin_paint import skin_paint
from blender_addon.demo_character.hair.beards import beard_parts
from blender_addon.demo_character.look import BEARDS
from blender_addon.demo_character.part import Part
from blender_addon.demo_character.person import Person, draw_person

KINDS = [kind for kind in BEARDS if kind != "none"]
FACES = (
    {},
    {"jawOpen": 1.0},
    {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
    {"mouthPucker": 1.0},
    {"mouthFunnel": 1.0, "jawOpen": 0.5},
)
PEOPLE = ((2, {"weight": 0.9}), (5, {"age_years": 78.0}), (8, {"ancestry": (0, 1, 0)}))


def bearded(number: int, kind: str) -> tuple[Person, Body]:
    seed, chosen = PEOPLE[number]
    person = draw_person(seed, {"sex": 1.0, "age_years": 30.0, **chosen, "beard": kind})
    return person, build_body(person)


def skin_with(body: Body, face: dict[str, float]) -> np.ndarray:
    points = body.vertices.astype(np.float64)
    for name, value in face.items():
        shape = body.shapes[name]
        points[shape.vertices] += value * shape.offsets_m
    return points


def beard_with(part: Part, face: dict[str, float]) -> np.ndarray:
    points = part.vertices.astype(np.float64)
    for name, value in face.items():
        if name in part.shapes:
            shape = part.shapes[name]
            points[shape.vertices] += value * shape.offsets_m
    return points


def heights(body: Body, part: Part, face: dict[str, float], every: int) -> np.ndarray:
    quads = body.human.quads["body"].tolist()
    skin = BVHTree.FromPolygons(skin_with(body, face).tolist(), quads)
    found = []
    for point in beard_with(part, face)[::every]:
        place, up, _, far = skin.find_nearest(Vector(point))
        found.append(far * np.sign((Vector(point) - place).dot(up)))
    return np.array(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(len(PEOPLE)))
def test_a_beard_stays_on_the_skin_whatever_the_face_does(kind, number):
    person, body = bearded(number, kind)
    for index, part in enumerate(beard_parts(person, body)):
        rest = heights(body, part, {}, 11)
        assert np.percentile(rest, 1) > -0.002
        assert rest.max() < (0.028 if index else 0.003)
        for face in FACES[1:]:
            apart = np.abs(heights(body, part, face, 11) - rest)
            near = rest < 0.006  # what hangs below the chin comes near to the throat
            assert np.percentile(apart[near], 98) < (0.004 if index else 0.001)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("face", FACES, ids=lambda face: "+".join(face) or "rest")
def test_lips_stay_bare(kind, face):
    for number in range(len(PEOPLE)):
        person, body = bearded(number, kind)
        lips = np.unique(body.human.quads["body"][skin_paint(body.human)["Lips"]])
        ahead = body.normals[lips, 2] > 0.5
        points = skin_with(body, face)[lips[ahead]]
        covered = []
        for part in beard_parts(person, body):
            beard = BVHTree.FromPolygons(beard_with(part, face).tolist(), part.quads.tolist())
            covered += [
                beard.ray_cast(Vector(point), Vector((0, 0, 1)))[0] is not None for point in points
            ]
        assert np.mean(covered) < 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_beards_are_whole_and_carried_by_bones(kind):
    for number in range(len(PEOPLE)):
        person, body = bearded(number, kind)
        for part in beard_parts(person, body):
            np.testing.assert_allclose(part.skin.sum(axis=1), 1.0, atol=1e-4)
            corner = part.vertices[part.quads].astype(np.float64)
            across = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
            assert np.linalg.norm(across, axis=1).min() > 1e-10
            assert "jawOpen" in part.shapes and "mouthPucker" in part.shapes


def test_the_shaven_have_none():
    assert beard_parts(*bearded(0, "none")) == []
