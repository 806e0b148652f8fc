"""A small real speech model, and voices made of sines, for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.features.sound import ArraySound
from blender_addon.core.inference.contract import (
    ModelContract,
    TensorSpec,
    TrainingRecord,
    save_contract,
)

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

CHANNELS = ("jawOpen", "mouthClose", "mouthPressLeft", "mouthPressRight", "mouthRollUpper")
STYLES = {"usual": [0.0, 0.0], "strong": [1.0, 0.0], "pressed": [0.0, 1.0]}
GRID = 256


def make_speech_model() -> onnx.ModelProto:
    """Jaw = 2 · loudness of 32 ms, doubled by the first style number; the second presses the lips.

    The loudness is measured every 16 ms and the wanted times take the step before them.
    """
    constants = {
        "wide": np.array([1, 1, -1]),
        "flat": np.array([-1]),
        "rate": np.array(16_000 / GRID, np.float32),
        "little": np.array(0.01, np.float32),
        "first": np.array([0]), "second": np.array([1]), "third": np.array([2]),
        "one": np.array(1.0, np.float32), "two": np.array(2.0, np.float32),
        "column": np.array([-1, 1]),
        "shares": np.array([[1.0, 0.0, 0.0, 0.0, 0.0]], np.float32),
        "presses": np.array([[0.0, 0.0, 0.4, 0.4, 0.2]], np.float32),
    }  # fmt: skip
    node = helper.make_node
    nodes = [
        node("Abs", ["waveform"], ["size"]),
        node("Reshape", ["size", "wide"], ["sizes"]),
        node("AveragePool", ["sizes"], ["pooled"], kernel_shape=[2 * GRID], strides=[GRID]),
        node("Reshape", ["pooled", "flat"], ["loudness"]),
        node("Mul", ["times", "rate"], ["place"]),
        node("Add", ["place", "little"], ["nudged"]),  # rounding must not choose the step
        node("Floor", ["nudged"], ["floor"]),
        node("Cast", ["floor"], ["index"], to=TensorProto.INT64),
        node("Gather", ["loudness", "index"], ["heard"]),
        node("Reshape", ["heard", "column"], ["rows"]),
        node("Slice", ["style", "first", "second", "second"], ["strong"]),
        node("Slice", ["style", "second", "third", "second"], ["pressed"]),
        node("Add", ["strong", "one"], ["gain"]),
        node("Mul", ["rows", "gain"], ["louder"]),
        node("Mul", ["louder", "two"], ["jaw"]),
        node("Mul", ["jaw", "shares"], ["opening"]),
        node("Mul", ["pressed", "presses"], ["pressing"]),
        node("Add", ["opening", "pressing"], ["curves"]),
    ]
    floats = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "speech",
        [
            floats("waveform", TensorProto.FLOAT, ["samples"]),
            floats("times", TensorProto.FLOAT, ["frames"]),
            floats("style", TensorProto.FLOAT, ["frames", 2]),
        ],
        [floats("curves", TensorProto.FLOAT, ["frames", len(CHANNELS)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def make_speech_contract(sha256: str = "0" * 64, **settings: object) -> ModelContract:
    """The contract of the small model; settings of None are left out."""
    given = {"channels": list(CHANNELS), "styles": STYLES, "context_s": 0.05, **settings}
    return ModelContract(
        name="speech_face",
        task="speech_face",
        inputs=(
            TensorSpec("waveform", ("samples",)),
            TensorSpec("times", ("frames",), unit="s"),
            TensorSpec("style", ("frames", 2)),
        ),
        outputs=(TensorSpec("curves", ("frames", len(CHANNELS))),),
        skeleton=None,
        frame_rate_hz=30.0,
        training=TrainingRecord("0", "made by hand"),
        data=(),
        weights_licence="CC0-1.0",
        opset=18,
        sha256=sha256,
        settings={key: value for key, value in given.items() if value is not None},
    )


def write_speech_model(folder: Path, **settings: object) -> Path:
    """The small model and its contract as files."""
    folder.mkdir(parents=True, exist_ok=True)
    data = make_speech_model().SerializeToString()
    path = folder / "speech_face.onnx"
    path.write_bytes(data)
    contract = make_speech_contract(hashlib.sha256(data).hexdigest(), **settings)
    save_contract(path.with_suffix(".json"), contract)
    return path


def babble(seconds: float = 8.0, seed: int = 0, pitch_hz: float = 130.0) -> ArraySound:
    """A voice of sorts: phrases of syllables with a pitch that moves, and pauses between them."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(16_000 * seconds)) / 16_000
    knots = np.arange(0.0, seconds + 1.0, 0.25)
    melody = np.interp(times, knots, pitch_hz * 2 ** rng.uniform(-0.3, 0.4, len(knots)))
    phase = 2 * np.pi * np.cumsum(melody) / 16_000
    voice = sum(np.sin(n * phase) / n for n in range(1, 12))
    syllables = np.interp(times, knots, rng.uniform(0.3, 1.0, len(knots)))
    beat = np.clip(np.sin(2 * np.pi * 4.0 * times), 0.0, 1.0) * syllables
    phrase = (times % 3.0) < 2.2
    noise = 0.001 * rng.normal(size=len(times))
    return ArraySound((0.25 * voice * beat * phrase + noise).astype(np.float32))
