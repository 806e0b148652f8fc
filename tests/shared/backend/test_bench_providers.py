"""Every model is timed on a provider beside the CPU, and what differs too much is no success."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner

from backend.bench import command as bench_command
from backend.bench import installed, providers
from backend.bench.feeds import FRAMES, batch_axis, feed_bytes, make_feeds
from backend.bench.report import Report, Row, Section
from backend.bench.setting import CPU
from backend.packaging import extension
from blender_addon.core.errors import ModelError, ProviderError
from blender_addon.core.inference.contract import load_contract
from blender_addon.core.inference.session import ModelSession
from tests.conftest import ROOT

MODELS = ROOT / "onnx_models"
CUDA = "CUDAExecutionProvider"
without_cuda = pytest.mark.skipif(
    CUDA in onnxruntime.get_available_providers(), reason="there is CUDA"
)


def test_a_provider_may_be_written_in_short() -> None:
    for text in ("cuda", "CUDA", "cudaexecutionprovider", CUDA):
        assert providers.provider_named(text) == CUDA
    assert providers.provider_named("cpu") == CPU


def test_every_shipped_model_gets_inputs_of_its_contract() -> None:
    models = providers.shipped_models()
    assert {path.stem for path in models} >= {"locomotion_biped", "gesture_lstm_all"}
    for path in models:
        contract = load_contract(path.with_suffix(".json"))
        assert batch_axis(contract)
        feeds, again = make_feeds(contract, 3, seed=1), make_feeds(contract, 3, seed=1)
        assert list(feeds) == [spec.name for spec in contract.inputs]
        for spec in contract.inputs:
            feed = feeds[spec.name]
            assert feed.ndim == len(spec.shape) and feed.dtype == spec.dtype
            # Labels are all the first one.
            assert np.isfinite(feed).all() and (np.ptp(feed) > 0 or feed.dtype.kind == "i")
            np.testing.assert_array_equal(feed, again[spec.name])
            free = {"frames": FRAMES, "hidden_frames": FRAMES // 2, "samples": 16_000}
            free[batch_axis(contract)] = 3
            assert feed.shape == tuple(free.get(size, size) for size in spec.shape)
        assert feed_bytes(contract, 3) == sum(feed.nbytes for feed in feeds.values())


def test_amounts_of_an_input_are_not_below_nothing() -> None:
    contract = load_contract(MODELS / "gaze_behaviour.json")
    features = make_feeds(contract, 50)["features"]
    layout = contract.input("features")
    assert features[:, layout.part("past_durations")].min() >= 0.0
    assert features[:, layout.part("past_directions_rad")].min() < 0.0


def test_the_cpu_does_not_differ_from_itself() -> None:
    models = [MODELS / "gaze_behaviour.onnx", MODELS / "speech_face_2017.onnx"]
    found = providers.measure_providers(CPU, 0.01, models, sizes=(1, 5))
    [row] = found.rows[Section.RATIO]()
    assert row.value == 0.0 and "2 models" in row.note
    told = found.extra["providers"]["gaze_behaviour"]
    assert told["ran_on"].startswith(f"running on {CPU}")
    assert set(told["median_ms"][CPU]) == set(told["difference"]) == {"1", "5"}
    assert [each.key for each in found.batches()] == [f"{path.stem}_batches" for path in models]


def test_what_the_cpu_takes_too_long_for_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_MOST_SECONDS", 0.0)
    found = providers.measure_providers(CPU, 0.01, [MODELS / "gaze_behaviour.onnx"], sizes=(1, 5))
    told = found.extra["providers"]["gaze_behaviour"]
    assert set(told["difference"]) == {"1"} and "the CPU would take" in told["left_out"]["5"]


def test_a_batch_that_wants_too_much_is_left_out_and_the_first_one_is_no_batch(monkeypatch) -> None:
    run = ModelSession.run

    def refuse(session, feeds, options=None):
        if len(feeds["features"]) > limit:
            raise ModelError("wants more memory than networks may take")
        return run(session, feeds, options)

    monkeypatch.setattr(ModelSession, "run", refuse)
    limit, models = 4, [MODELS / "gaze_behaviour.onnx"]
    told = providers.measure_providers(CPU, 0.01, models, (1, 5)).extra["providers"]
    assert set(told["gaze_behaviour"]["difference"]) == {"1"}
    assert "more memory" in told["gaze_behaviour"]["left_out"]["5"]
    limit = 0
    with pytest.raises(ModelError, match="more memory"):
        providers.measure_providers(CPU, 0.01, models, (1, 5))


def test_a_difference_is_to_the_largest_number_of_its_output() -> None:
    expected = {"small": np.array([1e-3, 0.0]), "large": np.array([[100.0, -200.0]])}
    found = {"small": np.array([1e-3, 1e-6]), "large": np.array([[100.0, -199.0]])}
    assert list(providers._differences(found, expected)) == pytest.approx([1e-3, 5e-3])
    broken = {**found, "large": np.array([[np.inf, 0.0]])}
    assert max(providers._differences(broken, expected)) == np.inf


def run_bench(monkeypatch: pytest.MonkeyPatch, rows: list[Row], *arguments: str):
    report = Report(rows, extra={"machine": {"processor": "", "cores": 2, "load_before": 0.0}})
    report.extra["provider"] = CPU
    monkeypatch.setattr(bench_command, "bench", lambda *_: report)
    return CliRunner().invoke(bench_command.command, arguments)


def test_what_differs_too_much_is_a_failure_and_what_is_slow_is_not(tmp_path, monkeypatch) -> None:
    parity = Row("provider_parity", "largest difference", 2e-3, "", 1e-3, note="most in walk")
    slow = Row("slow_ms", "slow", 2.0, "ms", 1.0)
    file = tmp_path / "found.json"
    failed = run_bench(monkeypatch, [parity, slow], "--json", str(file))
    assert failed.exit_code == 1 and "largest difference: most in walk" in failed.output
    assert json.loads(file.read_text("utf-8"))["provider_parity"] == 2e-3
    passed = run_bench(monkeypatch, [replace(parity, value=1e-5), slow])
    assert passed.exit_code == 0, passed.output


@without_cuda
def test_without_cuda_one_line_says_what_was_found_and_what_to_do() -> None:
    told = CliRunner().invoke(bench_command.command, ["--provider", "cuda"])
    assert told.exit_code == 1 and isinstance(told.exception, ProviderError)
    text = str(told.exception)
    assert "\n" not in text and "NVIDIA driver" in text and onnxruntime.__version__ in text
    assert "build.py bench --provider cuda" in text


def test_a_zip_that_cannot_be_had_is_told_and_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise extension.PackagingError("the wheel could not be downloaded.\nCheck the connection")

    monkeypatch.setattr(installed, "gpu_zip", refuse)
    found = installed.measure_installed(CUDA)
    [row] = found.rows[Section.PRODUCT]()
    assert row.misses_target and row.note.endswith("downloaded. Check the connection")
    assert found.extra["gpu_zip"] == {"problem": row.note}
