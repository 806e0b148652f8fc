"""Hair covers the scalp of everybody, leaves eyes and ears alone and stays out of the trunk."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

pytest.importorskip("bpy")
from mathutils import Matrix, Vector
from mathutils.bvhtree import BVHTree

from blender_addon.demo_character.body import Body, build_body
from blender_addon.demo_character.clothes.dress import dress
from blender_addon.demo_character.hair.scalp import (
    hairline_m,
    mean_body,
    scalp_vertices,
)
from blender_addon.demo_character.hair.styles import STYLES, hair_parts
from blender_addon.demo_character.look import BEARDS, HAIR_STYLES, SHIRTS, Look, draw_look
from blender_addon.demo_character.part import Part
from blender_addon.demo_character.person import draw_person

PEOPLE = (
    (1, {"sex": 0.0, "weight": 0.9, "age_years": 78.0}),
    (3, {"sex": 0.3, "age_years": 11.0, "ancestry": (1, 0, 0)}),
    (8, {"sex": 1.0, "weight": -0.9, "ancestry": (0, 1, 0), "height_m": 2.0}),
)
BARE_EARS = ("cropped", "short", "swept", "wreath", "braids", "bun", "ponytail")
HANGING = ("long", "braids", "ponytail")


@cache
def body_of(number: int) -> Body:
    seed, chosen = PEOPLE[number]
    return build_body(draw_person(seed, chosen))


@cache
def hair_of(number: int, style: str) -> list[Part]:
    seed, chosen = PEOPLE[number]
    return hair_parts(draw_person(seed, {**chosen, "hair": style}), body_of(number))


@cache
def hair_tree(number: int, style: str) -> BVHTree:
    return tree_of(hair_of(number, style))


@cache
def skin_tree(number: int) -> BVHTree:
    body = body_of(number)
    return BVHTree.FromPolygons(body.vertices.tolist(), body.human.quads["body"].tolist())


def tree_of(parts: list[Part]) -> BVHTree:
    points = [part.vertices for part in parts]
    starts = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    quads = [part.quads + start for part, start in zip(parts, starts, strict=True)]
    return BVHTree.FromPolygons(np.concatenate(points).tolist(), np.concatenate(quads).tolist())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("number", range(len(PEOPLE)))
def test_seen_from_outside_the_scalp_is_hair(style, number):
    body, hair, skin = body_of(number), hair_tree(number, style), skin_tree(number)
    own = scalp_vertices()
    on_mean = mean_body().vertices[own]
    deep = np.minimum(hairline_m(on_mean), hairline_m(on_mean, STYLES[style].receding))
    for vertex in own[deep > 0.008]:
        inward = Vector(-body.normals[vertex])
        start = Vector(body.vertices[vertex]) - 0.15 * inward
        first = hair.ray_cast(start, inward)[3]
        assert first is not None
        assert first < (skin.ray_cast(start, inward)[3] or 1.0) + 1e-4


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("number", range(len(PEOPLE)))
def test_eyes_look_out_from_under_the_hair(style, number):
    body, hair = body_of(number), hair_tree(number, style)
    for side in ("l", "r"):
        for across in (-0.012, 0.0, 0.012):
            for up in (-0.006, 0.0, 0.008):
                start = Vector(body.joints[f"{side}-eye-target"]) + Vector((across, up, 0.0))
                assert hair.ray_cast(start, Vector((0, 0, 1)))[0] is None


@pytest.mark.parametrize("style", BARE_EARS)
def test_ears_are_bare_where_the_style_shows_them(style):
    mean = mean_body().vertices
    x, y, z = np.abs(mean[:, 0]), mean[:, 1], mean[:, 2]
    ears = np.flatnonzero(
        (x > 0.074) & (x < 0.1) & (y > 1.555) & (y < 1.585) & (z > 0.035) & (z < 0.06)
    )
    for number in range(len(PEOPLE)):
        body, hair = body_of(number), hair_tree(number, style)
        sides = np.sign(body.vertices[ears, 0])
        free = [
            hair.ray_cast(Vector(body.vertices[ear]), Vector((side, 0, 0)))[0] is None
            for ear, side in zip(ears, sides, strict=True)
        ]
        assert np.mean(free) > 0.95


@pytest.mark.parametrize("style", STYLES)
def test_locks_are_whole_turned_outwards_and_carried_by_bones(style):
    for number in range(len(PEOPLE)):
        parts = hair_of(number, style)
        for part in parts:
            assert np.isfinite(part.vertices).all()
            np.testing.assert_allclose(part.skin.sum(axis=1), 1.0, atol=1e-4)
            assert len(np.unique(np.sort(part.quads, axis=1), axis=0)) == len(part.quads)
            corner = part.vertices[part.quads].astype(np.float64)
            across = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
            assert np.linalg.norm(across, axis=1).min() > 1e-10
            middle = part.vertices.mean(axis=0)
            inside = np.einsum("mc,mc->m", corner.mean(axis=1) - middle, across).sum()
            assert inside > 0.0
        assert sum(len(part.vertices) for part in parts) < 9000


def turned(body: Body, degrees: float, axis: str) -> np.ndarray:
    """(B, 4, 4) bones of a head turned or nodded, in three steps from the neck up."""
    moves = {name: np.eye(4) for name in body.human.bones}
    total = Matrix.Identity(4)
    for bone, joint, part in (
        ("neck", "neck", 0.25),
        ("neck1", "neck-middle", 0.25),
        ("head", "head", 0.5),
    ):
        at = total @ Vector(body.joints[joint])
        turn = Matrix.Rotation(np.radians(part * degrees), 4, axis)
        total = Matrix.Translation(at) @ turn @ Matrix.Translation(-at) @ total
        moves[bone] = np.array(total)
    for name in moves:
        if name.startswith(("jaw", "tongue", "eye")):
            moves[name] = moves["head"]
    return np.stack(list(moves.values()))


def posed(points: np.ndarray, skin: np.ndarray, moves: np.ndarray) -> np.ndarray:
    each = np.einsum("nb,bij->nij", skin, moves)
    return np.einsum("nij,nj->ni", each[:, :3, :3], points) + each[:, :3, 3]


@pytest.mark.parametrize("style", HANGING)
@pytest.mark.parametrize(
    ("degrees", "axis", "least"), [(0, "Y", 0.008), (60, "Y", 0.0), (30, "X", 0.0)]
)
def test_hanging_hair_stays_out_of_the_trunk(style, degrees, axis, least):
    for number in range(len(PEOPLE)):
        body = body_of(number)
        moves = turned(body, degrees, axis)
        skin = BVHTree.FromPolygons(
            posed(body.vertices, body.human.skin, moves).tolist(),
            body.human.quads["body"].tolist(),
        )
        shoulder = body.joints["neck"][1] + 0.02
        found = []
        for part in hair_of(number, style)[1:]:
            points = posed(part.vertices, part.skin, moves)
            for point in points[points[:, 1] < shoulder][::9]:
                place, up, _, far = skin.find_nearest(Vector(point))
                found.append(far * np.sign((Vector(point) - place).dot(up)))
        if found:
            assert np.percentile(found, 1) > least


def test_half_of_all_people_part_it_on_the_other_side():
    same = {"sex": 0.0, "hair": "short", "age_years": 30.0, "ancestry": (1, 1, 1)}
    sides = []
    for seed in (10, 11):
        person = draw_person(seed, same)
        body = build_body(person)
        locks = hair_parts(person, body)[-1].vertices
        top = locks[locks[:, 1] > body.height_m - 0.03]
        sides.append(top[:, 0].mean())
    assert sides[0] * sides[1] < 0.0


def test_every_style_can_be_worn():
    assert set(HAIR_STYLES) == {*STYLES, "none"}
    assert hair_of(0, "none") == []


def looks(sex: float, age_years: float) -> list[Look]:
    kinds = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return [
        draw_look(sex, age_years, kind, np.random.default_rng(seed))
        for seed in range(60)
        for kind in kinds
    ]


def test_people_wear_what_suits_them():
    women, men = looks(0.0, 30.0), looks(1.0, 60.0)
    boys, old_women = looks(1.0, 14.0), looks(0.0, 75.0)
    assert {each.hair for each in women + men} == set(HAIR_STYLES)
    assert not {"wreath", "none"} & {each.hair for each in women + old_women + boys}
    assert {each.beard for each in women + old_women + boys} == {"none"}
    assert {each.beard for each in men} == set(BEARDS)


@pytest.mark.parametrize("shirt", SHIRTS)
def test_long_hair_lies_over_what_is_worn(shirt):
    for seed, chosen in PEOPLE:
        person = draw_person(seed, {**chosen, "sex": 0.0, "hair": "long", "shirt": shirt})
        body = build_body(person)
        clothes = dress(person, body).parts
        cloth = tree_of([part for part in clothes if part.mesh == "Shirt"])
        locks = hair_parts(person, body, clothes)[1].vertices
        low = locks[locks[:, 1] < body.joints["neck-middle"][1]][::6]
        middle = body.joints["neck"][2] + 0.03
        hidden = []
        for point in low:
            outward = Vector((0.0, 0.0, -1.0 if point[2] < middle else 1.0))
            hidden.append(cloth.ray_cast(Vector(point) + 0.001 * outward, outward, 0.05)[0])
        assert np.mean([place is not None for place in hidden]) < 0.03
