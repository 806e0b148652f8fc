"""Small real gaze models, and characters that look at each other."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.gaze import events as gaze_events
from blender_addon.core.gaze import eye_head_features
from blender_addon.core.gaze.pipeline import (
    BEHAVIOUR_TASK,
    EYE_HEAD_TASK,
    GazeRequest,
    GazeTarget,
    TargetKind,
)
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
    save_contract,
)

OPSET = 18
PARTNER_PLACE = (0.0, 0.0, 1.3)
CUP_PLACE = (0.35, -0.45, 0.6)
"""On the table before the character, to its left, seen from between its eyes."""


def still(place: tuple[float, float, float], frames: int) -> Floats:
    """A place (T, 3) that does not move."""
    return np.repeat(np.array([place], np.float32), frames, axis=0)


def target(
    frames: int,
    kind: TargetKind = "PARTNER",
    place: tuple[float, float, float] = PARTNER_PLACE,
    weight: float = 1.0,
    name: str = "",
) -> GazeTarget:
    return GazeTarget(
        name or kind.lower(), kind, still(place, frames), np.full(frames, weight, np.float32)
    )


def looking(seconds: float, *targets: GazeTarget, role: str = "listening", **more: object):
    """A character at the origin, upright, its head still, looking along +Z."""
    frames = round(seconds * MODEL_FRAME_RATE_HZ)
    rotations = np.zeros((frames, 4), np.float32)
    rotations[:, 0] = 1.0
    request = GazeRequest(
        head_positions=np.zeros((frames, 3), np.float32),
        head_rotations_wxyz=rotations,
        targets=targets or (target(frames),),
        roles=np.full(frames, gaze_events.ROLES.index(role)),
        trunk_rotations_wxyz=rotations,
    )
    return replace(request, **more)


def write_behaviour(folder: Path) -> Path:
    """Rests on the face for half a second, looks away for a third of the time; remembers nothing.

    Its state is passed through, so that a pipeline that loses it is noticed.
    """
    parts = {
        "log_weights": np.log([0.35, 0.3, 0.2, 0.15]),
        "direction_means": np.deg2rad([[-1.5, 1.0], [1.0, -2.0], [-14, -6], [12.0, 5.0]]),
        "direction_scales": np.deg2rad([[1, 1], [1, 1], [4, 4], [4, 4]]),
        "correlations": np.zeros(4),
        "timing_means": np.array([[0.6, 0.0], [0.3, 0.2], [0.0, 0.5], [0.0, 0.5]]),
        "timing_scales": np.full((4, 2), 0.7),
        "break_logits": np.full(4, -2.0),
    }
    layout = gaze_events.mixture_layout(4)
    bias = np.concatenate([parts[name].ravel() for name in layout.slices])
    size = gaze_events.INPUT_LAYOUT.size
    # Whatever is told moves the mean of the last component a little: inputs do count.
    weights = np.zeros((size, layout.size))
    weights[:, layout.slices["direction_means"].stop - 1] = 0.01 / size
    nodes = [
        helper.make_node("MatMul", ["features", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["mixture"]),
        helper.make_node("Identity", ["state"], ["next_state"]),
    ]
    tensors = {"w": weights, "b": bias}
    specs = (
        (
            TensorSpec("features", ("batch", size), "float32", "", _layout(gaze_events)),
            TensorSpec("state", (1, "batch", 2)),
        ),
        (
            TensorSpec("mixture", ("batch", layout.size), "float32", "", layout.as_contract()),
            TensorSpec("next_state", (1, "batch", 2)),
        ),
    )
    settings = {"break_seconds": {role: [0.6, 0.5] for role in gaze_events.ROLES}}
    return _write(folder, "gaze_behaviour", BEHAVIOUR_TASK, nodes, tensors, specs, settings)


def write_eye_head(folder: Path, share: float = 0.3) -> Path:
    """The head takes a share of the desired direction, slowly: a first-order lag over frames."""
    size = eye_head_features.INPUT_LAYOUT.size
    desired = eye_head_features.INPUT_LAYOUT.slices["wanted_rad"]
    kernel = np.zeros((1, 2, size))
    kernel[0, :, desired] = 0.1 * share * np.eye(2)
    # A linear recurrent layer: h ← 0.9 h + 0.1 · share · desired.
    nodes = [
        helper.make_node("Transpose", ["features"], ["by_time"], perm=[1, 0, 2]),
        helper.make_node(
            "RNN", ["by_time", "kernel", "keep", "", "", "state"], ["all", "next_state"],
            hidden_size=2, activations=["Affine"], activation_alpha=[1.0], activation_beta=[0.0],
        ),
        helper.make_node("Squeeze", ["all", "one"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["offset"], perm=[1, 0, 2]),
        helper.make_node("MatMul", ["features", "pick"], ["wish"]),
        helper.make_node("Sub", ["wish", "offset"], ["eye"]),
        helper.make_node("Concat", ["eye", "offset"], ["eye_head"], axis=2),
    ]  # fmt: skip
    pick = np.zeros((size, 2))
    pick[desired] = np.eye(2)
    tensors = {"kernel": kernel, "keep": 0.9 * np.eye(2)[None], "pick": pick, "one": [1]}
    out = eye_head_features.OUTPUT_LAYOUT
    specs = (
        (
            TensorSpec(
                "features", ("batch", "frames", size), "float32", "", _layout(eye_head_features)
            ),
            TensorSpec("state", (1, "batch", 2)),
        ),
        (
            TensorSpec("eye_head", ("batch", "frames", 4), "float32", "rad", out.as_contract()),
            TensorSpec("next_state", (1, "batch", 2)),
        ),
    )
    return _write(folder, "gaze_eye_head", EYE_HEAD_TASK, nodes, tensors, specs)


def _layout(module: object) -> dict[str, tuple[int, int]]:
    return module.INPUT_LAYOUT.as_contract()


def _write(folder, name, task, nodes, tensors, specs, settings=None) -> Path:
    inputs, outputs = (
        [helper.make_tensor_value_info(s.name, TensorProto.FLOAT, s.shape) for s in side]
        for side in specs
    )
    stored = [
        numpy_helper.from_array(np.asarray(value, np.int64 if key == "one" else np.float32), key)
        for key, value in tensors.items()
    ]
    graph = helper.make_graph(nodes, name, inputs, outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    path = folder / f"{name}.onnx"
    path.write_bytes(data)
    contract = ModelContract(
        name=name,
        task=task,
        inputs=specs[0],
        outputs=specs[1],
        skeleton=None,
        frame_rate_hz=60.0,
        training=TrainingRecord("0123abc", "drawn by hand"),
        data=(DataSource("made up", "CC0-1.0", "nobody"),),
        weights_licence="CC0-1.0",
        opset=OPSET,
        sha256=hashlib.sha256(data).hexdigest(),
        settings=settings or {},
    )
    save_contract(path.with_suffix(".json"), contract)
    return path
