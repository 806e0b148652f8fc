"""The speech demo: moments of the mouth, and the four files."""

from __future__ import annotations

import json

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from backend.demos import __main__ as demo  # noqa: E402
from backend.demos import film  # noqa: E402
from backend.demos import speech as demo_speech  # noqa: E402
from blender_addon.core.errors import InputError, ModelError  # noqa: E402
from blender_addon.core.face.clip import FaceClip  # noqa: E402
from blender_addon.core.inference.choice import ModelChoice  # noqa: E402
from blender_addon.core.inference.model_list import find_model  # noqa: E402

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


def test_shadows_of_a_head_with_shape_keys_come_from_a_skull_inside_it(scene):
    from blender_addon.demo_character.builder import add_demo_character

    character = add_demo_character(bpy.context)
    head = next(thing for thing in character.children if thing.name.endswith("Head"))
    before = set(bpy.data.objects)
    film.coarsen_shadows(scene)
    twin = next(o for o in set(bpy.data.objects) - before if o.name.startswith(head.name))
    outer = np.array([v.co for v in head.data.vertices])
    inner = np.array([v.co for v in twin.data.vertices])
    assert (inner.min(axis=0) > outer.min(axis=0)).all()
    assert (inner.max(axis=0) < outer.max(axis=0)).all()
    mouth = [v.co for v in head.data.vertices if v.co.y < np.quantile(outer[:, 1], 0.02)]
    assert min(co.y for co in mouth) < inner[:, 1].min() - 0.005


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
    head = next(o for o in bpy.data.objects if o.name.endswith("Head"))
    assert head.data.shape_keys.animation_data.nla_tracks
