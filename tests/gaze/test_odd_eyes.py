"""Eyes that hang from odd places or are mirrored: they meet their targets, or the user is told."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.face.eye_rig import read_rig
from blender_addon.blender.face.eyes import find_eyes
from blender_addon.blender.face.eyes_found import EyeChoice
from blender_addon.core.errors import GazeError
from tests.gaze.checks import WITHIN_DEG, bone_looks, gaze, misses, object_looks, targets_around
from tests.shared.blender.face_rigs import rig_with_aimed_eyes, rig_with_eye_objects, rig_with_eyes

pytestmark = pytest.mark.blender
EYES = ("LeftEye", "RightEye")


def hang(armature, bones, parent):
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for name in bones:
        edited = armature.data.edit_bones
        edited[name].parent = edited[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


@pytest.mark.parametrize("parent", ["Hips", "Neck", "LeftHand", ""])
def test_eyes_that_the_head_does_not_carry_do_without_it(scene, parent):
    armature = hang(rig_with_eyes(), EYES, parent)
    rig = read_rig(bpy.context, armature)
    assert (rig.eyes.head, rig.eyes.neck) == ("", "")
    assert "the eyes do not hang from 'Head'" in "".join(rig.eyes.warnings)
    targets = targets_around(rig)
    gaze(armature, targets)
    found = misses(lambda: bone_looks(armature, EYES, rig), targets)
    assert found.max() < WITHIN_DEG


@pytest.mark.parametrize("parent", ["Hips", "LeftHand", "", "holder"])
def test_eye_objects_that_the_head_does_not_carry_do_without_it(scene, parent):
    armature = rig_with_eye_objects()
    for name in ("Eye.L", "Eye.R"):
        eye = bpy.data.objects[name]
        place = eye.matrix_world.copy()
        eye.parent_type = "BONE" if parent in armature.data.bones else "OBJECT"
        eye.parent_bone = parent if parent in armature.data.bones else ""
        if parent == "holder":
            eye.parent = bpy.data.objects.new("Holder", None)
            scene.collection.objects.link(eye.parent)
            eye.parent.parent = armature
        bpy.context.view_layer.update()
        eye.matrix_world = place
    bpy.context.view_layer.update()
    rig = read_rig(bpy.context, armature)
    assert "the eyes do not hang from 'Head'" in "".join(rig.eyes.warnings)
    targets = targets_around(rig)
    gaze(armature, targets)
    assert misses(lambda: object_looks(["Eye.L", "Eye.R"]), targets).max() < WITHIN_DEG


def test_eye_objects_that_follow_the_head_by_a_constraint_keep_it(scene):
    armature = rig_with_eye_objects()
    for name in ("Eye.L", "Eye.R"):
        eye = bpy.data.objects[name]
        eye.parent = None
        constraint = eye.constraints.new("CHILD_OF")
        constraint.target, constraint.subtarget = armature, "Head"
        eye.parent, eye.parent_type = armature, "OBJECT"
    assert find_eyes(armature).head == "Head"


@pytest.mark.parametrize("kind", ["COPY_ROTATION", "ARMATURE", "CHILD_OF"])
def test_eyes_that_follow_the_head_by_a_constraint_keep_it(scene, kind):
    armature = hang(rig_with_eyes(), EYES, "LeftHand")
    constraint = armature.pose.bones["LeftHand"].constraints.new(kind)
    target = constraint.targets.new() if kind == "ARMATURE" else constraint
    target.target, target.subtarget = armature, "Head"
    assert find_eyes(armature).head == "Head"


def test_eyes_that_are_aimed_keep_the_head(scene):
    assert find_eyes(rig_with_aimed_eyes()).head == "Head"


@pytest.mark.parametrize(("child", "parent"), [EYES, EYES[::-1]])
def test_an_eye_that_hangs_from_the_other_is_refused(scene, child, parent):
    armature = hang(rig_with_eyes(), [child], parent)
    with pytest.raises(GazeError, match=f"'{child}' hangs from the other one, '{parent}'"):
        find_eyes(armature)


@pytest.mark.parametrize("part", ["head", "neck"])
@pytest.mark.parametrize("aimed", [False, True])
def test_a_bone_that_is_an_eye_is_no_head(scene, part, aimed):
    armature = rig_with_aimed_eyes() if aimed else rig_with_eyes()
    eyes = find_eyes(armature)
    name = (eyes.aims if eyes.aims[0] else eyes.pair)[1]
    with pytest.raises(GazeError, match=f"'{name}' is an eye and is chosen as the {part}"):
        find_eyes(armature, EyeChoice(**{part: name}))


@pytest.mark.parametrize("scale", [(-1, 1, 1), (1, -1, 1), (-1, -1, -1), (-2, 2, 2)])
@pytest.mark.parametrize("turned", [0.0, 0.3])
def test_an_eye_object_mirrored_from_the_other_meets_its_targets(scene, scale, turned):
    armature = rig_with_eye_objects()
    right = bpy.data.objects["Eye.R"]
    right.scale = scale
    right.rotation_euler.z += turned
    bpy.context.view_layer.update()
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    way = 1.0 if scale[1] > 0 else -1.0  # where its front lies now
    ahead = np.array(right.matrix_world)[:3, 1] * -way
    off = np.degrees(np.arccos(np.clip(ahead @ (0, -1, 0) / np.linalg.norm(ahead), -1, 1)))
    gaze(armature, targets)

    def looks():
        places, ways = object_looks(["Eye.L", "Eye.R"])
        return places, ways * np.array([[1.0], [way]])

    found = misses(looks, targets)
    assert found[:, 0].max() < WITHIN_DEG
    assert np.abs(found[:, 1] - off).max() < WITHIN_DEG + off * (turned > 0)


def test_a_mirrored_character_is_refused(scene):
    armature = rig_with_eyes()
    armature.scale = (-1, 1, 1)
    bpy.context.view_layer.update()
    targets = targets_around(read_rig(bpy.context, armature))
    with pytest.raises(GazeError, match="'Rig' is mirrored by a negative scale"):
        gaze(armature, targets)


def test_an_eye_below_something_mirrored_is_refused(scene):
    armature = rig_with_eye_objects()
    holder = bpy.data.objects.new("Holder", None)
    scene.collection.objects.link(holder)
    holder.parent, holder.scale = armature, (-1, 1, 1)
    eye = bpy.data.objects["Eye.R"]
    targets = targets_around(read_rig(bpy.context, armature))
    eye.parent, eye.parent_type = holder, "OBJECT"
    bpy.context.view_layer.update()
    with pytest.raises(GazeError, match=r"'Eye\.R' hangs from something that is mirrored"):
        gaze(armature, targets)
