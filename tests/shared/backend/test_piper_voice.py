"""A Piper voice says when each of its signs sounds; a small graph of the same layout stands in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.phonetics.natural_segments import AHEAD_S, said_to_track
from backend.phonetics.phones import SILENCE
from backend.phonetics.piper_voice import PiperVoice, Said, Sign, find_voice
from blender_addon.core.errors import InputError

onnx = pytest.importorskip("onnx", reason="no ONNX in this environment")
pytest.importorskip("espeakng_loader", reason="eSpeak NG is not installed in this environment")
SIGNS = "_^$ .,ˈˌːabcdefhijklmnopqrstuvwxyzæðŋɐɑɒɔəɚɛɜɡɪɹɾʃʊʌʒθᵻ"
FRAME_S = 256 / 22050


def write_voice(folder: Path, durations: str = "/Ceil_output_0") -> Path:
    """Every sign lasts two frames times the length scale; the sound is a constant."""
    helper, kind = onnx.helper, onnx.TensorProto
    numbers = {"axes": [1], "samples": [1, 1, 1, 512], "first": [1], "second": [2], "nought": [0]}
    constants = {name: np.array(value, np.int64) for name, value in numbers.items()}
    constants["two"] = np.array(2, np.float32)
    nodes = [
        helper.make_node("Slice", ["scales", "first", "second", "nought"], ["length"]),
        helper.make_node("Cast", ["input"], ["numbers"], to=kind.FLOAT),
        helper.make_node("Mul", ["numbers", "numbers"], ["squares"]),
        helper.make_node("Unsqueeze", ["squares", "axes"], ["rows"]),
        helper.make_node("Sign", ["rows"], ["signs"]),
        helper.make_node("Mul", ["signs", "length"], ["scaled"]),
        helper.make_node("Add", ["scaled", "two"], ["some"]),
        helper.make_node("Ceil", ["some"], [durations]),
        helper.make_node("Unsqueeze", ["rows", "axes"], ["cells"]),
        helper.make_node("Tile", ["cells", "samples"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "voice",
        [
            helper.make_tensor_value_info("input", kind.INT64, [1, "signs"]),
            helper.make_tensor_value_info("input_lengths", kind.INT64, [1]),
            helper.make_tensor_value_info("scales", kind.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", kind.FLOAT, None)],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.save(model, folder / "voice.onnx")
    config = {
        "audio": {"sample_rate": 22050},
        "espeak": {"voice": "en-us"},
        "phoneme_id_map": {sign: [number] for number, sign in enumerate(SIGNS)},
    }
    (folder / "voice.onnx.json").write_text(json.dumps(config))
    return folder


def test_signs_are_spelt_as_the_voice_was_trained_and_timed_in_frames(tmp_path: Path) -> None:
    voice = PiperVoice(write_voice(tmp_path))
    assert voice.spell("A baby, above.") == "ɐ bˈeɪbi, əbˈʌv."
    said = voice.speak("baby")
    assert [sign.text for sign in said.signs] == ["^", *"bˈeɪbi", "$"]
    edges = np.array([said.signs[0].start_s, *(sign.end_s for sign in said.signs)])
    # The beginning lasts 1 + 2 frames, the pads (sign 0) two, all others three.
    np.testing.assert_allclose(np.diff(edges) / FRAME_S, [3, *[5] * 6, 5], atol=1e-6)


@pytest.mark.parametrize("make", ["empty", "other"])
def test_a_folder_without_such_a_voice_is_refused(tmp_path: Path, make: str) -> None:
    if make == "empty":
        with pytest.raises(InputError, match="--download"):
            find_voice(tmp_path)
        return
    with pytest.raises(InputError, match="frames of each phone"):
        PiperVoice(write_voice(tmp_path, "elsewhere"))


def test_a_sign_that_the_voice_lacks_is_named(tmp_path: Path) -> None:
    path = write_voice(tmp_path) / "voice.onnx.json"
    config = json.loads(path.read_text())
    del config["phoneme_id_map"]["b"]
    path.write_text(json.dumps(config))
    with pytest.raises(InputError, match="no sign for b in"):
        PiperVoice(tmp_path).spell("baby")


def test_a_stop_is_where_the_sound_is_quiet_and_pauses_are_silence() -> None:
    rate, rng = 22050, np.random.default_rng(0)
    samples = 0.2 * rng.standard_normal(rate).astype(np.float32)
    quiet = {"lips": (0.40, 0.46), "before": (0.0, 0.2), "after": (0.8, 1.0)}
    for start, end in quiet.values():
        samples[int(start * rate) : int(end * rate)] *= 1e-4
    names = [("^", 0.0), ("a", 0.2), ("p", 0.44), ("ˈ", 0.48), ("a", 0.55), ("$", 0.8)]
    ends = [start for _, start in names[1:]] + [1.0]
    signs = tuple(
        Sign(text, max(start + AHEAD_S * (start > 0), 0.0), end + AHEAD_S)
        for (text, start), end in zip(names, ends, strict=True)
    )
    track = said_to_track(Said(samples, rate, signs))
    assert track.names[0] == track.names[-1] == SILENCE
    stop = track.names.index("p")
    assert track.starts_s[stop] == pytest.approx(0.40, abs=0.009)
    assert track.ends_s[stop] == pytest.approx(0.46, abs=0.009)
    assert track.stress[[n for n, name in enumerate(track.names) if name == "a"]].tolist() == [0, 2]
    np.testing.assert_allclose(track.ends_s[:-1], track.starts_s[1:], atol=1e-9)
    assert track.ends_s[-1] == pytest.approx(1.0, abs=1e-4)
