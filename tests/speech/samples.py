"""A small real speech model, for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.inference.contract import save_contract
from tests.speech.contract_samples import CHANNELS, make_speech_contract

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

GRID = 256


def make_speech_model() -> onnx.ModelProto:
    """Jaw = 2 · loudness of 32 ms, doubled by the first style number; the second presses the lips.

    The loudness is measured every 16 ms and the desired times take the step before them.
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


def write_speech_model(folder: Path, **settings: object) -> Path:
    """The small model and its contract as files."""
    folder.mkdir(parents=True, exist_ok=True)
    data = make_speech_model().SerializeToString()
    path = folder / "speech_face.onnx"
    path.write_bytes(data)
    contract = make_speech_contract(hashlib.sha256(data).hexdigest(), **settings)
    save_contract(path.with_suffix(".json"), contract)
    return path
