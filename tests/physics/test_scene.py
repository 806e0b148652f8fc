"""From the scene into a simulation, and back as a strip."""

from __future__ import annotations

from math import pi, radians

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.axes import core_to_blender_points
from blender_addon.blender.keys.options import ResultOptions
from blender_addon.blender.keys.sliders import Slider
from blender_addon.capabilities.physics import scene as physics_scene
from blender_addon.capabilities.physics.choice import PhysicsChoice, PushChoice, things_in
from blender_addon.core.errors import ClipError, InputError, PhysicsError, SettingsError
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.physics.settings import Mode, PhysicsSettings
from tests.physics.actors import animated, swaying
from tests.physics.stand_in import Shifter
from tests.shared.blender.builders import make_rig

pytestmark = pytest.mark.blender


def simulate(choice, pipeline=None):
    """Read, run and write; the job, the motion and what was written."""
    job = physics_scene.read(bpy.context, choice)
    motion = job.run(pipeline=pipeline or Shifter()).result
    return job, motion, physics_scene.write(bpy.context, job, motion)


def bone_places(rig, bone, frames):
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        found.append(rig.matrix_world @ rig.pose.bones[bone].head)
    return np.array(found)


def tracks(rig):
    return [[s.name for s in each.strips] for each in rig.animation_data.nla_tracks]


def make_mesh(name, corners, faces=(), place=(0.0, 0.0, 0.0)):
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(map(float, each)) for each in corners], [], faces)
    thing = bpy.data.objects.new(name, data)
    thing.location = place
    bpy.context.scene.collection.objects.link(thing)
    return thing


def make_box(name, size=1.0, place=(0.0, 0.0, 0.0)):
    half = 0.5 * size
    corners = [(x, y, z) for x in (-half, half) for y in (-half, half) for z in (-half, half)]
    return make_mesh(name, corners, place=place)


SIZES = [
    pytest.param({}, id="person"),
    pytest.param({"size": 0.03 / 1.75, "rolls": True}, id="3 cm"),
    pytest.param({"size": 30.0 / 1.75, "root_bone": True}, id="30 m"),
]


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("unit_m", [1.0, 0.01])
def test_a_figure_of_any_size_is_simulated_at_a_persons_and_comes_back(scene, kind, unit_m):
    scene.unit_settings.scale_length = unit_m
    rig = animated(make_rig(**kind))
    size = kind.get("size", 1.0)
    before = bone_places(rig, "LeftFoot", (1, 15, 30))
    job, _, written = simulate(PhysicsChoice(armature=rig), Shifter(left_m=0.25))
    followed = job.request.clip
    assert followed.frame_rate_hz == 60.0
    assert followed.frame_count == 59
    assert np.abs(followed.root_positions[:, [0, 2]]).max() < 0.02
    assert np.allclose(followed.root_positions[:, 1], swaying().root_positions[0, 1], atol=0.01)
    after = bone_places(rig, "LeftFoot", (1, 15, 30))
    assert np.allclose((after - before) / size, [0.25, 0.0, 0.0], atol=2e-3)
    assert written.feet_off_cm < 0.05 * size * unit_m
    assert (written.first_frame, written.last_frame) == (1, 30)


def test_the_own_action_lies_untouched_beneath_one_strip(scene):
    rig = animated()
    own = rig.animation_data.action
    keys = [tuple(k.co) for k in compat.action_fcurves(own)[0].keyframe_points]
    simulate(PhysicsChoice(armature=rig))
    assert tracks(rig) == [["Own"], ["Rig Physics"]]
    assert [tuple(k.co) for k in compat.action_fcurves(own)[0].keyframe_points] == keys
    again, _, _ = simulate(PhysicsChoice(armature=rig), Shifter(left_m=-0.3))
    assert len(tracks(rig)) == 2 and tracks(rig)[0] == ["Own"]
    # What is followed is the own action, not what was made of it before.
    assert abs(float(again.request.clip.root_positions[0, 0])) < 1e-3
    assert bone_places(rig, "Hips", [10])[0, 0] == pytest.approx(-0.3, abs=1e-3)


def test_what_was_changed_by_hand_is_kept_and_followed(scene):
    rig = animated()
    simulate(PhysicsChoice(armature=rig), Shifter(left_m=0.2))
    strip = rig.animation_data.nla_tracks[-1].strips[0]
    compat.action_fcurves(strip.action)[0].keyframe_points[3].co.y += 0.01
    _, _, _ = simulate(PhysicsChoice(armature=rig), Shifter(left_m=0.2))
    assert len(rig.animation_data.nla_tracks) == 3
    assert bone_places(rig, "Hips", [10])[0, 0] == pytest.approx(0.4, abs=2e-3)


def test_a_turned_figure_is_where_it_was_simulated(scene):
    rig = animated()
    job, motion, written = simulate(PhysicsChoice(armature=rig), Shifter(0.3, turn_rad=0.8))
    places, _ = forward_kinematics(
        motion.clip.skeleton, motion.clip.root_positions, motion.clip.rotations_wxyz
    )
    for name in ("LeftToe", "RightHand", "Head"):
        seen = bone_places(rig, name, [12])[0]
        there = core_to_blender_points(places[11, motion.clip.skeleton.index(name)])
        assert np.allclose(seen, there + core_to_blender_points(job.take.origin), atol=0.01)
    assert written.feet_off_cm < 0.1


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (24, 1.001), (12, 1.0), (120, 1.0)])
def test_every_frame_rate_is_read_at_sixty_and_written_at_its_own(scene, fps, base):
    rig = animated(clip=swaying(frames=fps, rate=float(fps)))
    scene.render.fps_base = base
    job, motion, written = simulate(PhysicsChoice(armature=rig))
    seconds = (fps - 1) * base / fps
    assert job.request.clip.duration_s >= seconds - 1e-6
    assert job.request.clip.duration_s < seconds + 1.0 / 60.0
    assert motion.clip.frame_count == fps
    assert (written.first_frame, written.last_frame) == (1, fps)


def test_a_range_is_simulated_alone_and_may_go_on_beyond_the_action(scene):
    rig = animated()
    choice = PhysicsChoice(armature=rig, frame_range=(11, 45))
    job, _, written = simulate(choice)
    assert job.request.clip.frame_count == 69
    assert (written.first_frame, written.last_frame) == (11, 45)
    held = job.request.clip.rotations_wxyz
    assert np.allclose(held[-1], held[-20], atol=1e-6)


def test_pushes_and_falls_lie_on_their_frames(scene):
    rig = animated(first=101)
    pushes = (
        PushChoice(107, "chest", (0.0, 40.0, 5.0)), PushChoice(3, "head", (1.0, 0.0, 0.0)),
    )  # fmt: skip
    settings = PhysicsSettings(mode=Mode.FALL)
    choice = PhysicsChoice(armature=rig, pushes=pushes, settings=settings, fall_frame=116)
    job, _, _ = simulate(choice, Shifter(fell_s=0.6))
    (push,) = job.request.pushes
    assert push.at_s == pytest.approx(0.2)
    assert push.impulse_n_s.tolist() == [0.0, 5.0, -40.0]
    assert job.request.limp_from_s == pytest.approx(0.5)
    assert any("1 of 2 pushes lie outside of frames 101 to 130" in each for each in job.notes)
    markers = rig.animation_data.nla_tracks[-1].strips[0].action.pose_markers
    assert {(each.name, each.frame) for each in markers} == {("push", 107), ("fell", 119)}


def test_help_that_is_keyed_is_heard_at_each_sixtieth(addon):
    rig = animated()
    physics = rig.neural_motion.physics
    for frame, value in ((1, 100.0), (30, 0.0)):
        physics.help = value
        physics.keyframe_insert("help", frame=frame)
    slider = Slider(physics.help, "neural_motion.physics.help")
    choice = PhysicsChoice(armature=rig, help_slider=slider)
    for _ in range(2):  # the second time from the action that was pushed down
        job, _, _ = simulate(choice)
        track = job.request.help_track
        assert track.shape == (59,)
        assert track[0] == pytest.approx(100.0) and track[-1] == pytest.approx(0.0, abs=1e-3)
        assert (np.diff(track) < 1e-3).all()
    constant = PhysicsChoice(armature=animated(), help_slider=Slider(55.0))
    request = physics_scene.read(bpy.context, constant).request
    assert request.help_track is None and request.settings.help_percent == 55.0


def test_ground_and_obstacles_come_in_the_figures_size(scene):
    scene.unit_settings.scale_length = 0.1
    rig = make_rig(size=2.0)
    rig.location = (5.0, 3.0, 0.0)
    rig = animated(rig)
    hips = bone_places(rig, "Hips", [1])[0]
    plate = make_mesh(
        "Plate", [(-99, -99, -1), (99, -99, -1), (99, 99, -1), (-99, 99, -1)], [(0, 1, 2, 3)]
    )
    box = make_box("Box", 2.0, (hips[0] + 4.0, hips[1] - 2.0, 1.0))
    box.rotation_euler.z = pi / 2
    car = make_box("Car", 2.0, (0.0, 0.0, 1.0))
    car.scale = (1.0, 2.0, 1.0)
    for frame, x in ((1, 0.0), (30, 29.0)):
        car.location.x = x
        car.keyframe_insert("location", index=0, frame=frame)
    for curve in compat.action_fcurves(car.animation_data.action):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
    choice = PhysicsChoice(armature=rig, ground=plate, obstacles=(box, car))
    job = physics_scene.read(bpy.context, choice)
    world = job.request.world
    assert np.allclose(world.ground.heights(np.zeros((1, 2))), -0.5, atol=0.02)
    still, moving = world.obstacles
    assert not still.moves and moving.moves
    assert np.allclose(still.places, [[2.0, 0.5, 1.0]], atol=0.02)
    assert np.allclose(np.ptp(still.corners, axis=0), 1.0, atol=1e-3)
    assert len(still.corners) == 8
    assert np.allclose(np.abs(still.turns[0]), [np.sqrt(0.5), 0.0, np.sqrt(0.5), 0.0], atol=1e-5)
    assert np.allclose(np.ptp(moving.corners, axis=0), [1.0, 1.0, 2.0], atol=1e-3)
    assert moving.places.shape == (59, 3)
    assert np.allclose(np.diff(moving.places[:, 0]), 0.25, atol=1e-3)


def test_ground_with_holes_inside_out_and_moving_is_stood_on_as_it_lies(scene):
    rig = animated()
    plate = [(-1, -1, 0.1), (1, -1, 0.1), (1, 1, 0.1), (-1, 1, 0.1)]
    ground = make_mesh("Plate", plate, [(3, 2, 1, 0)])
    for frame, height in ((1, 0.0), (30, 1.0)):
        ground.location.z = height
        ground.keyframe_insert("location", frame=frame)
    scene.frame_set(1)
    job = physics_scene.read(bpy.context, PhysicsChoice(armature=rig, ground=ground))
    heights = job.request.world.ground.heights(np.array([[0.0, 0.0], [3.0, 3.0]]))
    assert np.allclose(heights, 0.1, atol=0.01)
    assert any("of the ground around the way has no mesh" in each for each in job.notes)
    assert any("the ground 'Plate' moves" in each for each in job.notes)


def test_a_plane_and_a_ball_become_solid_hulls(scene):
    rig = animated()
    turn = np.linspace(0.0, 2.0 * pi, 40, endpoint=False)
    ball = make_mesh(
        "Ball",
        [(np.cos(a) * np.sin(b), np.sin(a) * np.sin(b), np.cos(b)) for a in turn for b in turn],
    )
    plane = make_mesh("Plane", [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [(0, 1, 2, 3)])
    empty = make_mesh("Nothing", [])
    choice = PhysicsChoice(armature=rig, obstacles=(ball, plane, empty))
    job = physics_scene.read(bpy.context, choice)
    round_thing, flat = job.request.world.obstacles
    assert 20 < len(round_thing.corners) <= 64
    assert np.linalg.norm(round_thing.corners, axis=1).min() > 0.99
    assert np.ptp(flat.corners, axis=0).min() == pytest.approx(0.02, abs=1e-4)
    assert any("'Nothing' has no vertices" in each for each in job.notes)


def test_the_characters_own_meshes_and_what_is_scaled_to_nothing_are_in_nobodys_way(scene):
    rig = animated()
    skin, hat, gone = (make_box(name, 0.3, (0.0, 0.0, 1.6)) for name in ("Skin", "Hat", "Gone"))
    skin.modifiers.new("Bones", "ARMATURE").object = rig
    hat.parent, hat.parent_type, hat.parent_bone = rig, "BONE", "Head"
    gone.scale = (0.0, 0.0, 0.0)
    choice = PhysicsChoice(armature=rig, obstacles=(skin, hat, gone))
    job = physics_scene.read(bpy.context, choice)
    assert not job.request.world.obstacles
    for name in ("Skin' is a part", "Hat' is a part", "Gone' is scaled to nothing"):
        assert any(name in each for each in job.notes)


def test_what_is_no_mesh_is_left_out_and_said(scene):
    rig = animated()
    things = bpy.data.collections.new("Things")
    scene.collection.children.link(things)
    parts = bpy.data.collections.new("Parts")
    parts.objects.link(make_box("Part", 0.3, (0.0, 0.0, 0.0)))
    fence = bpy.data.objects.new("Fence", None)
    fence.instance_type, fence.instance_collection = "COLLECTION", parts
    rope = bpy.data.objects.new("Rope", bpy.data.curves.new("Rope", "CURVE"))
    for each in (fence, rope, bpy.data.objects.new("Locator", None)):
        things.objects.link(each)
    job = physics_scene.read(bpy.context, PhysicsChoice(armature=rig, obstacles=things_in(things)))
    assert not job.request.world.obstacles
    for name in ("Fence", "Rope"):
        assert any(f"'{name}' is no mesh" in each for each in job.notes)
    assert not any("Locator" in each for each in job.notes)


def broken(what):
    rig = animated()
    choice = PhysicsChoice(armature=rig)
    if what == "no action":
        rig.animation_data_clear()
    elif what == "no number":
        key = compat.action_fcurves(rig.animation_data.action)[2].keyframe_points[4]
        key.co.y = float("nan")
    elif what == "two frames":
        choice = PhysicsChoice(armature=rig, frame_range=(4, 5))
    elif what == "backwards":
        choice = PhysicsChoice(armature=rig, frame_range=(20, 4))
    elif what == "hours":
        choice = PhysicsChoice(armature=rig, frame_range=(1, 90_000))
    elif what == "mass 0":
        choice = PhysicsChoice(armature=rig, settings=PhysicsSettings(mass_kg=0.0))
    elif what == "no such body":
        choice = PhysicsChoice(armature=rig, pushes=(PushChoice(3, "tail", (1.0, 0.0, 0.0)),))
    elif what == "no direction":
        choice = PhysicsChoice(armature=rig, pushes=(PushChoice(3, "head", (0.0, 0.0, 0.0)),))
    elif what == "own mesh":
        skin = make_box("Skin")
        skin.parent = rig
        choice = PhysicsChoice(armature=rig, ground=skin)
    elif what == "no ground":
        choice = PhysicsChoice(armature=rig, ground=make_box("Far", 1.0, (99.0, 0.0, 0.0)))
    elif what == "obstacle nowhere":
        box = make_box("Box")
        box.location.x = float("nan")
        choice = PhysicsChoice(armature=rig, obstacles=(box,))
    return rig, choice


@pytest.mark.parametrize(
    ("what", "error", "said"),
    [
        ("no action", SettingsError, "nothing animates 'Rig'.*Assign an action"),
        ("no number", ClipError, "is no number.*Delete the key"),
        ("two frames", SettingsError, "at least 3 frames"),
        ("backwards", SettingsError, "from frame 20 to 4"),
        ("hours", SettingsError, "50 minutes"),
        ("mass 0", SettingsError, "mass_kg must be"),
        ("no such body", SettingsError, "push 1 is on 'tail'"),
        ("no direction", SettingsError, "push 1 has no direction"),
        ("own mesh", InputError, "no mesh to walk on but the character's own"),
        ("no ground", InputError, "no ground under the character"),
        ("obstacle nowhere", PhysicsError, "'Box' has a location, rotation or scale"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_changed(scene, what, error, said):
    rig, choice = broken(what)
    with pytest.raises(error, match=said):
        physics_scene.read(bpy.context, choice)
    data = rig.animation_data
    assert data is None or (not data.nla_tracks and data.action.name == "Own")


def test_a_motion_that_ends_early_is_written_as_far_as_it_goes(scene):
    rig = animated()
    job = physics_scene.read(bpy.context, PhysicsChoice(armature=rig))
    motion = job.run(pipeline=Shifter(ends_at=31)).result
    written = physics_scene.write(bpy.context, job, motion)
    assert (written.first_frame, written.last_frame) == (1, 16)


def test_few_keys_stay_near_what_was_simulated(scene):
    rig = animated()
    from blender_addon.blender.keys.density import KeyDensity
    from blender_addon.capabilities.physics.choice import DEFAULT_STRIP

    options = ResultOptions(**{**vars(DEFAULT_STRIP), "density": KeyDensity.REDUCED})
    _, _, written = simulate(PhysicsChoice(armature=rig, result=options))
    assert written.keys.describe()
    assert written.feet_off_cm < 1.0
    assert options.turn_bound_rad == pytest.approx(radians(0.5))
