"""Faces of very different people: lids, lips, teeth, lashes and brows fit each of them."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.demo_character.body import build_body
from blender_addon.demo_character.face.brows import brow_parts
from blender_addon.demo_character.face.eyes import eye_parts
from blender_addon.demo_character.face.lashes import lash_parts
from blender_addon.demo_character.face.loops import (
    INNER_CORNER,
    LID_RIM,
    LID_SKIN,
    LIP_LINE,
    LOWER_SPOKES,
    OUTER_CORNER,
    UPPER_SPOKES,
    lid_loops,
    lip_loops,
)
from blender_addon.demo_character.face.mouth import mouth_parts
from blender_addon.demo_character.face.skin_paint import skin_paint
from blender_addon.demo_character.human import load_human
from blender_addon.demo_character.person import draw_person

PEOPLE = {
    "drawn 5": (5, {}),
    "drawn 39": (39, {}),
    "an African child": (136, {"sex": 0.0, "age_years": 11.0, "ancestry": (1, 0, 0)}),
    "an old Asian man": (135, {"sex": 1.0, "age_years": 80.0, "ancestry": (0, 1, 0)}),
    "a heavy woman": (7, {"sex": 0.0, "weight": 1.0, "ancestry": (0, 0, 1)}),
}


@pytest.fixture(scope="module", params=PEOPLE)
def someone(request):
    seed, chosen = PEOPLE[request.param]
    person = draw_person(seed, chosen)
    return person, build_body(person)


def posed(body, **weights):
    vertices = body.vertices.astype(np.float64)
    for name, weight in weights.items():
        shape = body.shapes[name]
        vertices[shape.vertices] += weight * shape.offsets_m
    return vertices


def lid_gap_m(body, vertices, side=0):
    """How far the upper rim is above the lower one, at each spoke of the upper lid."""
    rim = vertices[lid_loops(body.human)[side, LID_SKIN]]
    upper, lower = rim[list(UPPER_SPOKES)], rim[[OUTER_CORNER, *LOWER_SPOKES, INNER_CORNER]]
    order = np.argsort(lower[:, 0])
    return upper[:, 1] - np.interp(upper[:, 0], lower[order, 0], lower[order, 1])


def lip_gap_m(body, vertices):
    line = vertices[lip_loops(body.human)[LIP_LINE]][:20]
    corner = int(np.argmax(line[:, 0]))
    lower = line[corner:][::-1]
    return line[: corner + 1, 1] - np.interp(line[: corner + 1, 0], lower[:, 0], lower[:, 1])


def from_ball_m(body, vertices):
    """How far the lids' skin is outside the left eyeball."""
    skin = vertices[lid_loops(body.human)[0, LID_RIM:]]
    return np.linalg.norm(skin - body.joints["l-eye"], axis=-1) - body.eye_radius_m


def test_eyes_at_rest_are_open_and_a_lid_covers_the_top_of_the_iris(someone):
    _, body = someone
    assert 0.007 < lid_gap_m(body, body.vertices).max() < 0.012
    upper = body.vertices[lid_loops(body.human)[0, LID_SKIN, 0], 1] - body.joints["l-eye"][1]
    iris = 0.385 * body.eye_radius_m
    assert 0.45 * iris < upper < 0.95 * iris


@pytest.mark.parametrize("side", [0, 1])
def test_a_blink_closes_over_the_whole_rim(someone, side):
    _, body = someone
    shut = posed(body, **{f"eyeBlink{('Left', 'Right')[side]}": 1.0})
    gap = lid_gap_m(body, shut, side)
    assert gap.max() < 1.0e-3
    assert gap.min() > -1.0e-3


def test_no_lid_cuts_the_eyeball_on_its_way(someone):
    _, body = someone
    for name in body.shapes:
        for weight in (0.25, 0.5, 0.75, 1.0):
            assert from_ball_m(body, posed(body, **{name: weight})).min() > 0.0, (name, weight)


def test_lids_leave_room_for_the_cornea(someone):
    person, body = someone
    left = eye_parts(person, body)[0]
    ball = np.setdiff1d(np.arange(len(left.quads)), left.paint["Glint"])
    far = np.linalg.norm(left.vertices[left.quads[ball]] - body.joints["l-eye"], axis=-1)
    cornea = far.max() - body.eye_radius_m
    assert 0.0003 < cornea < 0.001
    shut = from_ball_m(body, posed(body, eyeBlinkLeft=1.0))[1:5]
    assert shut.min() > cornea


def test_lips_meet_at_rest_and_when_the_mouth_is_closed_over_an_open_jaw(someone):
    _, body = someone
    for weight in (0.0, 0.5, 1.0):
        gap = lip_gap_m(body, posed(body, jawOpen=weight, mouthClose=weight))
        assert gap.max() < 1.0e-3
        assert gap.min() > -1.0e-3


def test_a_jaw_opens_in_proportion_to_the_head(someone):
    _, body = someone
    head = body.height_m - body.joints["jaw"][1]
    assert 0.10 < lip_gap_m(body, posed(body, jawOpen=1.0)).max() / head < 0.18


def test_faces_and_their_shapes_are_the_same_on_both_sides(someone):
    _, body = someone
    mirror, flip = body.human.mirror, [-1.0, 1.0, 1.0]
    assert np.abs(body.vertices[mirror] * flip - body.vertices).max() < 1e-6
    for name in body.shapes:
        other = name.replace("Left", "#").replace("Right", "Left").replace("#", "Right")
        here, there = posed(body, **{name: 1.0}), posed(body, **{other: 1.0})
        assert np.abs(there[mirror] * flip - here).max() < 2e-5, name


def test_eyes_and_brows_move_neither_palate_nor_neck(someone):
    _, body = someone
    human = body.human
    inside = np.setdiff1d(human.quads["body"][skin_paint(human)["Mouth"]], lip_loops(human)[10])
    below = np.flatnonzero(human.base[:, 1] < human.joints["jaw"][1])
    for name, shape in body.shapes.items():
        if name.startswith(("eye", "brow", "cheekSquint", "noseSneer")):
            assert not np.isin(shape.vertices, inside).any(), name
            assert not np.isin(shape.vertices, below).any(), name


def test_lower_teeth_go_with_the_jaw_and_upper_ones_stay(someone):
    _, body = someone
    parts = mouth_parts(body)
    jaw, head = (body.human.bones.index(name) for name in ("jaw", "head"))
    for part in (part for part in parts if part.mesh == "Teeth"):
        if part.skin[0, head] == 1.0:
            assert not part.shapes
            continue
        assert part.skin[0, jaw] == 1.0
        assert set(part.shapes) == {"jawOpen", "jawForward", "jawLeft", "jawRight"}
        gum = body.vertices[14020] + 0.0
        moved = posed(body, jawOpen=1.0)[14020] - gum
        near = np.argmin(np.linalg.norm(part.vertices - gum, axis=1))
        assert np.allclose(part.shapes["jawOpen"].offsets_m[near], moved, atol=2.5e-3)


def test_teeth_are_behind_closed_lips(someone):
    _, body = someone
    lips = body.vertices[lip_loops(body.human)[LIP_LINE]]
    for part in mouth_parts(body):
        if part.material == "Teeth":
            assert part.vertices[:, 2].max() < lips[:, 2].max() - 0.002


def test_upper_lashes_go_down_with_the_lid_and_turn_with_it(someone):
    person, body = someone
    (lashes,) = lash_parts(person, body)
    moved = lashes.vertices.copy()
    blink = lashes.shapes["eyeBlinkLeft"]
    moved[blink.vertices] += blink.offsets_m
    strands = np.unique(blink.vertices // 6)
    upper = strands[(moved - lashes.vertices)[6 * strands, 1] < -0.003]
    assert len(upper) > 30
    rest, shut = (
        (at[6 * upper + 4] - at[6 * upper])[:, 1].mean() for at in (lashes.vertices, moved)
    )
    assert rest > 0.0008  # tips are above their roots
    assert shut < rest - 0.0006
    long = [
        np.linalg.norm(at[6 * upper + 4] - at[6 * upper], axis=1) for at in (lashes.vertices, moved)
    ]
    assert np.allclose(*long, atol=1e-4)
    assert np.allclose(lashes.skin.sum(axis=1), 1.0, atol=1e-4)


def test_brows_lie_on_the_skin_and_rise_with_it(someone):
    person, body = someone
    (brows,) = brow_parts(person, body)
    skin = body.vertices[body.human.quads["body"]].mean(axis=1)
    near = np.abs(skin - brows.vertices.mean(axis=0)).max(axis=1) < 0.09
    gap = np.linalg.norm(brows.vertices[::24, None] - skin[near], axis=2).min(axis=1)
    assert gap.max() < 0.006
    up = brows.shapes["browInnerUp"]
    assert 0.002 < up.offsets_m[:, 1].max() < 0.008
    assert "jawOpen" not in brows.shapes or np.abs(brows.shapes["jawOpen"].offsets_m).max() < 1e-3


def test_no_quad_of_a_face_is_degenerate(someone):
    person, body = someone
    parts = (
        *eye_parts(person, body),
        *mouth_parts(body),
        *lash_parts(person, body),
        *brow_parts(person, body),
    )
    for part in parts:
        corners = part.vertices[part.quads].astype(np.float64)
        across = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        assert np.linalg.norm(across, axis=1).min() > 1e-12, part.material
        assert all(len(set(quad)) == 4 for quad in part.quads.tolist())


def test_paint_names_other_faces_each():
    human = load_human()
    painted = np.concatenate(list(skin_paint(human).values()))
    assert len(painted) == len(np.unique(painted))
    nails = human.base[human.quads["body"][skin_paint(human)["Nails"]]].mean(axis=1)
    tips = [human.joints[f"{side}-finger-{n}-4"] for side in "lr" for n in range(1, 6)]
    gaps = np.linalg.norm(nails[:, None] - np.array(tips), axis=2)
    assert gaps.min(axis=1).max() < 0.016
    assert (np.bincount(gaps.argmin(axis=1)) >= 6).all()
