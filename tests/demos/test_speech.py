"""The speech demo: moments of the mouth, and the four files."""

from __future__ import annotations

import json

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402

from backend.demos import __main__ as demo  # noqa: E402
from backend.demos import film, speakers  # noqa: E402
from backend.demos import speech as demo_speech  # noqa: E402
from blender_addon.core.errors import InputError, ModelError  # noqa: E402
from blender_addon.core.face.clip import FaceClip  # noqa: E402
from blender_addon.core.inference.choice import ModelChoice  # noqa: E402
from blender_addon.core.inference.model_list import find_model  # noqa: E402
from blender_addon.demo_character.portrait import find_head  # noqa: E402

pytestmark = pytest.mark.blender


def test_moments_are_found_where_the_mouth_is_open_round_and_shut():
    times = np.arange(240)
    weights = np.zeros((240, 4), np.float32)
    weights[:, 0] = 0.3
    for n, kind in ((20, 0), (60, 1), (100, 2)):
        for again in range(4):
            bump = np.exp(-0.5 * ((times - n - 10 * again) / 2.0) ** 2)
            weights[:, kind] += 0.5 * bump
    channels = ("jawOpen", "mouthPucker", "mouthClose", "mouthPressLeft")
    moments = demo_speech.find_moments(FaceClip(channels, 30.0, weights))
    assert [frame for _, frame in moments] == sorted(frame for _, frame in moments)
    kinds = {kind: [f for k, f in moments if k == kind] for kind in ("open", "round", "shut")}
    for kind, first in (("open", 20), ("round", 60), ("shut", 100)):
        assert np.abs(np.array(kinds[kind]) - first - 10 * np.arange(4)).max() <= 1


def test_moments_are_read_from_phones(tmp_path):
    lines = ["start_s,end_s,phone,word"]
    for n, phone in enumerate(("SIL", "M", "AA", "UW", "P", "K", "AE", "OW")):
        lines.append(f"{n},{n + 0.5},{phone},word{n}")
    path = tmp_path / "phones.csv"
    path.write_text("\n".join(lines))
    moments = demo_speech.read_moments(path)
    assert {label for label, _ in moments} == {
        "M in word1", "P in word4", "AA in word2", "AE in word6", "UW in word3", "OW in word7",
    }  # fmt: skip
    assert dict(moments)["P in word4"] == round(4.25 * demo_speech.FRAME_RATE)
    path.write_text("\n".join(lines[:3]))
    with pytest.raises(InputError, match="no open phone"):
        demo_speech.read_moments(path)
    path.write_text("a,b\n1,2")
    with pytest.raises(InputError, match="start_s, end_s, phone"):
        demo_speech.read_moments(path)


def test_both_heads_are_in_the_picture_and_who_has_no_voice_keeps_quiet(scene, tmp_path):
    film.use_workbench(scene, *demo_speech.FILM_SIZE, close_up=True)
    voice = demo_speech.SOUNDS / demo_speech.LINES[1]
    speaker, listener = speakers.build_speakers(bpy.context, [voice])
    assert speaker.voice == voice and listener.voice is None
    hands = []
    for frame in (1, 60, 150, scene.frame_end):
        scene.frame_set(frame)
        for each in (speaker, listener):
            head = find_head(each.armature)
            bone = each.armature.pose.bones[head.bone]
            moved = each.armature.matrix_world @ bone.matrix @ bone.bone.matrix_local.inverted()
            for corner in (head.low, head.high):
                x, y, depth = world_to_camera_view(scene, scene.camera, moved @ corner)
                assert 0.02 < x < 0.98 and 0.05 < y < 0.97 and depth > 0.5
        hands.append([e.armature.pose.bones["hand.L"].head.z for e in (speaker, listener)])
    moved, still = np.ptp(hands, axis=0)
    assert still < 0.02 < moved, "the forearms rise with a voice, and only then"


@pytest.mark.slow
def test_the_demo_makes_its_four_files(scene, tmp_path, monkeypatch):
    try:
        find_model("speech_face", ModelChoice())
    except ModelError as error:
        pytest.skip(str(error))
    whole_film = film.render_film

    def short_film(scene, out, **kinds):
        scene.frame_end, scene.render.resolution_percentage = 6, 25
        whole_film(scene, out, **kinds)
        scene.render.resolution_percentage = 100

    monkeypatch.setattr(demo_speech, "render_film", short_film)
    assert demo.main(["speech", "--out", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == set(demo_speech.FILES)
    report = json.loads((tmp_path / "speech.json").read_text(encoding="utf-8"))
    assert report["moving_shapes"] > 12
    assert 0.1 < report["largest_jaw_open"] <= 1.0
    assert set(report["moments"].values()) == {"open", "round", "shut"}
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "speech.blend"))
    assert all(sound.packed_file for sound in bpy.data.sounds)
    assert len(report["characters"]) == 2
    for name, measured in report["characters"].items():
        assert measured["moving_shapes"] >= report["moving_shapes"]
        assert set(measured["moments"].values()) == {"open", "round", "shut"}
        keys = bpy.data.objects[f"{name} Head"].data.shape_keys
        assert keys.animation_data.nla_tracks
