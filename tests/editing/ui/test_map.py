"""The map: read from this file and from folders, kept, laid out, written, clicked, used."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import bpy
import numpy as np
import pytest

from blender_addon.capabilities.editing.motion_map import job as map_job
from blender_addon.capabilities.editing.motion_map import making, operators, shown
from blender_addon.capabilities.editing.motion_map.cache import WindowCache
from blender_addon.capabilities.editing.motion_map.data import (
    ClipPlace,
    FileWindows,
    MotionMap,
    label_of,
)
from blender_addon.capabilities.editing.motion_map.files import write_map
from blender_addon.capabilities.editing.motion_map.job import joined, thinned
from blender_addon.capabilities.editing.motion_map.layout import (
    colours_of,
    frame_in,
    nearest,
    pixels_of,
    unit_square,
)
from blender_addon.core.bvh import write_bvh
from blender_addon.core.errors import ClipError, InputError
from blender_addon.core.inference.choice import ModelChoice
from tests.editing.ui.motions import Amounts, moving_rig, run_map
from tests.shared.blender.snapshot import snapshot
from tests.shared.core.motion_samples import stepping_clip

pytestmark = pytest.mark.blender


@pytest.fixture(autouse=True)
def any_encoder(monkeypatch):
    """The stand-in has no file."""
    monkeypatch.setattr(making, "encoder_key", lambda _models: "stand-in")
    shown.keep_map(None)


@pytest.fixture
def folder(addon, tmp_path) -> Path:
    """A folder with a library of two actions, three motion files, and what is neither."""
    rig = moving_rig("Actor", 72)
    rig.animation_data.action.name = "Walk_01"
    other = rig.animation_data.action.copy()
    other.name = "Sneak"
    bpy.data.actions.new("Empty")
    place = tmp_path / "motions"
    (place / "dance").mkdir(parents=True)
    bpy.data.libraries.write(str(place / "library.blend"), {rig, other}, fake_user=True)
    for name in ("waltz", "tango"):
        write_bvh(place / "dance" / f"{name}.bvh", stepping_clip(90, 30.0))
    (place / "broken.bvh").write_text("HIERARCHY\nROOT", "utf-8")
    (place / "text.blend").write_text("no", "utf-8")
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.armatures, *bpy.data.actions])
    return place


def read(folder, rig=None, kept_in=None):
    reader = making.begin(bpy.context, folder, kept_in, rig=rig)
    parts = list(reader.read_open_file() if folder is None else reader.read_folder(folder))
    assert parts == sorted(parts) and 0 <= parts[0] <= parts[-1] < 1
    return making.job_of(reader, folder, 0, ModelChoice())


def test_a_folder_is_read_with_what_is_in_it_and_nothing_stays(folder):
    before = snapshot()
    made = run_map(read(folder))
    assert snapshot() == before
    assert not bpy.data.libraries and not bpy.data.actions and not bpy.data.armatures
    assert {each.name for each in made.places} == {"Walk_01", "Sneak", "waltz", "tango"}
    assert {each.label for each in made.places} == {"walk", "sneak", "dance"}
    notes = " ".join(made.notes)
    assert "broken.bvh is left out" in notes and "text.blend is left out" in notes
    assert made.points.min() >= 0.0 and made.points.max() <= 1.0
    walk = next(n for n, each in enumerate(made.places) if each.name == "Walk_01")
    windows = np.flatnonzero(made.clip_index == walk)
    assert [made.frame(int(n)) for n in windows] == [1, 25]


def test_what_was_read_is_kept_until_the_file_changes(folder, tmp_path):
    kept_in, encoder = tmp_path / "kept", Amounts()
    first = run_map(read(folder, kept_in=kept_in), encoder)
    count = encoder.seen
    assert count == 4
    again = run_map(read(folder, kept_in=kept_in), encoder)
    assert encoder.seen == count
    assert [each.name for each in again.places] == [each.name for each in first.places]
    np.testing.assert_array_equal(again.points, first.points)
    write_bvh(folder / "dance" / "tango.bvh", stepping_clip(120, 30.0))
    run_map(read(folder, kept_in=kept_in), encoder)
    assert encoder.seen == count + 1


def test_what_is_kept_is_bounded_and_nothing_that_is_broken_is_read(tmp_path):
    places = (ClipPlace("A", "a.blend", 1.0, 24.0, "walk"),)
    latents = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    windows = FileWindows(places, latents, np.zeros(40, np.int64), np.arange(40, dtype=np.float32))
    cache = WindowCache(tmp_path, most_bytes=5000)
    for n in range(9):
        cache.keep(f"key{n}", windows)
        os.utime(tmp_path / f"key{n}.npz", (n, n))
    cache.keep("last", windows)
    found = list(tmp_path.glob("*"))
    assert sum(each.stat().st_size for each in found) <= 5000
    assert cache.find("key0") is None
    kept = cache.find("last")
    assert kept is not None and tuple(kept.places) == places
    np.testing.assert_array_equal(kept.latents, latents)
    (tmp_path / "last.npz").write_bytes(b"PK\x03\x04 and no more")
    assert cache.find("last") is None
    np.savez(tmp_path / "odd.npz", names=np.array(["A"]))
    assert cache.find("odd") is None


def test_actions_of_this_file_are_read_apart_from_the_scene(addon):
    rig = moving_rig("Rig", 72)
    mine = rig.animation_data.action
    other = mine.copy()
    other.name = "Other"
    bpy.data.actions.new("Lamp")
    before = snapshot()
    made = run_map(read(None, rig))
    assert snapshot() == before
    assert {each.name for each in made.places} == {mine.name, "Other"}
    assert all(each.file == "" for each in made.places)


def test_actions_are_read_though_a_track_plays_solo(addon):
    rig = moving_rig("Rig", 72)
    expected = read(None, rig).files[0].clips[0].clip
    track = rig.animation_data.nla_tracks.new()
    track.strips.new("Empty", 1, bpy.data.actions.new("Empty"))
    track.is_solo = True
    found = read(None, rig).files[0].clips[0].clip
    assert np.ptp(expected.rotations_wxyz, axis=0).max() > 0.1
    np.testing.assert_array_equal(found.rotations_wxyz, expected.rotations_wxyz)
    assert track.is_solo


def test_motions_that_a_map_has_no_room_for_are_told(addon, monkeypatch):
    rig = moving_rig("Rig", 120)
    for _ in range(5):
        rig.animation_data.action.copy()
    monkeypatch.setattr(map_job, "MOST_WINDOWS", 4)
    made = run_map(read(None, rig))
    assert len(made.points) == 4
    assert made.notes == ("2 of 6 motions are left out: a map has 4 stretches at most",)


def test_what_cannot_be_a_map_is_said(addon, tmp_path):
    with pytest.raises(InputError, match="no character is chosen"):
        read(None)
    rig = moving_rig("Rig", 40)
    with pytest.raises(InputError, match="only 1 stretches of 2 s, at least 4"):
        run_map(read(None, rig))
    bpy.data.batch_remove([*bpy.data.actions])
    with pytest.raises(InputError, match="none of the 0 actions of this file moves 'Rig'"):
        read(None, rig)
    with pytest.raises(InputError, match=r"holds no \.blend and no \.bvh"):
        read(tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        read(tmp_path / "gone")


def sample(count: int = 30) -> MotionMap:
    rng = np.random.default_rng(1)
    places = (ClipPlace("Walk <1>", "", 10.0, 24.0, "walk"), ClipPlace("Run", "", 1.0, 24.0, "run"))
    index = (np.arange(count) % 3 == 0).astype(np.int64)
    return MotionMap(
        places, unit_square(rng.normal(size=(count, 2))), index, np.arange(count) * 0.5
    )


def test_the_picture_keeps_its_shape_and_knows_what_is_under_the_mouse():
    made = sample()
    frame = frame_in(800, 600, 40.0)
    assert (frame.size, frame.left, frame.bottom) == (520.0, 140.0, 40.0)
    pixels = pixels_of(made, frame)
    assert all(frame.holds(float(x), float(y)) for x, y in pixels)
    assert nearest(pixels, *map(float, pixels[7] + 1.0), most=10.0) == 7
    assert nearest(pixels, -100.0, 0.0, most=10.0) is None
    wide = unit_square(np.array([[0.0, 0.0], [10.0, 5.0]]))
    np.testing.assert_allclose(wide, [[0.0, 0.25], [1.0, 0.75]])
    np.testing.assert_allclose(unit_square(np.ones((3, 2))), 0.5)
    assert made.labels == ["walk", "run"]
    colours = colours_of([str(n) for n in range(20)])
    assert len(set(list(colours.values())[:12])) == 12


def test_more_windows_than_a_picture_bears_are_thinned_clip_by_clip():
    each = FileWindows(
        (ClipPlace("A"), ClipPlace("B")), np.arange(10, dtype=np.float32)[:, None],
        np.repeat([0, 1], 5), np.arange(10, dtype=np.float32),
    )  # fmt: skip
    whole = joined([each, FileWindows.none(), each])
    assert (
        len(whole.places) == 4
        and whole.clip_index.tolist() == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    )
    less = thinned(whole, 8)
    assert len(less.latents) == 8 and set(less.clip_index.tolist()) == {0, 1, 2, 3}
    assert thinned(whole, 3).clip_index.tolist() == [0, 1, 3]  # evenly, not the first ones
    with pytest.raises(ClipError, match="a window is of a clip that is not among 1"):
        FileWindows((ClipPlace("A"),), np.zeros((1, 1)), np.ones(1, np.int64), np.zeros(1))


@pytest.mark.parametrize(
    ("name", "label"),
    [("Walk_01", "walk"), ("Armature|Run", "run"), ("happyJump2", "happy"), ("07_03", "07_03")],
)
def test_a_clip_is_coloured_by_its_first_word(name, label):
    assert label_of(name, None, None) == label


def test_a_map_is_written_for_machines_and_for_people(tmp_path):
    made = sample()
    write_map(tmp_path / "map.json", made)
    told = json.loads((tmp_path / "map.json").read_text("utf-8"))
    assert [each["label"] for each in told["clips"]] == ["walk", "run"]
    assert told["windows"][4]["frame"] == 58 and len(told["windows"]) == 30
    write_map(tmp_path / "map.svg", made)
    picture = ET.fromstring((tmp_path / "map.svg").read_text("utf-8"))
    titles = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert "Walk <1>   22" in titles
    with pytest.raises(InputError, match="exists and is kept"):
        write_map(tmp_path / "map.svg", made)
    with pytest.raises(InputError, match=r"does not end in \.json or \.svg"):
        write_map(tmp_path / "map.png", made)


def test_a_click_chooses_and_changes_nothing_else(addon):
    rig = moving_rig("Rig", 120)
    addon.neural_motion.character = rig
    made = run_map(read(None, rig))
    action, frame = rig.animation_data.action, addon.frame_current
    operators.choose_window(bpy.context, made, 1)
    chosen = addon.neural_motion.editing
    assert (chosen.clip, chosen.clip_frame) == (action.name, 25)
    assert rig.animation_data.action == action and addon.frame_current == frame


def test_what_was_clicked_is_fetched_only_when_asked_for(folder):
    rig = moving_rig("Actor", 30)
    mine = rig.animation_data.action
    scene = bpy.context.scene
    scene.neural_motion.character = rig
    chosen = scene.neural_motion.editing
    with pytest.raises(RuntimeError, match="Click a motion in the map first"):
        bpy.ops.neural_motion.use_map_clip()
    chosen.clip, chosen.clip_file = "Sneak", str(folder / "library.blend")
    assert bpy.ops.neural_motion.use_map_clip() == {"FINISHED"}
    assert rig.animation_data.action.name == "Sneak" and mine.use_fake_user
    assert bpy.ops.neural_motion.map_clip_as_reference() == {"FINISHED"}
    assert rig.neural_motion.editing.reference.startswith("Sneak")
    chosen.clip = "Gone"
    with pytest.raises(RuntimeError, match=r"library\.blend has no action 'Gone'"):
        bpy.ops.neural_motion.use_map_clip()
    chosen.clip_file = str(folder / "other.blend")
    with pytest.raises(RuntimeError, match=r"is gone\. Make the map again"):
        bpy.ops.neural_motion.use_map_clip()


def test_a_motion_file_becomes_a_reference_with_its_own_rig(folder):
    rig = moving_rig("Actor", 30)
    scene = bpy.context.scene
    scene.neural_motion.character = rig
    chosen = scene.neural_motion.editing
    chosen.clip, chosen.clip_file = "waltz", str(folder / "dance" / "waltz.bvh")
    assert bpy.ops.neural_motion.map_clip_as_reference() == {"FINISHED"}
    assert scene.neural_motion.character == rig
    editing = rig.neural_motion.editing
    assert editing.reference in bpy.data.actions
    assert editing.reference_rig is not None and editing.reference_rig != rig
