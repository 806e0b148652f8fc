"""The gaze demo: two characters, their voices, charts, and the four files."""

from __future__ import annotations

import json

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Vector  # noqa: E402

from backend.demos import __main__ as demo  # noqa: E402
from backend.demos import chart as demo_chart  # noqa: E402
from backend.demos import conversation as demo_conversation  # noqa: E402
from backend.demos import film  # noqa: E402
from backend.demos import gaze as demo_gaze  # noqa: E402
from backend.demos.cast import add_actor, eyes_of  # noqa: E402
from backend.demos.pixels import compose_sheet, take_pixels  # noqa: E402
from backend.demos.stance import write_stance  # noqa: E402
from blender_addon.blender.compat import fcurves_of  # noqa: E402
from blender_addon.blender.keys.layers import layers_of  # noqa: E402
from blender_addon.core.errors import ModelError  # noqa: E402
from blender_addon.core.inference.choice import ModelChoice  # noqa: E402
from blender_addon.core.inference.model_list import find_model  # noqa: E402
from blender_addon.core.sound.waveform import WavSound  # noqa: E402

pytestmark = pytest.mark.blender


def test_two_people_stand_face_to_face_with_their_voices(scene):
    talk = demo_conversation.build_conversation(bpy.context)
    assert scene.frame_end == talk.frame_count
    longest = max(WavSound(path).duration_s for path in talk.voices)
    assert longest * demo_conversation.FRAME_RATE < talk.frame_count
    scene.frame_set(talk.frame_count // 2)
    eyes = [eyes_of(character) for character in talk.characters]
    ahead = [
        np.array(f.matrix_world.to_3x3() @ f.pose.bones["eye.L"].vector) for f in talk.characters
    ]
    apart = eyes[1] - eyes[0]
    for direction, way in ((ahead[0], apart), (ahead[1], -apart)):
        cosine = direction @ way / np.linalg.norm(direction) / np.linalg.norm(way)
        assert cosine > np.cos(np.radians(30))
    assert abs(apart[2]) > 0.15, "they differ in height"
    for camera, place in zip(talk.cameras[1:], eyes, strict=True):
        x, y, _ = world_to_camera_view(scene, camera, Vector(place))
        assert 0.3 < x < 0.7 and 0.4 < y < 0.75, "each face is in its camera's picture"
    for place in eyes:
        x, y, _ = world_to_camera_view(scene, talk.cameras[0], Vector(place))
        assert 0.05 < x < 0.95 and 0.3 < y < 0.9, "and both in that of both"
    chests = [f.pose.bones["spine.003"].head.z for f in talk.characters]
    assert talk.cup.location.z < min(chests), "nobody looks at the cup from below"


def test_a_stance_keeps_feet_still_and_arms_down(scene):
    character = add_actor(bpy.context, "Ann")
    write_stance(bpy.context, character, (1.0, 2.0), 0.5, np.linspace(0, 1, 48), seed=3)
    assert len(fcurves_of(character)) > 50
    feet, hands = [], []
    for frame in (1, 20, 48):
        scene.frame_set(frame)
        feet.append(np.array(character.matrix_world @ character.pose.bones["toe.L"].head))
        hands.append(np.array(character.matrix_world @ character.pose.bones["hand.L"].head))
    assert np.ptp(feet, axis=0).max() < 1e-4
    assert np.linalg.norm(np.mean(feet, axis=0)[:2] - (1.0, 2.0)) < 0.3
    assert hands[0][2] < 1.1, "arms hang"
    assert hands[-1][2] > hands[0][2] + 0.02, "and rise with the voice"


def test_a_chart_shows_its_curve(scene, tmp_path):
    times = np.linspace(0.0, 4.0, 200)
    row = demo_chart.Row("label", 0.0, 1.0, [demo_chart.Curve(times, times / 4.0)])
    before = set(bpy.data.scenes)
    demo_chart.render_chart([row], 4.0, (400, 120), tmp_path / "chart.png")
    assert set(bpy.data.scenes) == before
    pixels = take_pixels(tmp_path / "chart.png")
    assert pixels.shape == (120, 400, 4) and not (tmp_path / "chart.png").exists()
    dark = pixels[..., :3].max(axis=-1) < 0.6
    heights = [np.flatnonzero(dark[30:, column]).mean() for column in (160, 240, 340)]
    assert heights == sorted(heights) and heights[2] > heights[0] + 10


def test_stills_lie_above_what_is_below_in_reading_order(scene):
    stills = [np.full((2, 8, 4), n, np.float32) for n in range(4)]
    sheet = compose_sheet(stills, 2, np.full((3, 16, 4), 9, np.float32))
    assert sheet[0, 0, 0] == 9 and sheet[-1, 0, 0] == 0 and sheet[-1, -1, 0] == 1
    assert sheet[8, 0, 0] == 2 and sheet[8, -1, 0] == 3
    short = compose_sheet(stills[:3], 2, np.full((3, 16, 4), 9, np.float32))
    assert short[8, 0, 0] == 2 and short[8, -1, 0] == 1.0


@pytest.mark.slow
def test_the_demo_makes_its_four_files(scene, tmp_path, monkeypatch):
    try:
        for name in ("gaze_behaviour", "gaze_eye_head"):
            find_model(name, ModelChoice())
    except ModelError as error:
        pytest.skip(str(error))
    whole_film = film.render_film

    def short_film(scene, out, **kinds):
        scene.frame_end, scene.render.resolution_percentage = 6, 25
        whole_film(scene, out, **kinds)
        scene.render.resolution_percentage = 100

    monkeypatch.setattr(demo_gaze, "render_film", short_film)
    assert demo.main(["gaze", "--out", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == set(demo_gaze.FILES)
    report = json.loads((tmp_path / "gaze.json").read_text(encoding="utf-8"))
    for measured in report["characters"].values():
        assert 0.2 < measured["partner_share"] < 1.0
        assert 40 < measured["fixations_per_minute"] < 260
        assert measured["speaking"] > 0.1 and measured["listening"] > 0.1
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "gaze.blend"))
    for name in demo_conversation.NAMES:
        character = bpy.data.objects[name]
        assert character.animation_data.action.name.endswith("Stance")
        assert len(layers_of(character, "gaze")) == 1
    assert all(sound.packed_file for sound in bpy.data.sounds)
