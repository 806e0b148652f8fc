"""A small real encoder: eight numbers of loudness, 50 times a second; for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.inference.contract import (
    ModelContract,
    TensorSpec,
    TrainingRecord,
    save_contract,
)

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

WINDOW, STRIDE, SIZE = 96_000, 320, 8


def write_small_encoder(folder: Path) -> Path:
    """``speech_encoder.onnx`` and its contract: |sound filtered by eight short waves|."""
    folder.mkdir(parents=True, exist_ok=True)
    n = np.arange(STRIDE)
    waves = np.stack(
        [np.cos(2 * np.pi * f * n / 16_000) for f in 300.0 * 2 ** np.arange(0, 4, 0.5)]
    )
    constants = {
        "lines": np.array([-1, 1, WINDOW]),
        "waves": waves[:, None].astype(np.float32),
    }
    node = helper.make_node
    nodes = [
        node("Reshape", ["waveform", "lines"], ["line"]),
        node("Conv", ["line", "waves"], ["waved"], strides=[STRIDE]),
        node("Abs", ["waved"], ["loud"]),
        node("Transpose", ["loud"], ["features"], perm=[0, 2, 1]),
    ]
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "encoder",
        [tensor("waveform", TensorProto.FLOAT, ["windows", WINDOW])],
        [tensor("features", TensorProto.FLOAT, ["windows", WINDOW // STRIDE, SIZE])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    data = model.SerializeToString()
    path = folder / "speech_encoder.onnx"
    path.write_bytes(data)
    contract = ModelContract(
        name="speech_encoder", task="speech_encoder",
        inputs=(TensorSpec("waveform", ("windows", WINDOW)),),
        outputs=(TensorSpec("features", ("windows", WINDOW // STRIDE, SIZE)),),
        skeleton=None, frame_rate_hz=50.0, training=TrainingRecord("0", "made by hand"), data=(),
        weights_licence="CC0-1.0", opset=18, sha256=hashlib.sha256(data).hexdigest(),
        settings={
            "window_samples": WINDOW, "overlap_samples": 16_000, "stride_samples": STRIDE,
            "level_db": -22.0,
        },
    )  # fmt: skip
    save_contract(path.with_suffix(".json"), contract)
    return path
