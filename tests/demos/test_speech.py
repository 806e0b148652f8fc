"""The speech demo: moments of the mouth, three faces, and the four files."""

from __future__ import annotations

import json

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402

from backend.demos import __main__ as demo  # noqa: E402
from backend.demos import film, moments, speakers  # noqa: E402
from backend.demos import speech as demo_speech  # noqa: E402
from blender_addon.core.errors import InputError, ModelError  # noqa: E402
from blender_addon.core.face.clip import FaceClip  # noqa: E402
from blender_addon.core.face.maps import find_face_channels  # noqa: E402
from blender_addon.core.inference.choice import ModelChoice  # noqa: E402
from blender_addon.core.inference.model_list import find_model  # noqa: E402
from blender_addon.demo_character.portrait import find_head  # noqa: E402

pytestmark = pytest.mark.blender
OWN = demo_speech.SOUNDS / demo_speech.SENTENCES


def test_moments_are_found_where_the_mouth_is_open_round_and_shut():
    times = np.arange(240)
    weights = np.zeros((240, 4), np.float32)
    weights[:, 0] = 0.3
    for n, kind in ((20, 0), (60, 1), (100, 2)):
        for again in range(4):
            bump = np.exp(-0.5 * ((times - n - 10 * again) / 2.0) ** 2)
            weights[:, kind] += 0.5 * bump
    channels = ("jawOpen", "mouthPucker", "mouthClose", "mouthPressLeft")
    found = moments.find_moments(FaceClip(channels, 30.0, weights), 12)
    assert [frame for _, frame in found] == sorted(frame for _, frame in found)
    kinds = {kind: [f for k, f in found if k == kind] for kind in ("open", "round", "shut")}
    for kind, first in (("open", 20), ("round", 60), ("shut", 100)):
        assert np.abs(np.array(kinds[kind]) - first - 10 * np.arange(4)).max() <= 1


def test_moments_are_read_from_phones(tmp_path):
    lines = ["start_s,end_s,phone,word"]
    for n, phone in enumerate(("SIL", "M", "AA", "UW", "P", "K", "AE", "OW")):
        lines.append(f"{n},{n + 0.5},{phone},word{n}")
    path = tmp_path / "phones.csv"
    path.write_text("\n".join(lines))
    found = moments.read_moments(path, 30.0, 12)
    assert {label for label, _ in found} == {
        "M in word1", "P in word4", "AA in word2", "AE in word6", "UW in word3", "OW in word7",
    }  # fmt: skip
    assert dict(found)["P in word4"] == round(4.25 * 30.0)
    assert moments.read_moments(path, 30.0, 0) == found
    assert len(moments.read_moments(path, 30.0, 3)) == 3
    path.write_text("\n".join(lines[:3]))
    with pytest.raises(InputError, match="no open phone"):
        moments.read_moments(path, 30.0, 12)
    path.write_text("a,b\n1,2")
    with pytest.raises(InputError, match="start_s, end_s, phone"):
        moments.read_moments(path, 30.0, 12)


def test_the_own_sentences_show_every_kind_of_lips():
    found = moments.read_moments(OWN.with_suffix(".csv"), 30.0, 0)
    phones = [label.split()[0] for label, _ in found]
    assert sum(phone in ("P", "B", "M") for phone in phones) >= 10
    assert sum(phone in ("UW", "OW", "UH", "W") for phone in phones) >= 7
    assert {"puppy", "piano", "warm", "room"} <= {label.split()[-1] for label, _ in found}


def test_three_heads_are_in_the_picture_each_with_shapes_of_its_own(scene):
    film.use_workbench(scene, *demo_speech.FILM_SIZE, close_up=True)
    arkit, vrm, visemes = speakers.build_speakers(bpy.context, OWN)
    for frame in (1, 60, 150, scene.frame_end):
        scene.frame_set(frame)
        for each in (arkit, vrm, visemes):
            head = find_head(each.armature)
            bone = each.armature.pose.bones[head.bone]
            moved = each.armature.matrix_world @ bone.matrix @ bone.bone.matrix_local.inverted()
            for corner in (head.low, head.high):
                x, y, depth = world_to_camera_view(scene, scene.camera, moved @ corner)
                assert 0.02 < x < 0.98 and 0.05 < y < 0.97 and depth > 0.5
    families = [find_face_channels(_shapes(each)).family for each in (arkit, vrm, visemes)]
    assert families == ["ARKit", "VRM", "Oculus visemes"]
    _assert_jaw_opens(vrm, "A")
    _assert_jaw_opens(visemes, "viseme_aa")


def _shapes(speaker):
    keys = bpy.data.objects[f"{speaker.name} Head"].data.shape_keys
    return [key.name for key in keys.key_blocks[1:]]


def _assert_jaw_opens(speaker, shape):
    """The lower teeth go down with a vowel, the upper ones stay."""
    moved = np.zeros(0)
    for thing in speaker.armature.children:
        keys = thing.data.shape_keys if thing.type == "MESH" else None
        if keys is not None and shape in keys.key_blocks and not thing.name.endswith("Head"):
            places = np.empty((2, 3 * len(thing.data.vertices)), np.float32)
            keys.key_blocks[0].data.foreach_get("co", places[0])
            keys.key_blocks[shape].data.foreach_get("co", places[1])
            moved = np.append(moved, (places[1] - places[0])[2::3])
    assert moved.min() < -0.004 and (np.abs(moved) < 1e-4).any()


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
    assert any(label.startswith("B in") for label in report["moments"].values())
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "speech.blend"))
    assert all(sound.packed_file for sound in bpy.data.sounds)
    assert list(report["characters"]) == ["ARKit", "VRM", "Visemes"]
    for name, moving in report["characters"].items():
        assert moving > 4
        keys = bpy.data.objects[f"{name} Head"].data.shape_keys
        assert keys.animation_data.nla_tracks
