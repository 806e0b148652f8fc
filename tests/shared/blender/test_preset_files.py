"""Presets of every kind as files: written, taken back, refused where they come from elsewhere."""

from __future__ import annotations

import json

import bpy
import pytest

from blender_addon.blender import presets
from blender_addon.blender.presets import names_of_presets, read_preset, write_preset
from blender_addon.capabilities.joints.operators import user_presets as joint_presets
from blender_addon.capabilities.speech.channel_operators import user_presets as face_presets
from blender_addon.capabilities.walk.direction.presets import preset_folder

pytestmark = pytest.mark.blender

KINDS = {
    "joint": (joint_presets, "joints", {"format": 1, "joints": {"Hips": "pelvis"}}),
    "face": (face_presets, "face channels", {"format": 1, "rows": []}),
    "direction": (
        preset_folder, "direction",
        {"style": {"name": "", "other": "", "blend": 0.0}, "sliders": {"slump": 0.5}},
    ),
}  # fmt: skip
HEAD = b'{"neural_motion_preset": "joints", "version": 1, "name": "a", "holds": '
NESTED = HEAD + b"[" * 900 + b"]" * 900 + b"}"


@pytest.fixture
def folders(addon, tmp_path, monkeypatch):
    """The user's own presets lie elsewhere for once."""
    monkeypatch.setattr(
        bpy.utils, "extension_path_user", lambda *_a, **_k: str(_made(tmp_path, _k))
    )
    return tmp_path


def _made(tmp_path, options):
    folder = tmp_path / options["path"]
    folder.mkdir(exist_ok=True)
    return folder


def exported(kind, path, name):
    done = getattr(bpy.ops.neural_motion, f"export_{kind}_preset")(filepath=str(path), preset=name)
    return done, path


def imported(kind, path):
    return getattr(bpy.ops.neural_motion, f"import_{kind}_preset")(filepath=str(path))


def refused(kind, path):
    with pytest.raises(RuntimeError) as told:
        imported(kind, path)
    return str(told.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_preset_comes_back_from_its_file(folders, kind):
    folder, name, held = KINDS[kind]
    write_preset(folder(), "Ann", json.dumps(held))
    _, path = exported(kind, folders / "Ann.json", "Ann")
    document = json.loads(path.read_text("utf-8"))
    assert (document["neural_motion_preset"], document["version"]) == (name, 1)
    presets.remove_preset(folder(), "Ann")
    assert imported(kind, path) == {"FINISHED"}
    assert json.loads(read_preset(folder(), "Ann")) == held


def test_no_preset_is_replaced(folders):
    folder, name, held = KINDS["joint"]
    own = json.dumps({"format": 1, "joints": {"Hips": "mine"}})
    path = _file(folders, name, held, "Ann")
    write_preset(folder(), "Ann", own)
    imported("joint", path)
    imported("joint", path)  # it is there already
    assert names_of_presets(folder()) == ["Ann", "Ann 2"]
    assert read_preset(folder(), "Ann") == own
    imported("joint", _file(folders, name, {"format": 1, "joints": {}}, "Ann"))
    assert names_of_presets(folder()) == ["Ann", "Ann 2", "Ann 3"]


def test_one_that_came_along_is_not_hidden(folders):
    folder, name, held = KINDS["direction"]
    from blender_addon.core.walk.presets import PRESETS

    imported("direction", _file(folders, name, held, PRESETS[0].name))
    assert names_of_presets(folder()) == [f"{PRESETS[0].name} 2"]


def test_a_long_name_leaves_room_for_a_number(folders):
    folder, name, held = KINDS["joint"]
    write_preset(folder(), "a" * 63, "{}")
    imported("joint", _file(folders, name, held, "a" * 63))
    assert len(names_of_presets(folder())) == 2


def _file(folder, kind, held, name, version=1):
    path = folder / "from_elsewhere.json"
    document = {"neural_motion_preset": kind, "version": version, "name": name, "holds": held}
    path.write_text(json.dumps(document), "utf-8")
    return path


@pytest.mark.parametrize(
    ("told", "change"),
    [
        (
            "of the kind 'face channels', expected 'joints'",
            {"neural_motion_preset": "face channels"},
        ),
        ("of the kind", {"neural_motion_preset": ["joints"] * 999}),
        ("has version 2, expected at most 1", {"version": 2}),
        ("has version True", {"version": True}),
        ("cannot be a preset's name", {"name": "../../startup"}),
        ("cannot be a preset's name", {"name": "C:\\presets"}),
        ("cannot be a preset's name", {"name": ""}),
        ("names no preset", {"name": None}),
        ("is no map of joints", {"holds": {"format": 1, "joints": {"Tail": "tail"}}}),
        ("is no map of joints", {"holds": [1, 2]}),
    ],
)
def test_what_a_file_must_not_hold(folders, told, change):
    _, name, held = KINDS["joint"]
    path = _file(folders, name, held, "Ann")
    path.write_text(json.dumps(json.loads(path.read_text()) | change), "utf-8")
    said = refused("joint", path)
    assert told in said and len(said) < 600
    assert names_of_presets(joint_presets()) == []


@pytest.mark.parametrize(
    ("told", "content"),
    [
        ("is no JSON", b"%PDF-1.7"),
        ("is no JSON", b"[" * 200_000),
        ("holds no preset", NESTED),
        ("is no preset file", b"[]"),
        ("is no preset file", b'{"format": 1, "joints": {}}'),
        ("larger than any preset", b" " * 1_000_001),
        ("cannot be read", b"\xff\xfe\x00"),
    ],
)  # fmt: skip
def test_what_is_no_preset_file(folders, told, content):
    path = folders / "other.json"
    path.write_bytes(content)
    assert told in refused("joint", path) or content is NESTED
    assert names_of_presets(joint_presets()) == []


def test_a_file_that_is_not_there(folders):
    assert "there is no file" in refused("joint", folders / "none.json")


def test_nothing_saved_is_not_exported(folders):
    assert not bpy.ops.neural_motion.export_joint_preset.poll()
    write_preset(joint_presets(), "Ann", json.dumps(KINDS["joint"][2]))
    with pytest.raises(RuntimeError, match="there is no preset 'Bob'"):
        exported("joint", folders / "Bob.json", "Bob")
    with pytest.raises(RuntimeError, match="cannot be written"):
        exported("joint", folders / "nowhere" / "Ann.json", "Ann")
