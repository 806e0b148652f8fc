"""An animal that is the override of a linked one goes like any other."""

from __future__ import annotations

import bpy
import pytest

from tests.quadruped.scene.animals import make_animal
from tests.shared.blender.builders import make_curve

pytestmark = pytest.mark.blender


@pytest.fixture
def linked(addon, tmp_path):
    """A function that links the animals of a file, as overrides or not."""
    path = tmp_path / "library.blend"
    animals = [make_animal(name=name) for name in ("Horse", "Dog")]
    animals[0].neural_motion.quadruped.marks.add().distance = 1.0
    collection = bpy.data.collections.new("Animals")
    for each in animals:
        collection.objects.link(each)
    bpy.data.libraries.write(str(path), {collection}, fake_user=True)
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.armatures, *bpy.data.collections])

    def link(*, override: bool):
        scene = bpy.context.scene
        with bpy.data.libraries.load(str(path), link=True) as (_, desired):
            desired.collections = ["Animals"]
        (found,) = desired.collections
        scene.collection.children.link(found)
        if override:
            found.override_hierarchy_create(scene, bpy.context.view_layer, do_fully_editable=True)
            if found.name in scene.collection.children:
                scene.collection.children.unlink(found)
        bpy.context.view_layer.update()
        herd = sorted((o for o in scene.objects if o.type == "ARMATURE"), key=lambda o: o.name)
        for each in herd:
            each.select_set(True)
        scene.neural_motion.character = herd[-1]
        return herd

    return link


def test_overrides_go_alone_and_together_and_are_driven(linked, trotter):
    dog, horse = linked(override=True)
    horse.neural_motion.quadruped.path = make_curve()
    assert bpy.ops.neural_motion.generate_quadruped() == {"FINISHED"}
    assert bpy.ops.neural_motion.generate_herd() == {"FINISHED"}
    for each in (horse, dog):
        assert each.animation_data.action is not None
    assert bpy.ops.neural_motion.add_quadruped_mark(kind="EAT") == {"FINISHED"}
    horse.neural_motion.quadruped.active_mark = 0
    with pytest.raises(RuntimeError, match="comes with the linked character"):
        bpy.ops.neural_motion.remove_quadruped_mark()


@pytest.mark.parametrize("name", ["generate_quadruped", "generate_herd", "drive_quadruped"])
def test_linked_animals_are_told_to_be_linked(linked, trotter, name):
    linked(override=False)
    with pytest.raises(RuntimeError, match="is linked from another file"):
        getattr(bpy.ops.neural_motion, name)()
