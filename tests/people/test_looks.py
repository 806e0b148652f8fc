"""Colours of people and the materials made of them."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import SettingsError
from blender_addon.demo_character.face.skin_tint import skin_tint
from blender_addon.demo_character.human import load_human
from blender_addon.demo_character.palette import MATERIALS, TINT, finish_of, skin_colour
from blender_addon.demo_character.person import draw_person


def brightness(colour):
    return float(np.dot(colour, (0.21, 0.72, 0.07)))


def test_skin_darkens_evenly_with_its_tone():
    tones = np.linspace(0.0, 1.0, 11)
    light = [brightness(skin_colour(draw_person(3, {"skin_tone": tone}))) for tone in tones]
    assert (np.diff(light) < 0.0).all()
    assert light[0] > 0.55
    assert light[-1] < 0.05


@pytest.mark.parametrize("tone", [0.0, 0.5, 1.0])
def test_lips_and_nails_belong_to_the_skin(tone):
    person = draw_person(4, {"skin_tone": tone})
    skin = np.array(skin_colour(person))
    lips = np.array(finish_of("Lips", person).colour)
    assert lips[0] / lips[1] > skin[0] / skin[1]
    assert 0.3 < brightness(lips) / brightness(skin) < 2.0


def test_every_material_is_within_what_a_surface_can_be():
    for seed in (0, 1, 2):
        for name in MATERIALS:
            finish = finish_of(name, draw_person(seed))
            assert finish.name == name
            assert all(0.0 <= value <= 1.0 for value in (*finish.colour, finish.roughness))


def test_an_unknown_material_is_refused_by_name():
    with pytest.raises(SettingsError, match=r"no material Scales.*Skin"):
        finish_of("Scales", draw_person(0))


def test_blood_shows_on_light_skin_and_palms_on_dark_skin():
    human = load_human()
    light, dark = skin_tint(human, 0.1), skin_tint(human, 0.95)
    assert light[:, 0].std() < 0.1
    cheek = np.argmin(np.linalg.norm(human.base - [0.046, 0.688, 0.125], axis=1))
    assert light[cheek, 1] < dark[cheek, 1] < 1.0
    hand = human.skin[:, human.bones.index("middle1.L")] > 0.5
    assert dark[hand].max() > 1.6
    assert light[hand].max() < 1.1
    assert np.allclose(light, light[human.mirror], atol=0.06)


class TestInBlender:
    """What the materials are made of."""

    pytestmark = pytest.mark.blender

    @pytest.fixture(autouse=True)
    def _blender(self, scene):
        self.bpy = pytest.importorskip("bpy")

    def made(self, *people):
        from blender_addon.demo_character.materials import PersonMaterials

        materials = PersonMaterials()
        return [{name: materials.of(each)(name) for name in MATERIALS} for each in people]

    def test_equal_ones_are_shared_and_others_are_not(self):
        first, second = self.made(
            draw_person(1, {"skin_tone": 0.1}), draw_person(2, {"skin_tone": 0.9})
        )
        assert first["Teeth"] is second["Teeth"]
        assert first["Skin"] is not second["Skin"]

    def test_renderers_show_the_colour_that_workbench_shows(self):
        (materials,) = self.made(draw_person(1))
        for name, material in materials.items():
            nodes = material.node_tree.nodes
            shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
            output = next(node for node in nodes if node.type == "OUTPUT_MATERIAL")
            assert output.inputs["Surface"].links[0].from_node == shader
            base = shader.inputs["Base Color"]
            if base.links:
                mix = base.links[0].from_node
                colours = [each for each in mix.inputs if each.identifier == "A_Color"]
                base = colours[0]
            assert tuple(base.default_value) == pytest.approx(tuple(material.diffuse_color)), name

    def test_skin_is_multiplied_by_the_mesh(self):
        (materials,) = self.made(draw_person(1))
        for name in ("Skin", "Lips"):
            nodes = materials[name].node_tree.nodes
            assert [node.attribute_name for node in nodes if node.type == "ATTRIBUTE"] == [TINT]

    def test_skin_has_its_tint_in_the_scene(self):
        from blender_addon.demo_character.builder import add_person

        armature = add_person(self.bpy.context, "", draw_person(5, {"skin_tone": 0.0}))
        for thing in armature.children:
            names = [slot.material.name for slot in thing.material_slots]
            if any(name.startswith("Skin") for name in names):
                colours = thing.data.color_attributes[TINT].data
                values = np.array([colours[n].color[1] for n in range(0, len(colours), 50)])
                assert values.min() < 0.99
                assert values.max() <= 1.2
