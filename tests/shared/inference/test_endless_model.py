"""A model that never ends is ended by Esc, and the scene is as it was."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import bpy
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from blender_addon.blender.jobs.background import BackgroundTask
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import Cancelled
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.session import ModelSession, close_sessions
from tests.shared.blender.builders import make_curve, make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender

PATIENCE_S = 120.0


def write_endless(model: Path, folder: Path) -> None:
    """The model that walks, whose first output goes round in a loop of 2^62 turns."""
    changed = onnx.load(model)
    graph = changed.graph
    first = graph.output[0].name
    for each in graph.node:
        each.output[:] = ["before" if name == first else name for name in each.output]
        each.input[:] = ["before" if name == first else name for name in each.input]
    kind, yes = helper.make_tensor_value_info, TensorProto.BOOL
    turn = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["goes"]),
            helper.make_node("Identity", ["value"], ["same"]),
        ],
        "turn",
        [kind("n", TensorProto.INT64, []), kind("go", yes, []), kind("value", 1, None)],
        [kind("goes", yes, []), kind("same", 1, None)],
    )
    graph.initializer.append(numpy_helper.from_array(np.array(2**62), "turns"))
    graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    graph.node.append(helper.make_node("Loop", ["turns", "yes", "before"], [first], body=turn))
    data = changed.SerializeToString()
    (folder / model.name).write_bytes(data)
    contract = json.loads(model.with_suffix(".json").read_text("utf-8"))
    contract["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / f"{model.stem}.json").write_text(json.dumps(contract), "utf-8")


def test_esc_ends_it_and_nothing_is_changed(scene, model, tmp_path, monkeypatch):
    write_endless(model, tmp_path)
    under_way, run = threading.Event(), ModelSession.run

    def watched(*given: object) -> object:
        under_way.set()
        return run(*given)

    monkeypatch.setattr(ModelSession, "run", watched)
    chosen = WalkSettings(make_rig(), make_curve(((0, 0, 0), (0, -2, 0))))
    choice = ModelChoice(tmp_path, ("CPUExecutionProvider",))
    job, before = walk_scene.read(bpy.context, chosen, choice), snapshot()
    task = BackgroundTask(job.run)
    assert under_way.wait(PATIENCE_S)
    task.cancel(PATIENCE_S)
    assert task.finished
    with pytest.raises(Cancelled, match="nothing was changed"):
        task.result()
    assert snapshot() == before
    close_sessions()
