"""Sessions: what runs, what is refused, and what is said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from blender_addon.core.errors import Cancelled, ContractError, ModelError, ProviderError
from blender_addon.core.inference.contract import TensorSpec
from blender_addon.core.inference.session import (
    CancellableSession,
    ModelSession,
    available_providers,
    close_sessions,
    open_session,
)
from blender_addon.core.jobs import Cancellation

CPU = "CPUExecutionProvider"
WriteModel = Callable[..., Path]
Feeds = dict[str, np.ndarray]


def absent_provider() -> str:
    """One onnxruntime knows by name but was built without."""
    absent = set(onnxruntime.get_all_providers()) - set(onnxruntime.get_available_providers())
    return "CUDAExecutionProvider" if "CUDAExecutionProvider" in absent else sorted(absent)[0]


def feeds(batch: int = 1) -> Feeds:
    rng = np.random.default_rng(batch)
    return {
        "x": rng.standard_normal((batch, 3)).astype(np.float32),
        "gain": rng.standard_normal((batch, 2)).astype(np.float32),
    }


def test_runs_what_the_graph_says_at_any_batch(write_model: WriteModel) -> None:
    session = ModelSession(write_model(), [CPU])
    weights = np.arange(6, dtype=np.float32).reshape(3, 2)
    for batch in (1, 5, 1, 300):
        fed = feeds(batch)
        found = session.run(fed)
        assert list(found) == ["y"]
        assert np.allclose(found["y"], fed["x"] @ weights + fed["gain"], atol=1e-5)
    assert session.provider == CPU
    assert session.contract.task == "testing"


def test_strided_views_are_fed_as_they_are(write_model: WriteModel) -> None:
    session = ModelSession(write_model(), [CPU])
    fed = feeds(4)
    strided = {"x": np.repeat(fed["x"], 2, axis=1)[:, ::2], "gain": fed["gain"].T.copy().T}
    assert np.array_equal(session.run(strided)["y"], session.run(fed)["y"])


BAD_FEEDS: dict[str, Callable[[Feeds], object]] = {
    "missing": lambda f: f.pop("gain"),
    "too many": lambda f: f.update(extra=f["x"]),
    "double": lambda f: f.update(x=f["x"].astype(np.float64)),
    "byte order": lambda f: f.update(x=f["x"].astype(">f4")),
    "rank": lambda f: f.update(x=f["x"][0]),
    "size": lambda f: f.update(x=f["x"][:, :2]),
    "batch": lambda f: f.update(x=np.repeat(f["x"], 2, axis=0)),
    "empty": lambda f: f.update(x=f["x"][:0], gain=f["gain"][:0]),
    "list": lambda f: f.update(x=f["x"].tolist()),
}


@pytest.mark.parametrize("fault", BAD_FEEDS)
def test_wrong_inputs_are_refused_with_what_was_expected(
    fault: str, write_model: WriteModel
) -> None:
    session = ModelSession(write_model(), [CPU])
    session.run(feeds(2))  # shapes already known must not let a fault through
    fed = feeds(2)
    BAD_FEEDS[fault](fed)
    with pytest.raises(ContractError, match=r"was fed .*expected x: float32 \['batch', 3\]"):
        session.run(fed)
    session.run(feeds(2))


def test_outputs_that_are_not_finite_are_refused(write_model: WriteModel) -> None:
    session = ModelSession(write_model(), [CPU])
    fed = feeds(3)
    fed["x"][1, 0] = np.nan
    with pytest.raises(ModelError, match=r"2 of 6 numbers of 'y'.*the inputs x already did"):
        session.run(fed)
    large = {"x": np.full((1, 3), 3e38, np.float32), "gain": np.zeros((1, 2), np.float32)}
    with pytest.raises(ModelError, match="its inputs were finite"):
        session.run(large)


def test_large_finite_outputs_are_not_mistaken_for_infinity(write_model: WriteModel) -> None:
    """Their squares overflow, they do not."""
    session = ModelSession(write_model(), [CPU])
    fed = {"x": np.zeros((1, 3), np.float32), "gain": np.full((1, 2), 1e30, np.float32)}
    assert np.array_equal(session.run(fed)["y"], fed["gain"])


def test_files_that_do_not_belong_together_are_refused(
    write_model: WriteModel, toy_model: onnx.ModelProto, tmp_path: Path
) -> None:
    path = write_model()
    with pytest.raises(ContractError, match="does not exist"):
        ModelSession(tmp_path / "none.onnx")
    with pytest.raises(ContractError, match=r"is not an \.onnx file"):
        ModelSession(path.with_suffix(".json"))
    toy_model.graph.initializer[0].raw_data = bytes(24)
    path.write_bytes(toy_model.SerializeToString())
    with pytest.raises(ContractError, match=r"SHA-256.*damaged"):
        ModelSession(path)
    path.unlink()
    with pytest.raises(ContractError, match=r"toy\.onnx does not exist"):
        ModelSession(path)
    write_model().with_suffix(".json").unlink()
    with pytest.raises(ContractError, match=r"toy\.json does not exist"):
        ModelSession(path)


def test_a_link_out_of_the_folder_is_refused(write_model: WriteModel, tmp_path: Path) -> None:
    real = write_model(folder=tmp_path / "elsewhere")
    inside = tmp_path / "models"
    inside.mkdir()
    try:
        (inside / "toy.onnx").symlink_to(real)
    except OSError:
        pytest.skip("this system lets only administrators make links")
    (inside / "toy.json").write_bytes(real.with_suffix(".json").read_bytes())
    with pytest.raises(ContractError, match="outside its folder"):
        ModelSession(inside / "toy.onnx")
    (tmp_path / "linked").symlink_to(tmp_path / "elsewhere")
    ModelSession(tmp_path / "linked" / "toy.onnx", [CPU])  # a linked folder holds both files


@pytest.mark.parametrize("ending", [".onnx", ".json"])
def test_a_link_that_leads_in_a_circle_is_refused(write_model: WriteModel, ending: str) -> None:
    path = write_model().with_suffix(ending)
    path.unlink()
    try:
        path.symlink_to(path)
    except OSError:
        pytest.skip("this system lets only administrators make links")
    with pytest.raises(ContractError, match=path.name):
        ModelSession(path.with_suffix(".onnx"), [CPU])


def test_external_data_never_reaches_onnxruntime(
    write_model: WriteModel, toy_model: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensor = toy_model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    path = write_model(toy_model)
    path.with_name("weights.bin").write_bytes(np.ones(6, np.float32).tobytes())
    started: list[object] = []
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *a, **k: started.append(a))
    with pytest.raises(ContractError, match="'w' in another file"):
        ModelSession(path, [CPU])
    assert not started


def test_custom_operators_and_broken_graphs_are_refused(
    write_model: WriteModel, toy_model: onnx.ModelProto
) -> None:
    toy_model.graph.node[1].domain = "my.ops"
    with pytest.raises(ContractError, match=r"operator 'Add' of domain 'my\.ops'"):
        ModelSession(write_model(toy_model))
    toy_model.graph.node[1].domain = ""
    toy_model.graph.node[1].op_type = "Addd"
    with pytest.raises(ContractError, match=r"refused by onnxruntime.*Addd"):
        ModelSession(write_model(toy_model), [CPU])


SPEC_FAULTS = {
    "input name": {"inputs": (TensorSpec("z", ("b", 3)), TensorSpec("gain", ("b", 2)))},
    "input count": {"inputs": (TensorSpec("x", ("b", 3)),)},
    "input dtype": {"inputs": (TensorSpec("x", ("b", 3), "float64"), TensorSpec("gain", ("b", 2)))},
    "input size": {"inputs": (TensorSpec("x", ("b", 4)), TensorSpec("gain", ("b", 2)))},
    "input free": {"inputs": (TensorSpec("x", ("b", "n")), TensorSpec("gain", ("b", 2)))},
    "input rank": {"inputs": (TensorSpec("x", ("b", 3, 1)), TensorSpec("gain", ("b", 2)))},
    "output name": {"outputs": (TensorSpec("z", ("b", 2)),)},
    "output size": {"outputs": (TensorSpec("y", ("b", 3)),)},
    "opset": {"opset": 17},
}


@pytest.mark.parametrize("fault", SPEC_FAULTS)
def test_a_contract_that_is_not_the_graphs_is_refused(fault: str, write_model: WriteModel) -> None:
    with pytest.raises(ContractError, match="contract says"):
        ModelSession(write_model(**SPEC_FAULTS[fault]), [CPU])


def test_a_contract_may_fix_what_the_graph_leaves_free(write_model: WriteModel) -> None:
    fixed = TensorSpec("x", (2, 3)), TensorSpec("gain", (2, 2))
    session = ModelSession(write_model(inputs=fixed), [CPU])
    session.run(feeds(2))
    with pytest.raises(ContractError, match=r"expected x: float32 \[2, 3\]"):
        session.run(feeds(3))


def test_an_output_of_another_shape_than_promised_is_found_when_run(
    write_model: WriteModel, toy_model: onnx.ModelProto
) -> None:
    """A graph may declare its outputs as free; the promise is then checked on what comes."""
    toy_model.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "n"
    del toy_model.graph.initializer[:]
    toy_model.graph.node[0].CopyFrom(helper.make_node("Concat", ["x", "gain"], ["p"], axis=1))
    toy_model.graph.node[1].CopyFrom(helper.make_node("NonZero", ["p"], ["index"]))
    toy_model.graph.node.append(helper.make_node("Cast", ["index"], ["y"], to=1))
    session = ModelSession(write_model(toy_model, outputs=(TensorSpec("y", (2, 9)),)), [CPU])
    with pytest.raises(ContractError, match=r"shape \(2, 5\), its contract says \(2, 9\)"):
        session.run(feeds(1))


def test_providers_are_tried_in_order_and_misses_are_said(
    write_model: WriteModel, caplog: pytest.LogCaptureFixture
) -> None:
    absent = absent_provider()
    with caplog.at_level(logging.DEBUG, "blender_addon"):
        session = ModelSession(write_model(), [absent, CPU])
    assert session.provider == CPU
    assert f"running on {CPU}" in session.provider_report
    assert f"{absent} is not in this build" in session.provider_report
    assert any(absent in record.message for record in caplog.records)
    assert ModelSession(write_model(), [CPU]).provider_report == f"running on {CPU}"


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="CUDA may start here"
)
@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")
def test_a_provider_that_does_not_start_is_said(
    write_model: WriteModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine with the CUDA build and no driver: onnxruntime quietly takes the CPU."""
    cuda, available = "CUDAExecutionProvider", onnxruntime.get_available_providers()
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [cuda, *available])
    session = ModelSession(write_model(), [cuda, CPU])
    assert session.provider == CPU
    assert "CUDAExecutionProvider could not start" in session.provider_report
    with pytest.raises(ProviderError, match="could not start"):
        ModelSession(write_model(), [cuda])


@pytest.mark.parametrize("providers", [["NoSuchProvider"], [CPU, "cuda"], [], CPU])
def test_unknown_providers_are_refused_with_the_list(
    providers: list[str] | str, write_model: WriteModel
) -> None:
    with pytest.raises(ProviderError, match=f"available: .*{CPU}"):
        ModelSession(write_model(), providers)


def test_no_quiet_fallback_to_a_provider_that_was_not_desired(write_model: WriteModel) -> None:
    absent = absent_provider()
    with pytest.raises(ProviderError, match=f"{absent} is not in this build.*add one of these"):
        ModelSession(write_model(), [absent])
    assert CPU in available_providers()


def test_one_warm_session_per_model(write_model: WriteModel) -> None:
    path = write_model()
    with ThreadPoolExecutor(8) as pool:
        sessions = list(pool.map(lambda _: open_session(path, [CPU]), range(16)))
    assert len({id(session) for session in sessions}) == 1
    assert open_session(str(path), [CPU]) is sessions[0]
    assert open_session(path, [CPU], threads=1) is not sessions[0]
    close_sessions()
    assert open_session(path, [CPU]) is not sessions[0]


def test_a_changed_model_is_loaded_anew(
    write_model: WriteModel, toy_model: onnx.ModelProto
) -> None:
    path = write_model()
    before = open_session(path, [CPU])
    toy_model.graph.initializer[0].raw_data = np.ones(6, np.float32).tobytes()
    toy_model.doc_string = "changed"
    write_model(toy_model)
    after = open_session(path, [CPU])
    assert after is not before
    fed = feeds(1)
    assert np.allclose(after.run(fed)["y"], fed["x"].sum() + fed["gain"], atol=1e-5)


def test_threads_may_share_a_session(write_model: WriteModel) -> None:
    session = ModelSession(write_model(), [CPU])
    batches = [1 + index % 7 for index in range(200)]
    expected = {batch: session.run(feeds(batch))["y"] for batch in set(batches)}
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda batch: session.run(feeds(batch))["y"], batches))
    for batch, result in zip(batches, results, strict=True):
        assert np.array_equal(result, expected[batch])


def endless_model() -> onnx.ModelProto:
    """y = x · w + gain, added to over and over: hours of work in a single run."""
    scalar = TensorProto.INT64, TensorProto.BOOL
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["goes_on"]),
            helper.make_node("Add", ["sum", "gain"], ["next_sum"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("number", scalar[0], []),
            helper.make_tensor_value_info("go_on", scalar[1], []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["batch", 2]),
        ],
        [
            helper.make_tensor_value_info("goes_on", scalar[1], []),
            helper.make_tensor_value_info("next_sum", TensorProto.FLOAT, ["batch", 2]),
        ],
    )
    tensors = {
        "w": np.ones((3, 2), np.float32),
        "count": np.array(2**40, np.int64),
        "yes": np.array(True),
    }
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["product"]),
            helper.make_node("Loop", ["count", "yes", "product"], ["y"], body=body),
        ],
        "endless",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3]),
            helper.make_tensor_value_info("gain", TensorProto.FLOAT, ["batch", 2]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def test_a_run_under_way_ends_when_its_job_is_cancelled(write_model: WriteModel) -> None:
    cancellation = Cancellation()
    session = ModelSession(write_model(endless_model()), [CPU], threads=1)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(CancellableSession(session, cancellation).run, feeds())
        assert not run.done()
        cancellation.ask()
        with pytest.raises(Cancelled, match="nothing was changed"):
            run.result()


def test_a_cancelled_job_begins_no_run_and_disturbs_no_other(write_model: WriteModel) -> None:
    cancellation, session = Cancellation(), ModelSession(write_model(), [CPU])
    runner = CancellableSession(session, cancellation)
    before = runner.run(feeds())["y"]
    cancellation.ask()
    with pytest.raises(Cancelled):
        runner.run(feeds())
    other = CancellableSession(session, Cancellation())
    assert np.array_equal(other.run(feeds())["y"], before)
