"""Every family of names is recognised, others are not, and visemes come out as they went in."""

from __future__ import annotations

import json

import numpy as np
import pytest

from blender_addon.core.errors import FaceError
from blender_addon.core.face.arkit import ARKIT_52, LOWER_FACE, SPEECH_CHANNELS
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.face.maps import (
    MAPS_FOLDER,
    UNKNOWN,
    FaceMapping,
    Viseme,
    bundled_maps,
    find_channels_of_meshes,
    find_face_channels,
    load_face_map,
    viseme_weights,
)
from blender_addon.core.face.targets import face_to_shapes, fit_visemes


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def words(name, between):
    return between.join(word.capitalize() for word in snake(name).split("_"))


def short(name):
    return name.replace("Left", "_L").replace("Right", "_R") if len(name) > 9 else name


SPELLINGS = {
    "as Apple has it": str,
    "snake case": snake,
    "sides as letters": short,
    "PascalCase": lambda name: name[0].upper() + name[1:],
    "from a file with groups": lambda name: "Face:blendShape1." + name,
    "Character Creator 4": lambda name: f"A{ARKIT_52.index(name):02d}_{words(name, '_')}",
    "copies": lambda name: name + ".001",
    "each with its mesh after it": lambda name: name + "_Mesh",
    "each with its mesh before it": lambda name: "Head_" + name,
    "the mesh in several words": lambda name: "Wolf3D_Head_" + name,
    "one of several teeth": lambda name: "LowerTeeth_" + name,
    "a letter before it": lambda name: "c_" + name,
    "a set before it": lambda name: "facs_bs_" + name,
    "numbered": lambda name: f"{name}_{ARKIT_52.index(name):02d}",
    "shouted": str.upper,
    "with blanks": lambda name: words(name, " "),
    "with dashes": lambda name: words(name, "-"),
    "as Maya has it": lambda name: name + "Shape",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_arkit_in_every_spelling(spelling):
    names = {spelling(name): name for name in ARKIT_52}
    mapping = find_face_channels(["Basis", *names, "Key 7"])
    assert mapping.family == "ARKit"
    assert not mapping.missing
    assert not mapping.visemes
    for own, name in names.items():
        assert mapping.targets[name] == ((own, 1.0),)


OCULUS = "sil PP FF TH DD kk CH SS nn RR aa E I O U".split()
CC4 = """Eye_Blink_L Eye_Blink_R Eye_L_Look_L Eye_L_Look_R Jaw_Open Mouth_Close Mouth_Funnel_Up_L
Mouth_Funnel_Up_R Mouth_Funnel_Down_L Mouth_Funnel_Down_R Mouth_Smile_L Mouth_Roll_In_Upper_L
Mouth_Roll_In_Upper_R V_Open V_Explosive V_Dental_Lip V_Tight_O V_Wide""".split()
FAMILIES = {
    "VRM": (["A", "I", "U", "E", "O"], 5),
    "VRM ": (["aa", "ih", "ou", "ee", "oh"], 5),
    "VRM  ": ([f"Fcl_MTH_{vowel}" for vowel in ("A", "I", "U", "E", "O", "Close", "Fun")], 6),
    "Oculus visemes": ([f"viseme_{name}" for name in OCULUS], 14),
    "Oculus visemes ": ([f"vrc.v_{name.lower()}" for name in OCULUS], 14),
    "Preston Blair": (["AI", "E", "O", "U", "etc", "WQ", "FV", "L", "MBP", "rest"], 9),
    "Rhubarb mouth shapes": (list("ABCDEFGHX"), 8),
    "MikuMikuDance": (["あ", "い", "う", "え", "お", "笑い"], 5),
    "VRM   ": ([f"Face.M_F00_002_00_Fcl_MTH_{vowel}" for vowel in "AIUEO"], 5),
    "VRM    ": ([f"{vowel}_{n:02d}" for n, vowel in enumerate("aa ih ou ee oh".split())], 5),
    "Oculus visemes  ": ([f"Head_viseme_{name}" for name in OCULUS], 14),
    "MikuMikuDance ": ([f"{vowel}.001" for vowel in "あいうえお"], 5),
    "Reallusion visemes": (["V_Open", "V_Explosive", "V_Tight_O", "V_Wide", "V_Lip_Open"], 5),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_viseme_families(family):
    names, count = FAMILIES[family]
    mapping = find_face_channels(["Basis", *names])
    assert mapping.family == family.strip()
    assert len(mapping.visemes) == count
    assert set(mapping.shapes) <= set(names)
    assert "jawOpen" not in mapping.missing


def test_character_creator_has_several_shapes_for_a_channel():
    mapping = find_face_channels(CC4)
    assert mapping.family == "Reallusion Character Creator"
    assert not mapping.visemes  # the separate shapes say more
    assert len(mapping.targets["mouthFunnel"]) == 4
    assert mapping.targets["eyeLookInLeft"] == (("Eye_L_Look_R", 1.0),)
    assert "mouthPucker" in mapping.missing


def test_metahuman_names():
    parts = [f"mouthFunnel{part}" for part in ("UL", "UR", "DL", "DR")]
    names = [f"CTRL_expressions_{name}" for name in ["jawOpen", "eyeLookLeftL", *parts]]
    mapping = find_face_channels(names)
    assert mapping.family == "MetaHuman"
    assert mapping.targets["eyeLookOutLeft"] == (("CTRL_expressions_eyeLookLeftL", 1.0),)
    assert [shape for shape, _ in mapping.targets["mouthFunnel"]] == names[2:]


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["Basis", "Key 1", "smile", "Open", "mouth"],
        ["A", "B", "O"],
        ["A", "E", "I"],
        ["PP", "aa", "silence"],
        ["", "...", "::"],
        ["jawOpen_mouthFunnel", "mouthFunnel_jawOpen", "jawOpen_corrective", "fix_jawOpen"],
        ["not_jawOpen", "old.jawOpen", "Head_A", "Head_E"],
    ],
)
def test_what_is_not_known_is_not_guessed(names):
    mapping = find_face_channels(names)
    assert mapping.family == UNKNOWN
    assert not mapping.shapes
    assert mapping.missing == ARKIT_52


def test_the_mouth_comes_from_one_family_and_eyes_may_come_from_another():
    names = [*(f"viseme_{name}" for name in OCULUS), "eyeBlink_L", "eyeBlink_R", "jawOpen"]
    mapping = find_face_channels(names)
    assert mapping.family == "Oculus visemes"
    assert mapping.targets["eyeBlinkLeft"] == (("eyeBlink_L", 1.0),)
    assert "jawOpen" not in mapping.targets  # the visemes open it
    everything = find_face_channels([*names, *ARKIT_52])
    assert everything.family == "ARKit"
    assert not everything.visemes


def test_eyes_alone_are_found():
    names = [name for name in ARKIT_52 if name.startswith("eye")]
    assert set(find_face_channels(names).targets) == set(names)


def test_the_same_shape_on_several_meshes_under_two_spellings():
    mapping = find_face_channels(["jawOpen", "jaw_open", "eyeBlink_L"])
    assert mapping.targets["jawOpen"] == (("jawOpen", 1.0), ("jaw_open", 1.0))


def test_copies_and_parts_count_once_in_one_mesh_and_in_each():
    mapping = find_face_channels(["jawOpen", "jawOpen.001", "Head_jawOpen"])
    assert mapping.targets["jawOpen"] == (("jawOpen", 1.0),)
    mapping = find_face_channels(["jawOpen.001", "jawOpen.002"])
    assert mapping.targets["jawOpen"] == (("jawOpen.001", 1.0),)
    mapping = find_channels_of_meshes([["jawOpen"], ["Teeth_jawOpen"], ["jawOpen.001"]])
    assert [shape for shape, _ in mapping.targets["jawOpen"]] == [
        "jawOpen", "Teeth_jawOpen", "jawOpen.001",
    ]  # fmt: skip
    mapping = find_face_channels(["Head_jawOpen", "Teeth_jawOpen"])  # two parts of a joined mesh
    assert len(mapping.targets["jawOpen"]) == 2


def test_a_wink_for_both_eyes_is_shared_by_them():
    mapping = find_face_channels(["A", "I", "U", "E", "O", "Blink"])
    clip = FaceClip(("eyeBlinkLeft", "eyeBlinkRight"), 24.0, np.array([[1.0, 1.0], [0.0, 1.0]]))
    assert face_to_shapes(clip, mapping)["Blink"].tolist() == [1.0, 0.5]


@pytest.mark.parametrize("each", bundled_maps(), ids=lambda each: each.family)
def test_visemes_come_out_as_they_went_in(each):
    if not each.viseme_weights:
        return
    visemes = tuple(
        Viseme(name, name, weights) for name, weights in each.viseme_weights.items() if weights
    )
    weights = np.zeros((len(visemes), len(LOWER_FACE)), np.float32)
    for row, viseme in zip(weights, visemes, strict=True):
        for channel, value in viseme.weights.items():
            row[LOWER_FACE.index(channel)] = value
    fitted = fit_visemes(FaceClip(LOWER_FACE, 24.0, weights), visemes)
    assert (np.argmax(fitted, axis=1) == np.arange(len(visemes))).all()
    assert np.diag(fitted).min() > 0.4
    assert fitted.min() >= 0
    assert fitted.sum(axis=1).max() <= 1 + 1e-6


def test_a_jaw_behind_shut_lips_opens_no_viseme():
    visemes = find_face_channels([f"viseme_{name}" for name in OCULUS]).visemes
    shut = FaceClip(("jawOpen", "mouthClose"), 24.0, np.array([[0.3, 0.3], [0.3, 0.0]]))
    fitted = fit_visemes(shut, visemes)
    assert not fitted[0].any()
    assert fitted[1].any()


@pytest.mark.parametrize(
    "names",
    [[f"viseme_{name}" for name in OCULUS], ["A", "I", "U", "E", "O"]],
    ids=["Oculus", "VRM"],
)
def test_rounded_or_spread_lips_that_are_shut_show_no_vowel(names):
    """As at the m of "move": the lips are round already, but no vowel may part them."""
    mapping = find_face_channels(names)
    channels = ("jawOpen", "mouthClose", "mouthPucker", "mouthFunnel", "mouthPressLeft",
                "mouthPressRight", "mouthStretchLeft", "mouthStretchRight")  # fmt: skip
    round_ = (0.2, 0.2, 0.5, 0.3, 0.4, 0.4, 0.0, 0.0)
    spread = (0.2, 0.2, 0.0, 0.0, 0.4, 0.4, 0.4, 0.4)
    parted = (0.2, 0.0, 0.5, 0.3, 0.0, 0.0, 0.0, 0.0)
    shapes = face_to_shapes(FaceClip(channels, 24.0, np.array([round_, spread, parted])), mapping)
    opening = [v.shape for v in mapping.visemes if "jawOpen" in v.weights]
    total = np.sum([shapes[name] for name in opening], axis=0)
    assert total[:2].max() < 1e-6
    assert total[2] > 0.3
    closing = [v.shape for v in mapping.visemes if "mouthPressLeft" in v.weights]
    assert all(shapes[name][:2].min() > 0.3 for name in closing)


def test_the_fit_beats_its_neighbours():
    """No small step of one weight makes the error smaller."""
    visemes = find_face_channels([f"viseme_{name}" for name in OCULUS]).visemes
    rng = np.random.default_rng(1)
    desired = rng.uniform(0, 0.35, (6, len(SPEECH_CHANNELS))).astype(np.float32)
    desired[:, SPEECH_CHANNELS.index("mouthClose")] = 0
    fitted = fit_visemes(FaceClip(SPEECH_CHANNELS, 24.0, desired), visemes)
    basis = np.array([[v.weights.get(name, 0.0) for v in visemes] for name in SPEECH_CHANNELS])

    def cost(weights):
        return 0.5 * ((basis @ weights - desired[row]) ** 2).sum() + 0.0025 * weights.sum() ** 2

    for row in range(len(desired)):
        if fitted[row].sum() > 0.999:
            continue  # scaled down afterwards
        for step in (-0.02, 0.02):
            for change in np.eye(len(visemes)):
                assert cost(np.maximum(fitted[row] + step * change, 0)) > cost(fitted[row]) - 1e-5


def test_gains_and_visemes_add_up():
    mapping = FaceMapping(
        "mine", {"jawOpen": (("a", 2.0), ("b", -0.5)), "mouthClose": (("a", 1.0),)}
    )
    clip = FaceClip(("jawOpen", "mouthClose"), 24.0, np.array([[0.5, 0.25]]))
    assert {k: v.tolist() for k, v in face_to_shapes(clip, mapping).items()} == {
        "a": [1.25],
        "b": [-0.25],
    }


def test_bundled_files_are_whole():
    assert bundled_maps()[0].family == "ARKit"
    assert len(bundled_maps()) == len(list(MAPS_FOLDER.glob("face_*.json"))) == 9
    assert viseme_weights()["VRM / A"]["jawOpen"] > 0.3


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        "{",
        "{}",
        '{"family": "x", "rank": "first"}',
        '{"family": "x", "channels": {"jaw": [["Jaw"]]}}',
        '{"family": "x", "channels": {"jawOpen": 5}}',
        '{"family": "x", "visemes": {"A": {"names": ["A"]}}}',
        '{"family": "x", "visemes": {}, "required": ["A"]}',
        '{"family": "x", "strange": 1}',
    ],
)
def test_a_file_that_is_no_map_is_refused(tmp_path, document):
    path = tmp_path / "face_x.json"
    path.write_text(document)
    with pytest.raises(FaceError, match=r"face_x\.json"):
        load_face_map(path)
    with pytest.raises(FaceError, match="cannot be read"):
        load_face_map(tmp_path / "none.json")


def test_a_map_of_ones_own_is_used(tmp_path):
    path = tmp_path / "face_mine.json"
    path.write_text(json.dumps({"family": "Mine", "channels": {"jawOpen": [["Kiefer"]]}}))
    mapping = find_face_channels(["KIEFER"], [load_face_map(path)])
    assert (mapping.family, dict(mapping.targets)) == ("Mine", {"jawOpen": (("KIEFER", 1.0),)})
