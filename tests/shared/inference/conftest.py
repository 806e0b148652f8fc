"""Small real ONNX models with their contracts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
    save_contract,
)
from blender_addon.core.inference.session import close_sessions
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

OPSET = 18
WriteModel = Callable[..., Path]


def make_toy_model() -> onnx.ModelProto:
    """y = x · w + gain, with x (batch, 3), gain (batch, 2), w a stored (3, 2)."""
    weights = np.arange(6, dtype=np.float32).reshape(3, 2)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["product"]),
            helper.make_node("Add", ["product", "gain"], ["y"]),
        ],
        "toy",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3]),
            helper.make_tensor_value_info("gain", TensorProto.FLOAT, ["batch", 2]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])],
        [numpy_helper.from_array(weights, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def make_toy_contract(sha256: str = "0" * 64) -> ModelContract:
    """The contract of the toy model."""
    return ModelContract(
        name="toy",
        task="testing",
        inputs=(
            TensorSpec("x", ("batch", 3), "float32", "m", {"first": (0, 1), "rest": (1, 3)}),
            TensorSpec("gain", ("batch", 2)),
        ),
        outputs=(TensorSpec("y", ("batch", 2)),),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=60.0,
        training=TrainingRecord("0123abc", "python -m backend train toy"),
        data=(DataSource("made up", "CC0-1.0", "nobody"),),
        weights_licence="CC0-1.0",
        opset=OPSET,
        sha256=sha256,
        metrics={"error": 0.25},
        settings={"gaits": ["walk", "jog"]},
    )


@pytest.fixture
def toy_model() -> onnx.ModelProto:
    return make_toy_model()


@pytest.fixture
def toy_contract() -> ModelContract:
    return make_toy_contract()


@pytest.fixture
def write_model(tmp_path: Path) -> WriteModel:
    """Write a model and its contract; keyword arguments change fields of the contract."""

    def write(
        model: onnx.ModelProto | bytes | None = None, folder: Path = tmp_path, **changes: object
    ) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        model = make_toy_model() if model is None else model
        data = model if isinstance(model, bytes) else model.SerializeToString()
        path = folder / "toy.onnx"
        path.write_bytes(data)
        contract = make_toy_contract(hashlib.sha256(data).hexdigest())
        save_contract(path.with_suffix(".json"), replace(contract, **changes))
        return path

    yield write
    close_sessions()
