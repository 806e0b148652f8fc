"""From a film in the scene to keys on a rig: frames, place, camera, ways of writing."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.compat import fcurves_of  # noqa: E402
from blender_addon.blender.film.choice import FilmChoice  # noqa: E402
from blender_addon.blender.keys.options import ResultKind, ResultOptions  # noqa: E402
from blender_addon.capabilities.video import scene as video_scene  # noqa: E402
from blender_addon.capabilities.video.choice import (  # noqa: E402
    At,
    PersonPick,
    PinPlace,
    VideoChoice,
)
from blender_addon.capabilities.video.scene_camera import read_camera  # noqa: E402
from blender_addon.capabilities.video.told import describe, told_of  # noqa: E402
from blender_addon.core.errors import InputError  # noqa: E402
from blender_addon.core.video.settings import CameraKind  # noqa: E402
from tests.shared.blender.builders import bone_heads, make_rig  # noqa: E402
from tests.video.film.made_films import write_images  # noqa: E402
from tests.video.scene.watching import Watcher  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture
def rig(scene):
    scene.render.fps = 24
    return make_rig(root_bone=True)


@pytest.fixture
def images(tmp_path):
    return str(write_images(tmp_path / "shots", range(24), (64, 48)))


def choice(rig, images, **more):
    from blender_addon.blender.film.choice import FilmSource

    film = more.pop("film", {})
    chosen = FilmChoice(FilmSource.SEQUENCE, path=images, **film)
    return VideoChoice(armature=rig, film=chosen, **more)


def made(chosen, options=None, watcher=None):
    job = video_scene.read(bpy.context, chosen)
    motion = job.run(pipeline=watcher or Watcher()).result
    return job, motion, video_scene.write(bpy.context, job, motion, options)


def camera_object():
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    camera.location, camera.rotation_euler = (0.0, -5.0, 1.4), (np.radians(85.0), 0.0, 0.0)
    camera.data.lens = 50.4
    bpy.context.view_layer.update()
    return camera


def test_each_picture_is_keyed_where_it_is_shown(rig, images):
    watcher = Watcher()
    film = {"start_frame": 11, "sequence_rate_hz": 12.0}
    job, motion, written = made(choice(rig, images, film=film), watcher=watcher)
    assert (written.first_frame, written.last_frame) == (11, 57)
    assert len(watcher.read) == 24
    np.testing.assert_allclose(job.pictures[:3], [0.0, 0.5, 1.0])
    assert rig.animation_data.action.name == "Rig Video"
    assert tuple(rig.animation_data.action.frame_range) == (11, 57)
    assert motion.clip.frame_count == 47 and motion.clip.frame_rate_hz == 24.0


def test_a_part_is_asked_for_in_frames_of_the_scene(rig, images):
    watcher = Watcher()
    film = {"start_frame": 1, "frame_range": (5, 16)}
    job, _, written = made(choice(rig, images, film=film), watcher=watcher)
    assert (job.track.first, job.track.last, len(watcher.read)) == (4, 15, 12)
    assert (written.first_frame, written.last_frame) == (5, 16)


def test_it_begins_where_the_character_stands_and_looks(rig, images):
    rig.location, rig.rotation_euler = (3.0, -2.0, 0.0), (0.0, 0.0, np.radians(90.0))
    bpy.context.view_layer.update()
    before = bone_heads(rig, ["Hips"])[0]
    _, _, written = made(choice(rig, images))
    bpy.context.scene.frame_set(written.first_frame)
    after = bone_heads(rig, ["Hips"])[0]
    np.testing.assert_allclose(after[:2], before[:2], atol=0.03)
    left, right = bone_heads(rig, ["LeftUpLeg", "RightUpLeg"])
    across = (left - right) / np.linalg.norm(left - right)
    np.testing.assert_allclose(across[:2], [0.0, 1.0], atol=0.15)  # the rest pose's, turned by 90°


def test_before_a_camera_of_the_scene_it_is_where_the_picture_shows_it(rig, images):
    camera = camera_object()
    chosen = choice(rig, images, camera_kind=CameraKind.SCENE, at=At.CAMERA, scene_camera=camera)
    job, motion, _ = made(chosen)
    known = job.fit.camera.known
    shown = known.project(motion.joints_m)
    seen = motion.result.fitted.points_px
    assert np.nanmedian(np.linalg.norm(shown - seen, axis=-1)) < 0.03 * 64
    heads = bone_heads(rig, ["LeftFoot", "RightFoot"])
    assert np.abs(heads[:, 0]).max() < 1.0


def test_a_camera_looks_where_blender_renders(scene):
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    camera = camera_object()
    scene.render.resolution_x, scene.render.resolution_y = 640, 480
    camera.keyframe_insert("location", frame=1)
    camera.location.x = 2.0
    camera.keyframe_insert("location", frame=3)
    for curve in fcurves_of(camera):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    known, told = read_camera(bpy.context, camera, np.array([1.0, 1.5, 3.0]), (640, 480))
    assert told == ()
    place = np.array([0.3, 1.0, 0.9])  # Blender's axes
    core = np.array([place[0], place[2], -place[1]])
    points = known.project(np.broadcast_to(core, (3, 1, 3)))[:, 0]
    for row, frame in ((0, 1.0), (1, 1.5), (2, 3.0)):
        scene.frame_set(int(frame), subframe=frame % 1)
        x, y, _ = world_to_camera_view(scene, camera, Vector(place))
        np.testing.assert_allclose(points[row], [640 * x, 480 * (1.0 - y)], atol=0.05)


@pytest.mark.parametrize("kind", ["none", "ORTHO"])
def test_a_camera_that_could_not_have_taken_the_film_is_told(rig, images, kind):
    camera = camera_object() if kind == "ORTHO" else None
    if camera is not None:
        camera.data.type = kind
    with pytest.raises(InputError, match=r"no camera that could|a film is taken in perspective"):
        video_scene.read(
            bpy.context,
            choice(rig, images, camera_kind=CameraKind.SCENE, scene_camera=camera),
        )


def test_it_becomes_a_strip_with_empties_if_that_is_wished(rig, images):
    options = ResultOptions(kind=ResultKind.STRIP)
    _, motion, written = made(choice(rig, images, empties=True), options)
    assert rig.animation_data.action is None
    (strip,) = [each for track in rig.animation_data.nla_tracks for each in track.strips]
    assert (strip.frame_start, strip.frame_end) == (1, 24)
    empties = bpy.data.collections[written.collection_name].objects
    assert len(empties) == 14
    bpy.context.scene.frame_set(10)
    found = np.array(bpy.data.objects["Rig LeftHand"].matrix_world.translation)
    x, y, z = motion.joints_m[9, 10]
    np.testing.assert_allclose(found, [x, -z, y], atol=1e-4)


def test_a_new_result_takes_the_place_of_one_that_nobody_touched(rig, images):
    made(choice(rig, images))
    _, _, written = made(choice(rig, images))
    assert [each.name for each in bpy.data.actions] == [written.action_name]


def test_person_and_pins_are_told_in_pixels_of_the_pictures(rig, images):
    pins = (PinPlace(3, 10, 0.25, 0.5), PinPlace(20, 2, 0.1, 0.1))
    chosen = choice(
        rig, images, person=PersonPick(0, 0.5, 0.75), pins=pins,
        film={"frame_range": (3, 12)},
    )  # fmt: skip
    job = video_scene.read(bpy.context, chosen)
    assert (job.track.person.frame, job.track.person.point_px) == (2, (32.0, 36.0))
    assert [(pin.frame, pin.point_px) for pin in job.fit.pins] == [(3, (16.0, 24.0))]


def test_what_is_told_counts_pictures_and_errors(rig, tmp_path):
    first = write_images(tmp_path, (0, 1, 2, 3, 5, 6, 7, 8), (64, 48))
    watcher = Watcher()
    job, motion, _ = made(choice(rig, str(first)), watcher=watcher)
    assert watcher.read.count(None) == 1
    text = describe(job, motion)
    assert text.startswith("9 of 9 pictures found; 0 guessed, 0 without the person")
    for part in ("mean confidence", "reprojection error", "of the torso", "foot slip", "64 × 48"):
        assert part in text
    assert any("pictures 14 are missing" in each for each in told_of(job, motion))


def test_an_error_while_writing_leaves_nothing(rig, images, monkeypatch):
    from blender_addon.capabilities.video import writing

    def fails(*_given):
        raise InputError("no")

    monkeypatch.setattr(writing, "extend_scene", fails)
    job = video_scene.read(bpy.context, choice(rig, images, empties=True))
    motion = job.run(pipeline=Watcher()).result
    with pytest.raises(InputError):
        video_scene.write(bpy.context, job, motion)
    assert not bpy.data.actions
    assert not [each for each in bpy.data.objects if each.type == "EMPTY"]
    assert not [each for each in bpy.data.collections if "Joints" in each.name]


@pytest.mark.parametrize("size", [0.1, 20.0])
def test_a_character_of_another_size_moves_as_a_person_does(scene, images, size):
    rig = make_rig(root_bone=True)
    _, person, _ = made(choice(rig, images))
    rig.animation_data_clear()
    rig.scale = (size,) * 3
    bpy.context.view_layer.update()
    _, other, _ = made(choice(rig, images))
    assert other.scale == pytest.approx(size * person.scale, rel=1e-3)
    np.testing.assert_allclose(
        other.clip.root_positions / size, person.clip.root_positions, atol=0.01
    )


def keyed_fingers(rig):
    bones = {c.data_path.split('"')[1] for c in fcurves_of(rig) if '"' in c.data_path}
    return {bone for bone in bones if "Thumb" in bone or "Index" in bone}


def test_fingers_hang_loose_unless_somebody_animates_them(scene, images):
    from tests.walk.figure.test_walking_fingers import INDEX, make_fingered

    rig = make_fingered()
    _, _, written = made(choice(rig, images))
    assert len(keyed_fingers(rig)) == 12
    assert written.notes == ()
    made(choice(rig, images))  # again: what it keyed before is its own
    assert len(keyed_fingers(rig)) == 12
    made(choice(rig, images, fingers=False))
    assert not keyed_fingers(rig)
    rig.animation_data_clear()
    rig.pose.bones[INDEX[1]].keyframe_insert("rotation_quaternion", frame=1)
    _, _, written = made(choice(rig, images))
    assert {bone[-2] for bone in keyed_fingers(rig)} == {"R"}
    assert any("left hand are left to the action" in note for note in written.notes)
