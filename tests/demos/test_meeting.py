"""The short film: what the two do in it, what its cameras see, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

Image = pytest.importorskip("PIL.Image")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Vector  # noqa: E402

from backend.demos import frames as demo_frames  # noqa: E402
from backend.demos import meeting as demo_meeting  # noqa: E402
from backend.demos.cast import eyes_of  # noqa: E402
from backend.demos.conversation import SOUNDS  # noqa: E402
from backend.demos.film_keys import KeysOverlay  # noqa: E402
from backend.demos.meeting_story import FRAMES, HE, SHE, VOICES  # noqa: E402
from backend.demos.room import furniture as room  # noqa: E402
from backend.demos.room.cameras import SHOTS  # noqa: E402
from blender_addon.core.errors import ModelError  # noqa: E402
from blender_addon.core.inference.choice import ModelChoice  # noqa: E402
from blender_addon.core.inference.model_list import find_model  # noqa: E402
from blender_addon.core.sound.voice_activity import detect_voice  # noqa: E402
from blender_addon.core.sound.waveform import WavSound  # noqa: E402

pytestmark = pytest.mark.blender

_TASKS = ("locomotion", "speech_encoder", "speech_face", "gaze_behaviour", "gaze_eye_head")


@pytest.fixture(scope="module")
def story():
    try:
        for task in _TASKS:
            find_model(task, ModelChoice())
    except ModelError as error:
        pytest.skip(str(error))
    yield demo_meeting.make_scene(bpy.context, ModelChoice())
    bpy.ops.wm.read_factory_settings(use_empty=True)


def _take(frame):
    demo_frames.take_camera(bpy.context.scene, frame)
    return bpy.context.scene


def _bone(armature, name):
    return np.array(armature.matrix_world @ armature.pose.bones[name].head)


def test_she_comes_down_both_steps_and_stands_before_him(story):
    she = story.people[SHE]
    heights = []
    for frame in (1, *range(20, 70, 7), 140):
        _take(frame)
        heights.append(min(_bone(she, f"toe.{side}")[2] for side in "LR"))
    assert heights[0] > room.HALL_M and heights[-1] < 0.1
    assert np.ptp([_bone(p, "spine")[:2] for p in story.people.values()], axis=0).max() > 0.8
    report = demo_meeting.measure(story)
    assert report["path_completed"] and report["path_deviation_mean_m"] < 0.06
    assert report["slip_cm_s"] < 12 and report["penetration_max_cm"] < 2.5


def test_she_fits_through_the_door_and_they_do_not_touch(story):
    she, he = story.people[SHE], story.people[HE]
    left, right = room.DOOR_X - 0.51, room.DOOR_X + 0.51
    inside = 0
    for frame in range(1, FRAMES, 4):
        _take(frame)
        hers = [_bone(she, f"{name}.{side}") for name in ("hand", "forearm") for side in "LR"]
        for x, y, _ in hers:
            if 2.35 < y < 2.6:
                inside += 1
                assert left + 0.04 < x < right - 0.04
        his = [_bone(he, f"{name}.{side}") for name in ("hand", "foot") for side in "LR"]
        hers += [_bone(she, f"foot.{side}") for side in "LR"]
        assert min(np.linalg.norm(a - b) for a in hers for b in his) > 0.2
    assert inside > 3, "frames lie in which she is in the doorway"


def test_eyes_meet_while_they_talk(story):
    met = []
    for frame in range(SHOTS[2].first, FRAMES, 5):
        _take(frame)
        for own, other in ((SHE, HE), (HE, SHE)):
            looks = story.people[own]
            way = eyes_of(story.people[other]) - eyes_of(looks)
            ahead = np.zeros(3)
            for side in "LR":
                eye = looks.pose.bones[f"eye.{side}"]
                turned = eye.matrix.to_3x3() @ eye.bone.matrix_local.to_3x3().inverted()
                ahead += np.array(looks.matrix_world.to_3x3() @ turned @ Vector((0, -1, 0)))
            cosine = ahead @ way / np.linalg.norm(ahead) / np.linalg.norm(way)
            met.append(cosine > np.cos(np.radians(8)))
    assert np.mean(met) > 0.75


@pytest.mark.parametrize("name", [SHE, HE])
def test_a_mouth_moves_with_its_own_voice(story, name):
    file, first = VOICES[name]
    clip = story.outcomes[f"{name} speaks"].result.result.clip
    jaw = clip.weights[:, clip.channels.index("jawOpen")]
    sound = WavSound(SOUNDS / file)
    voice = detect_voice(sound)
    at = np.arange(FRAMES)
    speaking = np.interp(
        (at - first) / 24, np.arange(len(voice.speaking)) / voice.rate_hz, voice.speaking, 0, 0
    )
    assert 30 < (speaking > 0.5).sum() < 120
    assert jaw[speaking > 0.5].mean() > 3 * jaw[: first - 24].mean()
    assert jaw.max() > 0.2


def test_blinks_come_and_no_face_is_still(story):
    for gaze in story.outcomes["gaze"].result.characters:
        assert 1 <= len(gaze.result.blink_times_s) <= 9


def test_cameras_stay_in_the_room_and_see_people_large(story):
    for shot in SHOTS:
        sizes = []
        for frame in (shot.first, (shot.first + shot.last) // 2, shot.last):
            scene = _take(frame)
            assert scene.camera.data.name == shot.name
            x, y, z = scene.camera.matrix_world.translation
            assert -2.6 < x < 3.0 and -4.9 < y < 2.3 and 0.3 < z < 2.5
            who = story.people[HE if shot.name == "On Him" else SHE]
            top = eyes_of(who) + np.array([0.0, 0.0, 0.1])
            foot = top * [1, 1, 0] + [0, 0, min(_bone(who, f"toe.{s}")[2] for s in "LR")]
            (across, high, depth), low = (
                world_to_camera_view(scene, scene.camera, Vector(p)) for p in (top, foot)
            )
            sizes.append(high - low[1])
            assert 0.15 < across < 0.85 and 0.5 < high < 1.0 and depth > 0.5
        assert min(sizes) > 0.5


def test_two_different_people_with_keys_and_packed_voices(story, tmp_path):
    _take(FRAMES)
    heights = [eyes_of(story.people[name])[2] for name in (SHE, HE)]
    assert heights[1] - heights[0] > 0.08
    demo_meeting.save_scene(tmp_path / "meeting.blend")
    assert (tmp_path / "meeting.blend").stat().st_size > 100_000
    assert all(sound.packed_file for sound in bpy.data.sounds)


def test_a_fingerprint_tells_scenes_apart(story):
    scene, quality = _take(1), demo_frames.Quality(64, 36, 1)
    before = demo_frames.fingerprint(scene, quality)
    assert demo_frames.fingerprint(scene, quality) == before
    assert demo_frames.fingerprint(scene, demo_frames.Quality(64, 36, 2)) != before
    lamp = scene.objects["Key"].data
    lamp.energy += 1.0
    assert demo_frames.fingerprint(scene, quality) != before
    lamp.energy -= 1.0
    assert demo_frames.fingerprint(scene, quality) == before
    gaze = demo_frames.action_fcurves(bpy.data.actions[f"{HE} Gaze"])[0].keyframe_points[9]
    gaze.co.y += 0.1
    assert demo_frames.fingerprint(scene, quality) != before
    gaze.co.y -= 0.1


def test_bones_path_looks_and_keys_are_drawn_over_a_frame(story):
    overlay = KeysOverlay(bpy.context.scene, story, (256, 144))
    grey = Image.new("RGB", (64, 36), (90, 90, 90))
    drawn = {}
    for frame in (60, 128):
        _take(frame)
        drawn[frame] = np.asarray(overlay.draw(grey, frame)).astype(int)
    assert drawn[60].shape == (144, 256, 3)
    picture, rows = drawn[60][:108, :192], drawn[60][108:]
    red, _, blue = np.moveaxis(picture, -1, 0)
    assert ((red > 120) & (red > 1.4 * blue)).sum() > 40, "her bones and the path"
    assert np.abs(drawn[128][:108, :192] - picture).max() > 60
    playheads = [np.argmax(d[108:, 40:, 2].sum(axis=0) - d[108:, 40:, 0].sum(axis=0))
                 for d in drawn.values()]  # fmt: skip
    assert playheads[0] < playheads[1]
    assert rows.std() > 10


def test_the_demo_makes_its_four_files(story, tmp_path, monkeypatch):
    whole_film = demo_meeting.render_film

    def short_film(scene, out, **kinds):
        scene.frame_end, scene.render.resolution_percentage = 4, 25
        whole_film(scene, out, **kinds)
        scene.frame_end, scene.render.resolution_percentage = FRAMES, 100

    monkeypatch.setattr(demo_meeting, "render_film", short_film)
    monkeypatch.setattr(demo_meeting, "make_scene", lambda *_: story)  # it is made already
    _take(1)
    report = demo_meeting.run(tmp_path)  # leaves hulls in the scene: the last of these tests
    assert {file.name for file in tmp_path.iterdir()} == set(demo_meeting.FILES)
    assert report["frames"] == FRAMES and report["provider"] == "CPU"
    for measured in report["characters"].values():
        assert measured["partner_share"] > 0.7 and measured["largest_jaw_open"] > 0.2
    assert bpy.data.movieclips.load(str(tmp_path / "meeting.mp4")).frame_duration == 4
    image = bpy.data.images.load(str(tmp_path / "meeting.png"))
    assert image.size[0] == 1200 and np.std(image.pixels[:40000]) > 0.05
