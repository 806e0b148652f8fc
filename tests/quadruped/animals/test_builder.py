"""A horse and a dog in Blender: a skinned mesh each, a place of its own, gone by an undo."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.capabilities.quadruped.rig.read import read_rig  # noqa: E402
from blender_addon.core.errors import SettingsError  # noqa: E402
from blender_addon.core.quadruped.body import Family, FootKind  # noqa: E402
from blender_addon.demo_character.animals.builder import ANIMALS, KIND, add_animal  # noqa: E402
from blender_addon.demo_character.animals.place import animals, free_place, put  # noqa: E402

pytestmark = pytest.mark.blender


def _places(armature: bpy.types.Object) -> np.ndarray:
    """(N, 3) vertices of the animal's mesh as they are seen now, in its own space."""
    seen = armature.children[0].evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    places = np.empty(3 * len(seen.vertices), np.float32)
    seen.vertices.foreach_get("co", places)
    return places.reshape(-1, 3)


@pytest.mark.parametrize("kind", ANIMALS)
def test_an_animal_is_an_armature_with_one_skinned_mesh(scene: bpy.types.Scene, kind: str) -> None:
    armature = add_animal(bpy.context, kind)
    (mesh,) = armature.children
    assert armature.data[KIND] == kind and bpy.context.object == armature
    bones = {bone.name for bone in armature.data.bones if bone.use_deform}
    assert {group.name for group in mesh.vertex_groups} == bones == set(ANIMALS[kind].deforming)
    assert not mesh.data.validate()
    colours = {slot.material.diffuse_color[:] for slot in mesh.material_slots}
    assert len(colours) == len(ANIMALS[kind].colours)
    sums = np.array([sum(g.weight for g in v.groups) for v in mesh.data.vertices])
    np.testing.assert_allclose(sums, 1.0, atol=0.03)


@pytest.mark.parametrize("kind", ANIMALS)
def test_skin_follows_a_swung_leg_and_nothing_else_does(scene: bpy.types.Scene, kind: str) -> None:
    armature = add_animal(bpy.context, kind)
    rest = _places(armature)
    armature.pose.bones["thigh.L"].rotation_mode = "XYZ"
    armature.pose.bones["thigh.L"].rotation_euler.x = 0.5
    bpy.context.view_layer.update()
    moved = np.linalg.norm(_places(armature) - rest, axis=1)
    height = rest[:, 2].max()
    low_left = (rest[:, 0] > 0) & (rest[:, 1] > 0) & (rest[:, 2] < 0.2 * height)
    assert moved[low_left & (rest[:, 0] < 0.13 * height)].min() > 0.1 * height
    assert moved[rest[:, 0] < -0.03 * height].max() < 0.02 * height  # the other side stays
    assert moved[rest[:, 1] < 0].max() < 0.02 * height  # and all in front


def test_bones_are_where_the_tables_say(scene: bpy.types.Scene) -> None:
    armature = add_animal(bpy.context, "horse")
    hoof = armature.data.bones["front_hoof.R"]
    x, y, z = next(bone.tail for bone in ANIMALS["horse"].bones if bone.name == "front_hoof.R")
    assert tuple(hoof.tail_local) == pytest.approx((x, -z, y), abs=1e-5)


def test_an_unknown_animal_is_refused(scene: bpy.types.Scene) -> None:
    with pytest.raises(SettingsError, match="horse, dog"):
        add_animal(bpy.context, "unicorn")
    assert not bpy.data.objects


def test_they_stand_beside_each_other_and_fit_the_scene_s_unit(scene: bpy.types.Scene) -> None:
    scene.unit_settings.scale_length = 0.01
    scene.cursor.location = (100.0, 50.0, 10.0)
    for kind in ("horse", "dog", "horse"):
        place = free_place(bpy.context)
        put(bpy.context, add_animal(bpy.context, kind), place)
    bpy.context.view_layer.update()
    found = np.array([each.matrix_world.translation for each in animals(scene)])
    apart = np.linalg.norm(found[:, None] - found, axis=-1)[np.triu_indices(3, 1)]
    assert apart.min() > 140.0
    assert found[:, 1:] == pytest.approx(np.tile((50.0, 10.0), (3, 1)))
    assert bpy.data.objects["Horse"].scale[0] == pytest.approx(100.0)


def test_undo_removes_everything(scene: bpy.types.Scene) -> None:
    bpy.ops.ed.undo_push(message="before")
    add_animal(bpy.context, "dog")
    bpy.ops.ed.undo_push(message="added")
    assert len(bpy.data.objects) == 2
    bpy.ops.ed.undo()
    assert not bpy.data.objects and not bpy.context.scene.objects


@pytest.mark.parametrize(
    ("kind", "family", "foot", "hips_m"),
    [
        ("horse", Family.HOOFED, FootKind.HOOF, 1.13),
        ("dog", Family.CANINE, FootKind.PAW, 0.495),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_the_rigs_are_found_by_what_they_are_not_by_their_names(
    scene: bpy.types.Scene, kind: str, family: Family, foot: FootKind, hips_m: float, named: bool
) -> None:
    armature = add_animal(bpy.context, kind)
    for number, bone in enumerate(armature.data.bones):
        bone.name = bone.name if named else f"{number:03d}"
    bpy.context.view_layer.update()
    rig = read_rig(bpy.context, armature)
    assert (rig.body.family, rig.body.foot) == (family, foot)
    assert rig.body.hip_height_m == pytest.approx(hips_m, abs=0.01)
    assert not rig.warnings
    # A horse's knee bends forward, a dog's elbow backward.
    assert rig.body.bends_forward.tolist() == [False, kind == "horse"] * 2
