"""A model that wants all memory is refused in words, and what it took is given back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from backend.processes import run_limited
from blender_addon.core.errors import ContractError, ModelError
from blender_addon.core.inference import runtime_memory
from blender_addon.core.inference.model_file import inspect_model
from blender_addon.core.inference.session import ModelSession
from tests.shared.inference.conftest import WriteModel
from tests.shared.inference.greedy_models import AT_ONCE, BIT_BY_BIT, LIMIT_MB, filled, model_of
from tests.shared.inference.test_model_file import in_subgraph
from tests.shared.inference.test_session import CPU, feeds

ROOT = Path(__file__).resolve().parents[3]
REFUSED = "wants more memory than the 4 GB that networks may take. Choose another model"


@pytest.mark.parametrize("kind", AT_ONCE)
def test_more_than_there_can_be_is_refused(write_model: WriteModel, kind: str) -> None:
    with pytest.raises(ModelError, match=f"model 'toy' {REFUSED}"):
        ModelSession(write_model(AT_ONCE[kind]()), [CPU]).run(feeds())


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_what_grows_bit_by_bit_is_ended_at_the_limit(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.shared.inference.greedy_models", str(tmp_path)]
    done = run_limited(command, 300.0, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["said"].keys() == {**AT_ONCE, **BIT_BY_BIT}.keys()
    assert all("wants more memory than the" in each for each in told["said"].values())
    assert LIMIT_MB / 2 < told["peak"] - told["before"] < 1.3 * LIMIT_MB  # it did come near
    assert told["held"] - told["before"] < LIMIT_MB / 2  # and gave back
    assert told["y"] == 104.0  # other models go on


def test_what_fits_runs(write_model: WriteModel) -> None:
    session = ModelSession(write_model(filled(10**6)), [CPU])
    assert np.array_equal(session.run(feeds())["y"], feeds()["gain"] + feeds()["x"].sum())


def test_the_limit_leaves_room_for_our_own() -> None:
    """A run of ours is measured to take 0.2 GB at the most."""
    assert runtime_memory.MAX_MEMORY_BYTES >= 10 * 0.2 * 2**30


def _texts() -> onnx.TensorProto:
    return onnx.TensorProto(name="t", data_type=TensorProto.STRING, dims=[10**9])


def _sparse() -> onnx.SparseTensorProto:
    at = numpy_helper.from_array(np.array([3]), "at")
    one = numpy_helper.from_array(np.ones(1, np.float32), "one")
    return helper.make_sparse_tensor(one, at, [10**11])


node = helper.make_node
UNBOUNDED = {
    "stored texts": lambda: _with(initializer=_texts()),
    "constant text": lambda: model_of([node("Constant", [], ["big"], value_string="a")]),
    "constant texts": lambda: model_of([node("Constant", [], ["big"], value_strings=["a", "b"])]),
    "numbers to texts": lambda: model_of([node("Cast", ["x"], ["big"], to=TensorProto.STRING)]),
    "texts put together": lambda: model_of([node("StringConcat", ["a", "a"], ["big"])]),
    "in a loop": lambda: model_of([in_subgraph(node("StringConcat", ["a", "a"], ["big"]))]),
    "sparse": lambda: _with(sparse_initializer=_sparse()),
    "constant sparse": lambda: model_of([node("Constant", [], ["big"], sparse_value=_sparse())]),
}  # fmt: skip


def _with(**more: object) -> onnx.ModelProto:
    model = filled(8)
    for name, each in more.items():
        getattr(model.graph, name).append(each)
    return model


@pytest.mark.parametrize("kind", UNBOUNDED)
def test_what_no_limit_reaches_is_not_loaded(kind: str) -> None:
    """Letters lie outside of the arena; a sparse tensor of a few bytes is laid out in full."""
    with pytest.raises(ContractError, match=r"holds (texts|a sparse).*any amount of memory"):
        inspect_model(UNBOUNDED[kind]().SerializeToString(), "m.onnx")
