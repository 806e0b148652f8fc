"""Keys land in a new action, fast, all or nothing."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.keyframes import (
    Channel,
    quaternions_to_axis_angles,
    quaternions_to_eulers,
    rotation_channels,
    vector_channels,
    write_action,
)
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from tests.shared.counting import calls_of

pytestmark = [pytest.mark.blender, pytest.mark.smoke]


@pytest.fixture
def thing(scene):
    made = bpy.data.objects.new("Thing", None)
    scene.collection.objects.link(made)
    return made


def keyed(datablock):
    return {
        (c.data_path, c.array_index): [tuple(p.co) for p in c.keyframe_points]
        for c in compat.fcurves_of(datablock)
    }


def test_values_come_back_on_their_frames(thing):
    frames = np.arange(1.0, 31.0)
    values = np.stack((np.sin(frames), np.cos(frames), frames), axis=1)
    action = write_action(thing, "Moves", vector_channels("location", frames, values, "Place"))
    assert thing.animation_data.action == action
    for n in (0, 13, 29):
        bpy.context.scene.frame_set(int(frames[n]))
        assert np.allclose(thing.location, values[n], atol=1e-6)
    curves = compat.fcurves_of(thing)
    assert {curve.group.name for curve in curves} == {"Place"}
    assert all(p.interpolation == "LINEAR" for p in curves[0].keyframe_points)
    assert all(p.handle_left_type == "AUTO_CLAMPED" for p in curves[0].keyframe_points)


def test_the_action_before_keeps_its_keys_and_survives_saving(thing):
    thing.keyframe_insert("location", frame=3)
    old = thing.animation_data.action
    before = keyed(thing)
    write_action(thing, "New", vector_channels("scale", np.array([1.0]), np.ones((1, 3))))
    assert thing.animation_data.action != old
    assert old.use_fake_user
    assert set(keyed(thing)) == {("scale", 0), ("scale", 1), ("scale", 2)}
    thing.animation_data.action = old
    if compat.HAS_SLOTS:
        thing.animation_data.action_slot = old.slots[0]
    assert keyed(thing) == before


@pytest.mark.parametrize("animated_before", [False, True])
@pytest.mark.parametrize(
    "broken",
    [
        Channel("location", 0, np.array([1.0, 2.0]), np.array([1.0])),
        Channel("location", 0, np.array([1.0, 2.0]), np.array([1.0, np.nan])),
        Channel("location", 2, np.array([1.0]), np.array([1.0])),
    ],
    ids=["lengths differ", "not a number", "given twice"],
)
def test_an_error_leaves_everything_as_it_was(thing, broken, animated_before):
    if animated_before:
        thing.keyframe_insert("location", frame=3)
    before = compat.remember_assignment(thing), keyed(thing), len(bpy.data.actions)
    good = vector_channels("location", np.array([1.0]), np.ones((1, 3)))
    with pytest.raises((InputError, RuntimeError)):
        write_action(thing, "New", [*good, broken])
    assert (compat.remember_assignment(thing), keyed(thing), len(bpy.data.actions)) == before


def test_a_linked_object_is_refused_with_what_to_do(thing, tmp_path):
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {thing})
    with bpy.data.libraries.load(path, link=True) as (_, desired):
        desired.objects = ["Thing"]
    linked = next(item for item in bpy.data.objects if item.library)
    with pytest.raises(InputError, match="Library Override"):
        write_action(linked, "New", [])
    assert not len(bpy.data.actions)


def test_two_objects_get_a_slot_each_of_their_own(thing, scene):
    other = bpy.data.objects.new("Other", None)
    scene.collection.objects.link(other)
    frames = np.array([1.0, 2.0])
    write_action(thing, "A", vector_channels("location", frames, np.zeros((2, 3))))
    write_action(other, "A", vector_channels("location", frames, np.ones((2, 3))))
    scene.frame_set(2)
    assert tuple(thing.location) == (0, 0, 0)
    assert tuple(other.location) == (1, 1, 1)


def tumbling(frames: int = 400, seed: int = 0):
    """Rotations that turn round and round and pass the poles of every Euler order."""
    rng = np.random.default_rng(seed)
    turns = np.array([[1.0, 0, 0, 0]])
    speed = rng.normal(0, 0.15, 3)
    rows = []
    for _ in range(frames):
        speed = 0.98 * speed + rng.normal(0, 0.02, 3)
        angle = np.linalg.norm(speed)
        step = axis_angle_to_quaternion(speed[None] / angle, np.array([angle]))
        turns = quaternion_multiply(turns, step)
        rows.append(turns[0] * rng.choice((-1.0, 1.0)))  # either sign means the same
    return np.array(rows)


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE", "XYZ", "YZX", "ZXY", "ZYX"])
def test_rotations_come_back_in_every_mode_and_never_jump(thing, mode):
    rotations = tumbling()
    thing.rotation_mode = mode
    frames = np.arange(1.0, len(rotations) + 1)
    channels = rotation_channels("", mode, frames, rotations)
    write_action(thing, "Turns", channels)
    for n in range(0, len(rotations), 7):
        bpy.context.scene.frame_set(int(frames[n]))
        found = np.array(thing.matrix_basis.to_quaternion())
        assert abs(found @ rotations[n]) > 1 - 1e-5
    if mode in ("QUATERNION", "AXIS_ANGLE"):
        steps = np.diff(np.stack([c.values for c in channels], axis=1), axis=0)
        assert np.abs(steps).max() < 1.0


def test_eulers_count_on_past_half_a_turn():
    angles = np.linspace(0.0, 6 * np.pi, 200)
    turns = axis_angle_to_quaternion(np.array([[0.0, 0.0, 1.0]]), angles)
    eulers = quaternions_to_eulers(turns, "XYZ")
    assert np.allclose(eulers[:, 2], angles, atol=1e-4)
    assert np.abs(eulers[:, :2]).max() < 1e-4


def test_axis_angles_at_rest_have_a_unit_axis():
    rest = np.tile([1.0, 0, 0, 0], (5, 1))
    values = quaternions_to_axis_angles(rest)
    assert np.allclose(np.linalg.norm(values[:, 1:], axis=1), 1)
    assert np.allclose(values[:, 0], 0)


def test_keys_are_written_in_bulk_however_many(scene):
    data = bpy.data.armatures.new("Many")
    many = bpy.data.objects.new("Many", data)
    scene.collection.objects.link(many)
    bpy.context.view_layer.objects.active = many
    bpy.ops.object.mode_set(mode="EDIT")
    for n in range(60):
        bone = data.edit_bones.new(f"Bone{n}")
        bone.head, bone.tail = (n, 0, 0), (n, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")

    def written(count: int) -> int:
        frames, values = np.arange(float(count)), np.random.default_rng(0).normal(size=(count, 4))
        channels = [
            channel
            for n in range(60)
            for channel in vector_channels(
                f'pose.bones["Bone{n}"].rotation_quaternion', frames, values, f"Bone{n}"
            )
        ]
        return calls_of(lambda: write_action(many, "Many", channels)).total()

    written(6)
    assert written(600) == written(60)
