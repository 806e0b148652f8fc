"""Irises stay in their openings: as a file says, by hand or measured; the head takes the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from blender_addon.blender.face.eye_rig import read_rig
from blender_addon.blender.face.eyes_found import EyeChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.core.errors import SettingsError
from blender_addon.core.face.eye_angles import EYE_LIMITS_DEG
from blender_addon.core.gaze.pipeline import GazePipeline, GazeSettings
from blender_addon.core.inference.session import ModelSession
from tests.gaze.checks import bone_looks
from tests.gaze.samples import looking, target, write_behaviour, write_eye_head
from tests.shared.blender.builders import make_rig
from tests.shared.blender.face_rigs import (
    EYES,
    LOOK_RAD,
    RADIUS,
    eyeball,
    face_with_shapes,
    point,
    rig_with_eye_objects,
    rig_with_eyes,
    rig_with_flat_eyes,
    share_of_iris_seen,
)

pytestmark = pytest.mark.blender


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> GazePipeline:
    folder = tmp_path_factory.mktemp("gaze")
    paths: list[Path] = [write_behaviour(folder), write_eye_head(folder)]
    return GazePipeline(*(ModelSession(p, ["CPUExecutionProvider"], threads=1) for p in paths))


def limits_of(character, **choice):
    bpy.context.view_layer.update()
    return read_rig(bpy.context, character, EyeChoice(**choice)).limits


@pytest.mark.parametrize("depth", [0.012, 0.025, 0.1])
@pytest.mark.parametrize(
    "build",
    [{}, {"named": False}, {"objects": True}, {"space": Matrix.Rotation(np.pi / 2, 4, "Z")}],
    ids=["VRoid", "no telling names", "meshes of their own", "another way"],
)
def test_flat_eyes_are_measured(scene, depth, build):
    limits = limits_of(rig_with_flat_eyes(depth, **build))
    assert limits.source == "measured on its lids"
    # The iris has 6 mm to the corners and 2 mm to the lids, and may slip under them in part.
    side, up, down = limits.degrees
    assert np.degrees(np.arcsin(0.004 / depth)) - 2 < side < np.degrees(np.arcsin(0.011 / depth))
    assert 2.0 <= up <= min(30.0, np.degrees(np.arcsin(min(0.009 / depth, 1.0))))
    assert down == pytest.approx(up, abs=3.0)


@pytest.mark.parametrize("place", [(1.2, -1.0, 1.66), (-0.9, -1.2, 1.4), (0.4, -1.0, 2.1)])
def test_flat_irises_stay_in_their_openings_and_the_target_is_met(scene, pipeline, place):
    armature = rig_with_flat_eyes()
    bpy.context.view_layer.update()
    thing = point("Thing", place)
    calm = GazeSettings(liveliness=0.0, micro_saccades=0.0)
    choice = GazeChoice(armature, (TargetChoice(thing, "OBJECT"),), settings=calm)
    job = gaze_scene.read(bpy.context, [choice], 1, 120)
    done = job.run(pipeline=pipeline).result
    gaze_scene.write(bpy.context, job, done)
    seen, missed = [], []
    for frame in range(1, 121, 7):
        scene.frame_set(frame)
        seen.append(share_of_iris_seen(armature))
        if 30 < frame < 90:
            rig = job.characters[0].rig
            places, ways = bone_looks(armature, rig.eyes.pair, rig)
            away = np.array(place) - places
            away /= np.linalg.norm(away, axis=1)[:, None]
            missed.append(np.degrees(np.arccos(np.clip((away * ways).sum(axis=1), -1, 1))))
    assert np.min(seen) > 0.65
    assert np.max(missed) < 1.0
    assert not [each for each in done.characters[0].warnings if "limits" in each]


def test_eyes_as_before_would_leave_their_openings(scene):
    """The test above can fail: what eyes usually do hides these irises altogether."""
    armature = rig_with_flat_eyes()
    rig = read_rig(bpy.context, armature)
    turn = Matrix.Rotation(np.radians(EYE_LIMITS_DEG[0]), 3, "Z")
    for name in rig.eyes.pair:
        rest = armature.data.bones[name].matrix_local.to_3x3()
        armature.pose.bones[name].matrix_basis = (rest.inverted() @ turn @ rest).to_4x4()
    bpy.context.view_layer.update()
    assert share_of_iris_seen(armature).max() < 0.2


@pytest.mark.parametrize("build", [rig_with_eyes, rig_with_eye_objects])
def test_eyes_without_an_opening_are_not_limited(scene, build):
    assert limits_of(build()).degrees == EYE_LIMITS_DEG


@pytest.mark.parametrize(("radius", "most"), [(0.012, 45.0), (0.03, 30.0), (0.06, 13.0)])
def test_large_balls_behind_small_openings_are_measured(scene, radius, most):
    """As stylised characters have them; a ball of an eye's own size is free to turn."""
    armature = rig_with_flat_eyes(radius, objects=True)
    for name in ("EyeIris", "EyeWhite"):
        bpy.data.objects.remove(bpy.data.objects[name])
    for side, centre in EYES.items():
        ball = eyeball(f"Ball {side}")
        ball.parent = armature
        ball.modifiers.new("Armature", "ARMATURE").object = armature
        for vertex in ball.data.vertices:
            vertex.co = centre + radius / RADIUS * vertex.co
        numbers = range(len(ball.data.vertices))
        ball.vertex_groups.new(name=f"J_Adj_{side[0]}_FaceEye").add(numbers, 1.0, "REPLACE")
    side, _, _ = limits_of(armature).degrees
    assert 0.7 * most < side <= most


def test_eye_objects_are_measured_however_the_head_is_turned(scene):
    armature = rig_with_eye_objects()
    face = rig_with_flat_eyes(objects=True)
    for name in ("Skin", "EyeWhite"):
        part = bpy.data.objects[name]
        part.parent = part.modifiers[0].object = armature
    bpy.data.objects.remove(face)
    for name in ("Eye.L", "Eye.R"):
        for vertex in bpy.data.objects[name].data.vertices:
            vertex.co.y = -0.025
    expected = limits_of(armature).degrees
    assert 10.0 < expected[0] < 25.0
    head = armature.pose.bones["Head"]
    head.rotation_mode, head.rotation_euler = "XYZ", (0.3, 0.2, 0.4)
    armature.matrix_world = Matrix.Scale(-1, 4, (1, 0, 0)) @ Matrix.Rotation(0.7, 4, "Z")
    assert limits_of(armature).degrees == pytest.approx(expected, abs=0.5)


def test_glasses_are_no_lids(scene):
    armature = rig_with_flat_eyes()
    open_eyes = limits_of(armature).degrees
    bpy.ops.mesh.primitive_plane_add(size=0.3, location=(0, -0.125, 1.66), rotation=(1.5708, 0, 0))
    glass = bpy.context.object
    glass.name = "Shades"
    glass.parent = armature
    assert limits_of(armature).degrees == pytest.approx(open_eyes)


def test_eyes_that_shapes_turn_go_as_far_as_these(scene):
    armature = make_rig()
    face = face_with_shapes(armature)
    reach = np.degrees(LOOK_RAD)
    assert limits_of(armature).degrees == pytest.approx((reach, reach, reach), abs=0.7)
    face.data.shape_keys.key_blocks["eyeLookInLeft"].slider_max = 0.5
    side, up, _ = limits_of(armature).degrees
    assert side == pytest.approx(reach / 2, abs=1.5)
    assert up == pytest.approx(reach, abs=0.7)


VRM_0 = {
    "spec_version": "0.0",
    "vrm0": {
        "first_person": {
            "look_at_type_name": "Bone",
            "look_at_horizontal_inner": {"x_range": 90.0, "y_range": 8.0},
            "look_at_horizontal_outer": {"x_range": 90.0, "y_range": 12.0},
            "look_at_vertical_up": {"x_range": 90.0, "y_range": 11.0},
            "look_at_vertical_down": {"x_range": 90.0, "y_range": 9.0},
        }
    },
}
VRM_1 = {
    "spec_version": "1.0",
    "vrm1": {
        "look_at": {
            "type": "bone",
            "range_map_horizontal_inner": {"input_max_value": 90.0, "output_scale": 7.0},
            "range_map_horizontal_outer": {"input_max_value": 90.0, "output_scale": 6.0},
            "range_map_vertical_up": {"input_max_value": 90.0, "output_scale": 5.0},
        }
    },
}


@pytest.mark.parametrize(
    ("stored", "degrees"), [(VRM_0, (8, 11, 9)), (VRM_1, (6, 5, 10))], ids=["VRM 0", "VRM 1"]
)
def test_a_vrm_file_says_how_far(scene, stored, degrees):
    armature = rig_with_eyes()
    armature.data["vrm_addon_extension"] = stored
    limits = limits_of(armature)
    assert limits.degrees == pytest.approx(degrees)
    assert "VRM" in limits.describe()


@pytest.mark.parametrize("kind", ["expression", 1])
def test_a_vrm_file_whose_eyes_are_turned_by_shapes_says_nothing_of_bones(scene, kind):
    armature = rig_with_eyes()
    look_at = {**VRM_1["vrm1"]["look_at"], "type": kind}
    armature.data["vrm_addon_extension"] = {"spec_version": "1.0", "vrm1": {"look_at": look_at}}
    assert limits_of(armature).degrees == EYE_LIMITS_DEG


def test_an_old_vrm_file_says_it_in_a_text(scene):
    armature = rig_with_eyes()
    text = bpy.data.texts.new("firstPerson_params.json")
    text.write('{"lookAtTypeName": "Bone", "lookAtHorizontalInner": {"xRange": 90, "yRange": 4}}')
    armature["firstPerson_params"] = text.name
    assert limits_of(armature).degrees == (4.0, 10.0, 10.0)
    text.clear()
    text.write("not JSON")
    assert limits_of(armature).degrees == EYE_LIMITS_DEG


def test_properties_of_the_vrm_add_on_count_once_a_file_has_filled_them(scene):
    groups = vrm_groups()
    bpy.types.Armature.vrm_addon_extension = bpy.props.PointerProperty(type=groups[-1])
    try:
        armature = rig_with_eyes()
        assert limits_of(armature).degrees == EYE_LIMITS_DEG
        for way in ("horizontal_inner", "horizontal_outer", "vertical_up", "vertical_down"):
            look_at = armature.data.vrm_addon_extension.vrm1.look_at
            getattr(look_at, f"range_map_{way}").output_scale = 9.0
        assert limits_of(armature).degrees == (9.0, 9.0, 9.0)
    finally:
        del bpy.types.Armature.vrm_addon_extension
        for group in reversed(groups):
            bpy.utils.unregister_class(group)


def vrm_groups():
    """Property groups as the VRM add-on has them, in short."""
    ways = ("horizontal_inner", "horizontal_outer", "vertical_up", "vertical_down")

    def group(name, **members):
        made = type(name, (bpy.types.PropertyGroup,), {"__annotations__": members})
        bpy.utils.register_class(made)
        return made

    scale = bpy.props.FloatProperty(default=10.0)
    range_map = group("NEURALMOTIONTEST_PG_range_map", output_scale=scale)
    pointer = bpy.props.PointerProperty
    maps = {f"range_map_{way}": pointer(type=range_map) for way in ways}
    look_at = group("NEURALMOTIONTEST_PG_look_at", **maps)
    vrm1 = group("NEURALMOTIONTEST_PG_vrm1", look_at=pointer(type=look_at))
    version = bpy.props.StringProperty(default="1.0")
    whole = group("NEURALMOTIONTEST_PG_vrm", vrm1=pointer(type=vrm1), spec_version=version)
    return [range_map, look_at, vrm1, whole]


def test_what_is_set_by_hand_wins(addon, scene):
    from blender_addon.capabilities.gaze.properties import eye_choice

    armature = rig_with_flat_eyes()
    armature.data["vrm_addon_extension"] = VRM_0
    chosen = armature.neural_motion.gaze
    assert eye_choice(chosen).limits_deg is None
    chosen.eye_limits = "MANUAL"
    chosen.eye_limit_side, chosen.eye_limit_up, chosen.eye_limit_down = np.radians((20, 15, 60))
    limits = read_rig(bpy.context, armature, eye_choice(chosen)).limits
    assert limits.degrees == pytest.approx((20, 15, 60), abs=1e-3)
    assert "set by hand" in limits.describe()


def test_the_ends_are_no_reason_to_warn_and_what_is_out_of_range_is_refused(pipeline):
    """There the head is only on its way, so shallow eyes cannot be where they look yet."""
    aside = looking(10, target(600, "OBJECT", (0.9, 0.2, 1.0)))
    calm = GazeSettings(eye_limits_deg=(12.0, 10.0, 8.0), liveliness=0.0)
    assert not pipeline.generate([replace(aside, settings=calm)])[0].warnings
    still = replace(calm, head_share=0.0)
    assert "out of reach" in pipeline.generate([replace(aside, settings=still)])[0].warnings[0]
    with pytest.raises(SettingsError, match="an eye turns 1 to 60 degrees"):
        pipeline.generate([looking(1, settings=GazeSettings(eye_limits_deg=(45.0, 0.0, 40.0)))])
