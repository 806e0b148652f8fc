"""The channel table says what the recognised face says, survives its file, and refuses nonsense."""

from __future__ import annotations

import json

import numpy as np
import pytest

from blender_addon.core.errors import FaceError, SettingsError
from blender_addon.core.face.arkit import ARKIT_52, SPEECH_CHANNELS
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.face.maps import find_face_channels
from blender_addon.core.face.table import (
    TableRow,
    TargetKind,
    check_preset_name,
    mapping_to_table,
    table_from_json,
    table_to_json,
    table_to_mapping,
)
from blender_addon.core.face.targets import face_to_shapes

FACES = {
    "arkit": ARKIT_52,
    "vrm": ("A", "I", "U", "E", "O", "Blink"),
    "creator": ("Jaw_Open", "Mouth_Pucker_Up_L", "Mouth_Pucker_Up_R", "Mouth_Pucker_Down_L",
                "Mouth_Pucker_Down_R", "Eye_Blink_L"),
}  # fmt: skip


def speech(frames=30):
    weights = np.random.default_rng(0).uniform(0, 0.5, (frames, len(SPEECH_CHANNELS)))
    return FaceClip(SPEECH_CHANNELS, 30.0, weights)


@pytest.mark.parametrize("names", FACES.values(), ids=FACES.keys())
def test_the_table_moves_what_the_mapping_moves(names):
    mapping = find_face_channels(names)
    rows = mapping_to_table(mapping)
    again = table_to_mapping(table_from_json(table_to_json(rows), "preset"))
    desired = face_to_shapes(speech(), mapping)
    made = face_to_shapes(speech(), again)
    assert set(made) == set(desired)
    for shape, curve in desired.items():
        assert np.allclose(made[shape], curve, atol=1e-6)
    assert again.missing == mapping.missing


def test_an_unknown_face_gets_a_row_for_every_channel_of_speech():
    rows = mapping_to_table(find_face_channels(["Key 1"]))
    assert [row.channel for row in rows] == list(SPEECH_CHANNELS)
    assert not any(row.moves for row in rows)
    assert not table_to_mapping(rows).shapes


def test_rows_can_be_changed():
    rows = [
        TableRow("jawOpen", "Mund", 1.5),
        TableRow("jawOpen", "Kinn", 0.5),
        TableRow("mouthSmileLeft", "Mund", 1.0, used=False),
        TableRow("mouthPucker", "", 1.0),
        TableRow("jawOpen", "jaw bone", 20.0, TargetKind.ROTATION),
    ]
    mapping = table_to_mapping(rows)
    assert dict(mapping.targets) == {"jawOpen": (("Mund", 1.5), ("Kinn", 0.5))}


def test_without_a_shape_to_close_them_lips_hold_the_jaw():
    clip = FaceClip(("jawOpen", "mouthClose"), 24.0, np.array([[0.5, 0.5], [0.5, 0.1]]))
    plain = table_to_mapping([TableRow("jawOpen", "a")])
    both = table_to_mapping([TableRow("jawOpen", "a"), TableRow("mouthClose", "b")])
    assert np.allclose(face_to_shapes(clip, plain)["a"], [0.0, 0.4])
    assert np.allclose(face_to_shapes(clip, both)["a"], [0.5, 0.5])


@pytest.mark.parametrize(
    "row",
    [
        {"channel": "jaw", "target": "x"},
        {"channel": "VRM / Z", "target": "x"},
        {"channel": "jawOpen", "target": "x", "gain": float("nan")},
        {"channel": "jawOpen", "target": "x", "gain": 1e9},
        {"channel": "VRM / A", "target": "bone", "kind": TargetKind.ROTATION},
    ],
)
def test_rows_that_make_no_sense(row):
    with pytest.raises(FaceError):
        TableRow(**row)


GOOD = {"channel": "jawOpen", "target": "x", "gain": 1.0, "kind": "SHAPE", "used": True}


@pytest.mark.parametrize(
    "document",
    [
        "", "[]", "{", "7", "{}",
        '{"format": 2, "rows": []}',
        '{"format": 1, "rows": [{}]}',
        '{"format": 1, "rows": 5}',
        *(
            json.dumps({"format": 1, "rows": [{**GOOD, **change}]})
            for change in (
                {"gain": "big"}, {"gain": True}, {"kind": "MUSCLE"}, {"used": 1}, {"target": 5},
                {"channel": "jaw"}, {"extra": 1}, {"gain": 1e999},
            )
        ),
        json.dumps({"format": 1, "rows": [GOOD] * 1001}),
    ],
)  # fmt: skip
def test_files_that_are_no_preset(document):
    with pytest.raises(FaceError):
        table_from_json(document, "mine.json")


def test_the_good_row_is_good():
    assert table_from_json(json.dumps({"format": 1, "rows": [GOOD]}), "x") == [
        TableRow("jawOpen", "x")
    ]


@pytest.mark.parametrize("name", ["My face", "Figür 2", "a.b-c_d (old)"])
def test_preset_names(name):
    assert check_preset_name(f"  {name} ") == name


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "C:x", ".hidden", "a" * 64,
             "nul\0", "x.", "a\nb"]
)  # fmt: skip
def test_names_that_lead_out_of_the_folder(name):
    with pytest.raises(SettingsError):
        check_preset_name(name)
