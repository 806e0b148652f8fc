"""Small real models that hear, and sessions that count, for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.inference.contract import (
    ModelContract,
    TensorSpec,
    TrainingRecord,
    save_contract,
)
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.hearing import PHONE_CLASSES

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

STRIDE, FRAMES, OVERLAP = 320, 40, 10
WINDOW = STRIDE * FRAMES
SETTINGS = {
    "window_samples": WINDOW, "overlap_samples": OVERLAP * STRIDE, "stride_samples": STRIDE,
    "level_db": -22.0,
}  # fmt: skip


class Counting:
    """A session that counts windows; may be stopped after some."""

    def __init__(self, session: ModelSession) -> None:
        self.contract, self._session, self.windows, self.runs = session.contract, session, 0, 0

    def run(self, feeds):
        self.runs += 1
        self.windows += len(next(iter(feeds.values())))
        return self._session.run(feeds)


def make_encoder(folder: Path, name: str = "speech_encoder", **settings: object) -> ModelSession:
    """Of each 320 samples the mean size, and that times the place in the window, and the place."""
    node = helper.make_node
    place = np.linspace(0.0, 1.0, FRAMES, dtype=np.float32)[None, :, None]
    constants = {
        "frames": np.array([0, FRAMES, STRIDE]), "last": np.array([2]), "place": place,
        "none": np.array(0.0, np.float32),
    }  # fmt: skip
    nodes = [
        node("Reshape", ["waveform", "frames"], ["pieces"]),
        node("Abs", ["pieces"], ["sizes"]),
        node("ReduceMean", ["sizes", "last"], ["loudness"], keepdims=1),
        node("Mul", ["loudness", "place"], ["placed"]),
        node("Mul", ["loudness", "none"], ["nothing"]),
        node("Add", ["nothing", "place"], ["places"]),
        node("Concat", ["loudness", "placed", "places"], ["features"], axis=2),
    ]
    shapes = {"waveform": ("windows", WINDOW), "features": ("windows", FRAMES, 3)}
    kept = SETTINGS | settings
    return write_model(folder, name, "speech_encoder", nodes, constants, shapes, kept)


def make_phone_model(folder: Path, encoder_sha256: str, context: int = 3, size: int = 3) -> Path:
    """Bilabial where it is loud on average over ±context vectors, else silence."""
    node, window = helper.make_node, 2 * context + 1
    first = np.zeros((size, len(PHONE_CLASSES)), np.float32)
    first[0, PHONE_CLASSES.index("bilabial")] = 1.0
    first[0, PHONE_CLASSES.index("silence")] = -1.0
    silence = np.zeros(len(PHONE_CLASSES), np.float32)
    silence[PHONE_CLASSES.index("silence")] = 1.0
    nodes = [
        node("Transpose", ["features"], ["turned"], perm=[0, 2, 1]),
        node("AveragePool", ["turned"], ["mean"], kernel_shape=[window], pads=[context] * 2),
        node("Transpose", ["mean"], ["back"], perm=[0, 2, 1]),
        node("MatMul", ["back", "first"], ["rise"]),
        node("Add", ["rise", "silence"], ["chances"]),
    ]
    shapes = {
        "features": ("batch", "frames", size),
        "chances": ("batch", "frames", len(PHONE_CLASSES)),
    }
    settings = {
        "encoder_sha256": encoder_sha256, "classes": list(PHONE_CLASSES), "context_frames": context,
    }  # fmt: skip
    constants = {"first": first, "silence": silence}
    return write_model(
        folder, "phone_evidence", "phone_evidence", nodes, constants, shapes, settings
    )


def write_model(
    folder: Path, name: str, task: str, nodes: Sequence, constants: dict, shapes: dict, settings
) -> ModelSession:
    """A graph of one input and one output, with its contract, opened."""
    (taken, first), (given, second) = shapes.items()
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info(taken, TensorProto.FLOAT, first)],
        [helper.make_tensor_value_info(given, TensorProto.FLOAT, second)],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    data = model.SerializeToString()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    path.write_bytes(data)
    contract = ModelContract(
        name, task, (TensorSpec(taken, first),), (TensorSpec(given, second),), None, 50.0,
        TrainingRecord("none", "none"), (), "none", opset=18,
        sha256=hashlib.sha256(data).hexdigest(), settings=settings,
    )  # fmt: skip
    save_contract(path.with_suffix(".json"), contract)
    return ModelSession(path, ["CPUExecutionProvider"], threads=1)
