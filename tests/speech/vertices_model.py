"""A model that moves a mesh of its own, as files: contract, basis and a graph; for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.face.mesh_basis import MeshBasis, save_basis
from blender_addon.core.inference.contract import (
    ModelContract,
    TensorSpec,
    TrainingRecord,
    save_contract,
)

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

FEATURES, STYLE = 384, 2
NAMES = ("PCA 01", "PCA 02")
STYLES = {"usual": [0.0, 0.0], "anna": [1.0, 0.0]}


def head_places(vertices: int = 12):
    """(V, 3) vertices of a head of sorts."""
    return np.random.default_rng(5).normal(0.0, 0.1, (vertices, 3)).astype(np.float32)


def make_basis(vertices: int = 12) -> MeshBasis:
    """Two shapes: the first lowers the first vertex by 0.1, the second pushes out the next."""
    components = np.zeros((2, vertices, 3), np.float32)
    components[0, 0, 1], components[1, 1, 2] = -0.1, 0.05
    return MeshBasis(head_places(vertices), components)


def make_graph() -> onnx.ModelProto:
    """Amounts are the first two features; the head is still."""
    constants = {
        "zero": np.array([0]), "two": np.array([2]), "three": np.array([3]),
        "last": np.array([2]), "nothing": np.array(0.0, np.float32),
    }  # fmt: skip
    node = helper.make_node
    nodes = [
        node("Slice", ["features", "zero", "two", "last"], ["heard"]),
        node("Slice", ["style", "zero", "two", "last"], ["led"]),
        node("Mul", ["led", "nothing"], ["still"]),
        node("Add", ["heard", "still"], ["curves"]),
        node("Slice", ["features", "zero", "three", "last"], ["any"]),
        node("Mul", ["any", "nothing"], ["head"]),
    ]
    tensor = helper.make_tensor_value_info
    rows = ["batch", "frames"]
    graph = helper.make_graph(
        nodes,
        "vertices",
        [
            tensor("features", TensorProto.FLOAT, [*rows, FEATURES]),
            tensor("style", TensorProto.FLOAT, [*rows, STYLE]),
        ],
        [
            tensor("curves", TensorProto.FLOAT, [*rows, len(NAMES)]),
            tensor("head", TensorProto.FLOAT, [*rows, 3]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def write_vertices_model(folder: Path, name: str = "scans", **settings: object) -> Path:
    """The .onnx, with its basis and contract beside it; settings of None are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    data = make_graph().SerializeToString()
    path = folder / f"{name}.onnx"
    path.write_bytes(data)
    basis = make_basis()
    given = {
        "kind": "vertices", "channels": list(NAMES), "styles": STYLES, "level_db": -22.0,
        "encoder_sha256": "0" * 64, "warm_up_frames": 100, "look_ahead_frames": 10,
        "chunk_frames": 500, "learned_upper_face": [], "has_emotions": False,
        "basis_sha256": save_basis(path.with_suffix(".npz"), basis),
        "basis_vertices": basis.vertex_count, **settings,
    }  # fmt: skip
    contract = ModelContract(
        name=name,
        task="speech_face",
        inputs=(
            TensorSpec("features", ("batch", "frames", FEATURES)),
            TensorSpec("style", ("batch", "frames", STYLE)),
        ),
        outputs=(
            TensorSpec("curves", ("batch", "frames", len(NAMES))),
            TensorSpec("head", ("batch", "frames", 3)),
        ),
        skeleton=None,
        frame_rate_hz=50.0,
        training=TrainingRecord("0", "made by hand"),
        data=(),
        weights_licence="CC0-1.0",
        opset=18,
        sha256=hashlib.sha256(data).hexdigest(),
        settings={key: value for key, value in given.items() if value is not None},
    )
    save_contract(path.with_suffix(".json"), contract)
    return path
