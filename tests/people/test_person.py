"""Same seed, same person; another seed, another one; what is chosen holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import SettingsError
from blender_addon.demo_character.body import build_body
from blender_addon.demo_character.person import draw_person

SEEDS = range(24)


def test_a_seed_is_always_the_same_person():
    assert draw_person(5) == draw_person(5)


def test_seeds_are_different_people():
    people = [draw_person(seed) for seed in SEEDS]
    faces = [build_body(each).vertices for each in people]
    for first in range(len(people)):
        for second in range(first):
            assert people[first].look != people[second].look
            assert np.abs(faces[first] - faces[second]).max() > 0.005


def test_two_of_one_kind_still_have_faces_of_their_own():
    same = {"sex": 1.0, "age_years": 30.0, "weight": 0.0, "ancestry": (0, 0, 1), "height_m": 1.8}
    first, second = (build_body(draw_person(seed, same)) for seed in (1, 2))
    face = np.abs(first.vertices - second.vertices).max(axis=1)[
        first.human.shapes["jawOpen"].vertices
    ]
    assert np.percentile(face, 75) > 0.001


def test_people_of_every_kind_come():
    people = [draw_person(seed) for seed in range(200)]
    assert 0.4 < np.mean([each.sex > 0.5 for each in people]) < 0.6
    assert min(each.age_years for each in people) < 20 and max(e.age_years for e in people) > 65
    mostly = [int(np.argmax(each.ancestry)) for each in people]
    assert min(np.bincount(mostly, minlength=3)) > 40


def test_a_trait_that_is_chosen_leaves_the_others():
    usual = draw_person(3)
    heavy = draw_person(3, {"weight": 0.9})
    assert heavy.weight == 0.9
    assert replace(heavy, weight=usual.weight, height_m=usual.height_m) == usual
    bald = draw_person(3, {"hair": "none"})
    assert replace(bald, look=usual.look) == usual
    assert replace(bald.look, hair=usual.look.hair) == usual.look


@pytest.mark.parametrize(
    ("seed", "chosen", "said"),
    [
        (-1, {}, "from 0 to 2147483647; found -1"),
        (0, {"age_years": 3.0}, "age must be 11 to 80 years; found 3"),
        (0, {"age_years": float("nan")}, "age must be 11 to 80 years; found nan"),
        (0, {"weight": 1.5}, "weight must be -1 to 1; found 1.5"),
        (0, {"sex": -0.1}, "sex must be 0 to 1"),
        (0, {"height_m": 3.0}, "height must be 1 to 2.2"),
        (0, {"ancestry": (0.0, 0.0, 0.0)}, "three shares"),
        (0, {"ancestry": (1.0, -1.0, 0.5)}, "three shares"),
        (0, {"ancestry": (1.0, 1.0)}, "three shares"),
        (0, {"wings": 2}, "no person has wings"),
        (0, {"hair": "wig"}, "hair must be one of"),
        (0, {"shoes": "skis"}, "shoes must be one of"),
        (0, {"eye_colour": (2.0, 0.0, 0.0)}, "eye_colour must be three numbers"),
    ],
)
def test_what_nobody_can_be_is_refused(seed, chosen, said):
    with pytest.raises(SettingsError, match=said):
        draw_person(seed, chosen)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_body_is_as_tall_as_the_person_and_stands_on_the_ground(seed):
    person = draw_person(seed)
    body = build_body(person)
    skin = body.vertices[body.human.vertices_of("body")]
    assert skin[:, 1].min() == pytest.approx(0.0, abs=1e-5)
    assert body.height_m == pytest.approx(person.height_m, abs=1e-4)
    np.testing.assert_allclose(np.linalg.norm(body.normals, axis=1), 1.0, atol=1e-3)


@pytest.mark.parametrize("sex", [0.0, 1.0])
def test_age_and_weight_show(sex):
    def built(**chosen):
        return build_body(draw_person(9, {"sex": sex, **chosen}))

    assert built(age_years=11.0).height_m < built(age_years=30.0).height_m - 0.2
    tall = {"height_m": 1.75}
    thin, heavy = (built(weight=weight, **tall) for weight in (-1.0, 1.0))
    waist = [np.ptp(_slice(each, 0.60)[:, 0]) for each in (thin, heavy)]
    assert waist[1] > 1.25 * waist[0]


def _slice(body, share):
    """Vertices of the trunk at a share of the height."""
    skin = body.vertices[body.human.vertices_of("body")]
    near = np.abs(skin[:, 1] - share * body.height_m) < 0.02
    return skin[near & (np.abs(skin[:, 0]) < 0.25)]
