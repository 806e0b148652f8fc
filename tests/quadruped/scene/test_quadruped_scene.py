"""From scene to keys: a motion on any four-legged rig, and nothing changed on failure."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.ground.path import SpeedChange
from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.layer_values import capability_of
from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.blender.layers.found import results_on
from blender_addon.blender.paths import bone_of_path
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.quadruped import scene as quadruped_scene
from blender_addon.capabilities.quadruped.choice import AnimalChoice
from blender_addon.capabilities.quadruped.herd.scene import read_herd, write_herd
from blender_addon.capabilities.quadruped.marks import Marks
from blender_addon.capabilities.quadruped.pace import usual_speed_m_s
from blender_addon.capabilities.quadruped.residual import measure_residual
from blender_addon.capabilities.quadruped.secondary.choice import Secondary
from blender_addon.capabilities.quadruped.secondary.mark import LAYER
from blender_addon.core.errors import (
    Cancelled,
    InputError,
    PathError,
    SettingsError,
    SkeletonError,
)
from blender_addon.core.ground.path import Stop
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import Action, Gait, froude
from blender_addon.core.quadruped.request import ActionMark, GaitChange
from blender_addon.core.quadruped.settings import SecondarySettings
from tests.quadruped.scene.animals import Trotter, make_animal
from tests.shared.blender.builders import bone_heads, make_curve, make_ground, make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender

AHEAD = ((0, 0, 0), (0, -4, 0))
REPLACES = ResultOptions()


def go(armature, curve=None, options=REPLACES, **chosen):
    choice = AnimalChoice(armature, curve or make_curve(AHEAD), **chosen)
    job = quadruped_scene.read(bpy.context, choice)
    done = job.run(pipeline=Trotter()).result
    return job, done, quadruped_scene.write(bpy.context, job, done, options)


@pytest.mark.parametrize("mode", [RootMotion.BONE, RootMotion.OBJECT])
@pytest.mark.parametrize(
    "rig", [{}, {"size": 3.0}, {"root_bone": True, "size": 0.4}], ids=["plain", "large", "small"]
)
def test_an_animal_goes_from_the_first_point_of_its_path_to_the_last(scene, rig, mode):
    size = rig.get("size", 1.0)
    armature = make_animal(**rig)
    curve = make_curve(((1, 1, 0), (1, 1 - 6 * size, 0)))
    _, _, written = go(armature, curve, root_motion=mode)
    for frame, y in ((written.first_frame, 1), (written.last_frame, 1 - 6 * size)):
        scene.frame_set(frame)
        hips, chest = bone_heads(armature, ["hips", "chest"])
        middle = 0.5 * (hips + chest)
        assert middle[:2] == pytest.approx((1, y), abs=0.1 * size)
        assert chest[1] < hips[1]
        paws = bone_tails(armature, "fetlock")
        assert np.abs(paws[:, 2]).max() < 0.05 * size


def bone_tails(armature, part):
    evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    bones = [bone for bone in evaluated.pose.bones if part in bone.name]
    return np.array([evaluated.matrix_world @ bone.tail for bone in bones])


def test_without_a_speed_it_walks_as_suits_its_size(scene):
    speeds = {}
    for size in (0.6, 3.0):
        choice = AnimalChoice(make_animal(size=size), make_curve(((0, 0, 0), (0, -20, 0))))
        job = quadruped_scene.read(bpy.context, choice)
        speeds[size] = float(job.path.speeds_m_s[0])
        assert froude(speeds[size], 0.5 * size) == pytest.approx(0.15, abs=0.02)
    assert speeds[3.0] > 2 * speeds[0.6]
    assert usual_speed_m_s(1.5) == 1.5


def test_marks_gait_family_and_backing_reach_the_pipeline(scene):
    marks = Marks(
        (SpeedChange(2.0, 3.0),), (Stop(1.0, 2.0),), (GaitChange(2.0, Gait.GALLOP_LEFT),),
        (ActionMark(3.0, Action.SIT, 5.0),),
    )  # fmt: skip
    choice = AnimalChoice(
        make_animal(), make_curve(AHEAD), gait=Gait.PACE, marks=marks, backward=True,
        family=Family.CANINE, seed=7,
    )  # fmt: skip
    trotter = Trotter()
    quadruped_scene.read(bpy.context, choice).run(pipeline=trotter)
    (request,) = trotter.asked
    assert request.gait is Gait.PACE
    assert request.backward
    assert request.seed == 7
    assert request.gait_changes == marks.gait_changes
    assert request.marks == marks.actions
    assert request.body.family is Family.CANINE
    assert request.path.stops == marks.stops
    assert request.path.speeds_m_s.max() == pytest.approx(3.0)


def test_hills_lift_it(scene):
    ground = make_ground(height=lambda x, _y: 0.2 * x)
    armature = make_animal(root_bone=True)
    _, done, written = go(armature, make_curve(((0, 0, 0), (6, 0, 0))), ground=ground)
    scene.frame_set(written.last_frame)
    assert bone_heads(armature, ["root"])[0][2] == pytest.approx(1.2, abs=0.1)
    assert done.track.positions[0, 1] == pytest.approx(0.0, abs=0.1)


def test_an_untouched_motion_makes_room_and_one_of_the_animators_does_not(scene):
    armature = make_animal()
    own = bpy.data.actions.new("Mine")
    armature.animation_data_create().action = own
    bone = armature.pose.bones["head"]
    bone.keyframe_insert("rotation_quaternion", frame=1)
    mine = armature.animation_data.action
    go(armature)
    assert mine.name in bpy.data.actions
    first = armature.animation_data.action
    go(armature)
    second = armature.animation_data.action
    assert len(bpy.data.actions) == 2
    compat.fcurves_of(armature)[0].keyframe_points[3].co[1] += 0.1
    go(armature)
    assert second.name in bpy.data.actions
    assert first != second


def test_a_new_motion_begins_where_the_one_began_that_it_replaces(scene):
    armature, curve = make_animal(), make_curve(AHEAD)
    scene.frame_set(10)
    _, _, written = go(armature, curve)
    scene.frame_set(40)
    _, _, again = go(armature, curve, replaces=REPLACES)
    assert (written.first_frame, again.first_frame) == (10, 10)


def test_a_strip_lies_on_top_and_the_action_before_goes_on_below(scene):
    armature = make_animal()
    armature.pose.bones["tail"].keyframe_insert("rotation_quaternion", frame=1)
    before = armature.animation_data.action
    go(armature, options=ResultOptions(kind=ResultKind.STRIP))
    data = armature.animation_data
    assert data.action is None
    assert [track.strips[0].action == before for track in data.nla_tracks] == [True, False]
    go(armature, options=ResultOptions(kind=ResultKind.STRIP))
    assert len(data.nla_tracks) == 2


def test_reduced_keys_are_fewer_and_contacts_are_marked(scene):
    options = ResultOptions(density=KeyDensity.REDUCED, markers=True)
    armature = make_animal()
    _, done, written = go(armature, options=options)
    action = bpy.data.actions[written.action_name]
    assert written.keys.after < written.keys.before
    names = {marker.name for marker in action.pose_markers}
    assert names == {
        f"{foot} {what}" for foot in ("LH", "LF", "RH", "RF") for what in ("up", "down")
    }
    assert done.clip.contacts is not None


@pytest.mark.parametrize("late", [False, True])
def test_cancelling_leaves_everything_as_it_was(scene, late):
    armature, curve = make_animal(), make_curve(AHEAD)
    job = quadruped_scene.read(bpy.context, AnimalChoice(armature, curve))
    before = snapshot()
    with pytest.raises(Cancelled):
        job.run(lambda part: late and part < 0.9, pipeline=Trotter())
    assert snapshot() == before


BAD = {
    "three legs": ({"leave_out": ("left_fore",)}, AHEAD, {}, SkeletonError, "three legs|3 legs"),
    "six legs": ({"more_legs": True}, AHEAD, {}, SkeletonError, "six|6"),
    "no legs": ({"leave_out": ("left", "right")}, AHEAD, {}, SkeletonError, "leg"),
    "short path": ({}, ((0, 0, 0), (0, -0.01, 0)), {}, PathError, "Draw a longer curve"),
    "mark beyond": (
        {}, AHEAD, {"marks": Marks(actions=(ActionMark(9.0, Action.EAT),))}, PathError,
        "the mark at 9.00 m does not lie on the path, which is 4.00 m long",
    ),
    "standing for ever": ({}, AHEAD, {"stand_after_s": 9e9}, SettingsError, "set 0 to 600 seconds"),
    "no speed": ({}, AHEAD, {"speed_m_s": 0.0}, SettingsError, "set one above 0"),
    "too fast": ({}, AHEAD, {"speed_m_s": 900.0}, SettingsError, "character of this size"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD.values(), ids=BAD.keys())
def test_what_cannot_be_is_refused_and_nothing_is_changed(scene, case):
    rig, points, chosen, kind, text = case
    armature, curve = make_animal(**rig), make_curve(points)
    before = snapshot()
    with pytest.raises(kind, match=text):
        quadruped_scene.read(bpy.context, AnimalChoice(armature, curve, **chosen))
    assert snapshot() == before


def test_a_person_and_nobody_are_refused(scene):
    curve = make_curve(AHEAD)
    with pytest.raises(SkeletonError, match="two-legged"):
        quadruped_scene.read(bpy.context, AnimalChoice(make_rig(), curve))
    with pytest.raises(InputError):
        quadruped_scene.read(bpy.context, AnimalChoice(None, curve))
    with pytest.raises(PathError, match="no path is chosen"):
        quadruped_scene.read(bpy.context, AnimalChoice(make_animal()))


def test_an_animal_that_is_gone_is_told_and_nothing_is_written(scene):
    armature = make_animal()
    job = quadruped_scene.read(bpy.context, AnimalChoice(armature, make_curve(AHEAD)))
    done = job.run(pipeline=Trotter()).result
    bpy.data.objects.remove(armature)
    with pytest.raises(SkeletonError, match="'Horse' is gone"):
        quadruped_scene.write(bpy.context, job, done)
    assert not bpy.data.actions


def test_a_bone_that_was_renamed_meanwhile_is_told_and_nothing_is_written(scene):
    armature = make_animal(root_bone=True)
    job = quadruped_scene.read(bpy.context, AnimalChoice(armature, make_curve(AHEAD)))
    done = job.run(pipeline=Trotter()).result
    for name in ("left_hind_hock", "root"):
        armature.data.bones[name].name = "other"
        before = snapshot()
        with pytest.raises(SkeletonError, match=f"the bone '{name}' of 'Horse' was removed"):
            quadruped_scene.write(bpy.context, job, done)
        assert snapshot() == before
        armature.data.bones["other"].name = name


def test_a_herd_is_one_batch_and_tells_which_animal_is_wrong(scene):
    animals = [make_animal(name=name, size=size) for name, size in (("A", 1), ("B", 3), ("C", 0.5))]
    curve = make_curve(AHEAD)
    choices = [
        AnimalChoice(each, curve, seed=n, aside_m=float(n)) for n, each in enumerate(animals)
    ]
    job = read_herd(bpy.context, choices)
    trotter = Trotter()
    done = job.run(pipeline=trotter).result
    assert len(trotter.asked) == 3
    written = write_herd(bpy.context, job, done)
    assert len({each.action_name for each in written}) == 3
    scene.frame_set(written[0].first_frame)
    xs = [bone_heads(each, ["hips"])[0][0] for each in animals]
    assert xs == pytest.approx([0, 1, 2], abs=0.05)
    with pytest.raises(SettingsError, match="'A' is named twice"):
        read_herd(bpy.context, [choices[0], choices[0]])
    with pytest.raises(PathError, match="animal 2 'B': no path"):
        read_herd(bpy.context, [choices[0], AnimalChoice(animals[1])])


def test_a_herd_whose_last_animal_cannot_be_written_leaves_all_as_they_were(scene):
    animals = [make_animal(name="A"), make_animal(name="B")]
    curve = make_curve(AHEAD)
    job = read_herd(bpy.context, [AnimalChoice(each, curve) for each in animals])
    done = job.run(pipeline=Trotter()).result
    bpy.data.objects.remove(animals[1])
    before = snapshot()
    with pytest.raises(SkeletonError, match="'B' is gone"):
        write_herd(bpy.context, job, done)
    assert snapshot() == before


def swinging(**rules) -> Secondary:
    return Secondary(SecondarySettings(**rules))


def layers_on(armature):
    tracks = armature.animation_data.nla_tracks
    return [track for track in tracks if capability_of(track) == LAYER]


def test_tail_ears_and_breath_are_a_layer_that_can_be_muted(scene):
    armature = make_animal(ears=True)
    _, _, written = go(armature, secondary=swinging())
    (track,) = layers_on(armature)
    assert written.layers == (track.strips[0].action.name,)
    moved = {bone_of_path(c.data_path) for c in compat.action_fcurves(track.strips[0].action)}
    assert {"tail", "tail_1", "left_ear", "right_ear", "spine"} <= moved
    assert not any(name.startswith("root") for name in moved)
    frames = range(written.first_frame + 20, written.last_frame - 20, 10)
    shown = {}
    for mute in (True, False):
        track.mute = mute
        shown[mute] = [tip_of(scene, armature, frame) for frame in frames]
    off = np.linalg.norm(np.array(shown[False]) - np.array(shown[True]), axis=-1)
    assert off.max() > 0.01
    (row,) = [each for each in results_on([armature]) if each.capability == LAYER]
    assert row.is_untouched


def tip_of(scene, armature, frame):
    scene.frame_set(frame)
    return np.array([armature.matrix_world @ armature.pose.bones["tail_2"].tail])


def test_a_new_motion_takes_the_layer_of_the_one_along_that_it_replaces(scene):
    armature, curve = make_animal(), make_curve(AHEAD)
    for _ in range(3):
        go(armature, curve, secondary=swinging(), replaces=REPLACES)
        assert len(layers_on(armature)) == 1
    assert len(bpy.data.actions) == len(armature.animation_data.nla_tracks) + 1
    go(armature, curve, replaces=REPLACES)
    assert not layers_on(armature)


def test_a_layer_that_was_edited_stays(scene):
    armature, curve = make_animal(), make_curve(AHEAD)
    go(armature, curve, secondary=swinging())
    layers_on(armature)[0].strips[0].influence = 0.5
    go(armature, curve, secondary=swinging(), replaces=REPLACES)
    assert len(layers_on(armature)) == 2


def test_the_feet_stay_where_they_stand_under_breath_and_look(scene):
    armature = make_animal(size=3.0)
    looked_at = bpy.data.objects.new("Rider", None)
    looked_at.location = (4, -4, 3)
    scene.collection.objects.link(looked_at)
    chosen = Secondary(SecondarySettings(breath_depth=3.0), "Rider")
    _, done, written = go(armature, secondary=chosen)
    (track,) = layers_on(armature)
    frame = written.first_frame + done.clip.frame_count // 2
    seen = {}
    for mute in (False, True):
        track.mute = mute
        scene.frame_set(frame)
        seen[mute] = bone_tails(armature, "fetlock"), bone_tails(armature, "nose")
    assert np.abs(seen[False][0] - seen[True][0]).max() < 0.01
    assert np.linalg.norm(seen[False][1] - seen[True][1]) > 0.05


def test_something_to_look_at_that_is_gone_is_told(scene):
    _, _, written = go(make_animal(), secondary=Secondary(look_at="Rider"))
    assert any("'Rider' is gone" in note for note in written.notes)
    assert written.layers


def test_what_is_seen_is_measured_and_what_moves_it_otherwise_is_told(scene):
    armature = make_animal()
    job, done, written = go(armature)
    residual = measure_residual(bpy.context, job, done, written)
    assert max(residual.largest_m.values()) < 0.002
    assert residual.warnings() == ()
    armature.pose.bones["head"].constraints.new("LIMIT_ROTATION").use_limit_x = True
    armature.pose.bones["chest"].constraints.new("COPY_LOCATION").target = make_curve(name="Post")
    again = measure_residual(bpy.context, job, done, written)
    assert "from where the motion has it" in again.warnings()[0]


@pytest.mark.parametrize("mode", [RootMotion.IN_PLACE, RootMotion.OBJECT])
def test_neither_fewer_keys_nor_going_in_place_are_taken_for_faults(scene, mode):
    options = ResultOptions(density=KeyDensity.CHOSEN_FRAMES)
    job, done, written = go(make_animal(), options=options, root_motion=mode)
    residual = measure_residual(bpy.context, job, done, written)
    assert residual.warnings() == ()
    assert bool(residual.largest_m) is (mode is not RootMotion.IN_PLACE)
