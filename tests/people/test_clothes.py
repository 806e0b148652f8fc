"""What people wear: sound meshes on every body, closed hems, flat soles, nothing poking through."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.demo_character.body import build_body, vertex_normals
from blender_addon.demo_character.clothes.dress import dress
from blender_addon.demo_character.clothes.shirts import cut_top, worn_style
from blender_addon.demo_character.clothes.shoes import STYLES
from blender_addon.demo_character.clothes.tights import load_tights
from blender_addon.demo_character.clothes.trousers import cut_bottom
from blender_addon.demo_character.look import SHIRTS, SHOES, TROUSERS
from blender_addon.demo_character.palette import MATERIALS
from blender_addon.demo_character.person import draw_person

PEOPLE = {
    "a thin woman": {"sex": 0.0, "weight": -1.0, "age_years": 30.0},
    "a heavy man": {"sex": 1.0, "weight": 1.0, "age_years": 45.0, "height_m": 2.2},
    "a child": {"sex": 0.0, "age_years": 11.0, "height_m": 1.0},
    "a heavy old woman": {"sex": 0.0, "weight": 1.0, "age_years": 80.0},
    "a thin old man": {"sex": 1.0, "weight": -1.0, "age_years": 80.0},
}
OUTFITS = [
    {"shirt": shirt, "trousers": TROUSERS[n % len(TROUSERS)], "shoes": SHOES[n % len(SHOES)]}
    for n, shirt in enumerate(SHIRTS)
]
ALL_STYLES = [
    *({"shirt": style} for style in SHIRTS),
    *({"trousers": style} for style in TROUSERS),
    *({"shoes": style} for style in SHOES),
]


def dressed(who, clothes):
    person = draw_person(5, {**PEOPLE[who], **clothes})
    body = build_body(person)
    return person, body, dress(person, body)


def soles_of(worn):
    return [part for part in worn.parts if part.material.endswith("Soles")]


def of_material(worn, name):
    return [part for part in worn.parts if part.material == name]


@pytest.mark.parametrize(("who", "clothes"), list(zip(PEOPLE, OUTFITS, strict=True)))
def test_every_garment_is_a_sound_mesh(who, clothes):
    _, _, worn = dressed(who, clothes)
    assert {part.mesh for part in worn.parts} == {"Shirt", "Trousers", "Shoes"}
    for part in worn.parts:
        assert np.isfinite(part.vertices).all()
        assert set(np.unique(part.quads)) == set(range(len(part.vertices)))
        assert (np.diff(np.sort(part.quads, axis=1), axis=1) > 0).all()
        assert {part.material, *part.paint} <= set(MATERIALS)
        assert part.skin.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
        assert part.skin.min() > -1e-6
        sides = np.sort(
            np.stack((part.quads, np.roll(part.quads, -1, axis=1)), axis=-1).reshape(-1, 2), axis=1
        )
        assert np.unique(sides, axis=0, return_counts=True)[1].max() == 2
    assert sum(len(part.vertices) for part in worn.parts) < 16000


@pytest.mark.parametrize("clothes", ALL_STYLES, ids=lambda each: "-".join(each.values()))
def test_faces_of_every_style_look_outwards_and_none_collapses(clothes):
    _, _, worn = dressed("a heavy man", clothes)
    for part in worn.parts:
        corner = part.vertices[part.quads]
        across = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
        assert np.linalg.norm(across, axis=1).min() > 1e-8, part.material
    for part in [*soles_of(worn), *of_material(worn, "Buttons")]:
        corner = part.vertices[part.quads].astype(float)
        across = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
        middle = corner.mean(axis=1) - part.vertices.mean(axis=0)
        if part.material != "Buttons":
            assert np.einsum("nc,nc->", across, middle) > 0.0


@pytest.mark.parametrize(("who", "style"), list(zip(PEOPLE, SHOES * 2, strict=False)))
def test_soles_are_flat_and_as_thick_as_said(who, style):
    _, body, worn = dressed(who, {"shoes": style})
    assert worn.sole_m == STYLES[style].sole_m
    human, (left, right) = body.human, soles_of(worn)
    for sole in (left, right):
        below = sole.vertices[sole.vertices[:, 1] < -0.99 * worn.sole_m]
        assert below[:, 1].min() == pytest.approx(-worn.sole_m, abs=1e-6)
        long = np.ptp(sole.vertices[:, 2])
        heel = sole.vertices[:, 2].min()
        flat = sole.vertices[sole.vertices[:, 2] < heel + 0.75 * long]
        lowest = flat[flat[:, 1] < 1e-3 - worn.sole_m]
        assert np.ptp(lowest[:, 1]) < 1e-4
        assert np.ptp(lowest[:, 2]) > 0.6 * long
        used = {human.bones[n][:-2] for n in np.flatnonzero(sole.skin.max(axis=0) > 0.0)}
        assert used == {"foot", "toe"}
    foot = human.vertices_of("body")
    foot = body.vertices[foot[human.skin[foot, human.bones.index("foot.L")] > 0.9]]
    assert foot[:, 0].max() < left.vertices[:, 0].max() + 0.004
    assert foot[:, 0].min() > left.vertices[:, 0].min() - 0.004


@pytest.mark.parametrize("style", SHOES)
def test_soles_bend_only_at_the_ball(style):
    _, body, worn = dressed("a heavy man", {"shoes": style})
    sole = soles_of(worn)[0]
    toe = sole.skin[:, body.human.bones.index("toe.L")]
    way = sole.vertices[:, 2] - body.joints["l-toe-2-1"][2]
    long = np.ptp(sole.vertices[:, 2])
    assert (toe[way < -0.08 * long] == 0.0).all()
    assert (toe[way > 0.08 * long] == 1.0).all()
    assert ((toe > 0.0) & (toe < 1.0)).any()


def test_cloth_hides_what_it_covers_and_nothing_else():
    human = load_tights().human
    middles = human.base[human.quads["body"]].mean(axis=1)
    joints = human.joints
    shin = np.abs(middles[:, 1] - (joints["l-knee"][1] + joints["l-ankle"][1]) / 2) < 0.05
    chest = np.linalg.norm(middles - [0.0, joints["spine-1"][1], 0.12], axis=1) < 0.05
    toes = (middles[:, 1] < joints["l-ankle"][1]) & (middles[:, 2] > joints["l-toe-2-1"][2])
    bare = (middles[:, 1] > joints["neck"][1] + 0.05) | (np.abs(middles[:, 0]) > 0.47)
    for trousers, share in (("jeans", 1.0), ("shorts", 0.0), ("skirt", 0.0)):
        covered = dressed("a child", {"trousers": trousers, "shoes": "trainers"})[2].covered
        assert covered[chest].all()
        assert covered[toes].mean() > 0.95
        assert covered[shin].mean() == share
        assert not covered[bare].any()


def test_the_same_styles_have_the_same_faces_and_weights_on_everybody():
    first, second = (dressed(who, {"sex": 0.0})[2] for who in ("a child", "a heavy old woman"))
    for one, other in zip(first.parts, second.parts, strict=True):
        assert np.array_equal(one.quads, other.quads)
        if one.material != "Buttons":  # which hang where they fall
            assert np.array_equal(one.skin, other.skin)


def test_a_skirt_is_worn_over_a_tucked_shirt():
    for style in SHIRTS:
        person = draw_person(1, {"shirt": style, "trousers": "skirt"})
        assert worn_style(person).startswith("tucked-")


# -- what moves -------------------------------------------------------------------------------


def turned(axis, degrees):
    angle = np.radians(degrees)
    cross = np.cross(np.eye(3), np.array(axis, float))
    return np.eye(3) - np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


POSES = {
    "at rest": {},
    "a stride": {
        "upper_arm.L": turned((0, 0, 1), -24), "upper_arm.R": turned((0, 0, 1), 24),
        "thigh.L": turned((1, 0, 0), -30), "thigh.R": turned((1, 0, 0), 18),
        "shin.R": turned((1, 0, 0), 25), "toe.R": turned((1, 0, 0), -35),
    },
    "a bent knee and a raised arm": {
        "thigh.L": turned((1, 0, 0), -40), "shin.L": turned((1, 0, 0), 70),
        "upper_arm.L": turned((0, 0, 1), 80), "forearm.R": turned((1, 0, 0), -60),
    },
}  # fmt: skip


def posed(body, turns, vertices, skin):
    from blender_addon.demo_character.bones import BONES

    matrices = {"": np.eye(4)}
    for bone in BONES:
        own = np.eye(4)
        own[:3, :3] = turns.get(bone.name, np.eye(3))
        head = np.asarray(body.joints[bone.head], float)
        own[:3, 3] = head - own[:3, :3] @ head
        matrices[bone.name] = matrices[bone.parent] @ own
    every = np.array([matrices[name] for name in body.human.bones])
    moved = np.einsum("nb,bij->nij", skin, every)
    return np.einsum("nij,nj->ni", moved[:, :3, :3], vertices) + moved[:, :3, 3]


def outside_m(points, near, cut, vertices):
    """How far points stand out of a garment's outer face near the place that they belong to."""
    bvhtree = pytest.importorskip("mathutils.bvhtree")
    faces = cut.quads
    middles = load_tights().base[cut.vertices][faces].mean(axis=1)
    tree = bvhtree.BVHTree.FromPolygons(vertices.tolist(), faces.tolist())
    out = [0.0]
    for point, place in zip(points, near, strict=True):
        found, normal, face, far = tree.find_nearest(point)
        if far < 0.05 and np.linalg.norm(middles[face] - place) < 0.06:
            out.append(float((point - np.array(found)) @ np.array(normal)))
    return max(out)


def well_inside(cut):
    """Fine vertices of a piece that lie two edges and more from its hems."""
    tights = load_tights()
    rim = np.concatenate([cut.vertices[hem.loop] for hem in cut.hems])
    return np.setdiff1d(cut.vertices, tights.fine.neighbours[rim].ravel())


@pytest.mark.blender
@pytest.mark.parametrize(
    ("who", "clothes"),
    list(zip(PEOPLE, [each for each in OUTFITS if each["trousers"] != "skirt"], strict=False)),
)
def test_nothing_pokes_through_however_people_move(who, clothes):
    pytest.importorskip("bpy")
    person, body, worn = dressed(who, clothes)
    tights, human = load_tights(), body.human
    cuts = {"Shirt": cut_top(worn_style(person)), "Trousers": cut_bottom(person.look.trousers)}
    parts = {name: of_material(worn, name)[0] for name in cuts}
    seen = np.unique(human.quads["body"][~worn.covered])
    skin = tights.base  # the fine vertex nearest to each that is seen
    far = (skin**2).sum(axis=1) - 2.0 * human.base[seen] @ skin.T
    nearest = np.argmin(far, axis=1)
    close = np.linalg.norm(human.base[seen] - skin[nearest], axis=1) < 0.04
    inner, outer = (
        ("Shirt", "Trousers") if "tucked" in worn_style(person) else ("Trousers", "Shirt")
    )
    for turns in POSES.values():
        places = {n: posed(body, turns, p.vertices, p.skin) for n, p in parts.items()}
        bare = posed(body, turns, body.vertices, human.skin)
        for name, cut in cuts.items():
            under = close & np.isin(nearest, well_inside(cut))
            points, base = bare[seen[under]], human.base[seen[under]]
            assert outside_m(points, base, cut, places[name]) < 0.006
        both = np.isin(cuts[inner].vertices, well_inside(cuts[outer]))
        points = places[inner][: len(both)][both]
        base = tights.base[cuts[inner].vertices[both]]
        assert outside_m(points, base, cuts[outer], places[outer]) < 0.008


@pytest.mark.parametrize("shirt", SHIRTS)
def test_hems_are_rolled_in_and_end_inside(shirt):
    for trousers in ("jeans", "leggings"):
        person, _, worn = dressed("a thin woman", {"shirt": shirt, "trousers": trousers})
        cuts = {"Shirt": cut_top(worn_style(person)), "Trousers": cut_bottom(trousers)}
        for name, cut in cuts.items():
            part = of_material(worn, name)[0]
            normals = vertex_normals(part.vertices[: len(cut.vertices)], cut.quads)
            assert_no_open_edges(part, sum(len(hem.loop) for hem in cut.hems))
            for hem, rows in zip(cut.hems, rows_of(cut, part), strict=True):
                along = [each for each, _ in hem.edge.rows_m]
                if max(along) <= 0.0:  # tucked in
                    continue
                edge, end = rows[int(np.argmax(along))], rows[-1]
                way = edge - part.vertices[hem.loop]
                way /= np.linalg.norm(way, axis=1, keepdims=True)
                out = normals[hem.loop]
                out -= np.einsum("lc,lc->l", out, way)[:, None] * way
                assert np.einsum("lc,lc->l", end - edge, out).max() < 0.0
                assert np.linalg.norm(end - edge, axis=1).min() > 0.008


def rows_of(cut, part):
    """(R, L, 3) rows of each hem."""
    start = len(cut.vertices)
    for hem in cut.hems:
        size = len(hem.loop) * len(hem.edge.rows_m)
        yield part.vertices[start : start + size].reshape(-1, len(hem.loop), 3)
        start += size


def assert_no_open_edges(part, but):
    sides = np.stack((part.quads, np.roll(part.quads, -1, axis=1)), axis=-1).reshape(-1, 2)
    pairs, counts = np.unique(np.sort(sides, axis=1), axis=0, return_counts=True)
    assert len(np.unique(pairs[counts == 1])) == but
