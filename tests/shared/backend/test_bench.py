"""The bench measures what it says, on an untrained network of the real layout."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from click.testing import CliRunner

from backend.bench import timing
from backend.bench.report import Batches, Figures, Report, Row, Section
from backend.processes import run_limited
from blender_addon.core.capabilities import CAPABILITIES, Capability
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.errors import ModelError, ProviderError
from blender_addon.core.inference.contract import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT, STYLE_DIMENSIONS

ROOT = Path(__file__).resolve().parents[3]
KEYS = (
    "locomotion_frame_ms",
    "locomotion_step_ms",
    "locomotion_step_einsum_ms",
    "locomotion_step_torch_ms",
    "crowd256_us_per_character_frame",
    "keys_60x600_ms",
    "keys_60x600_keyframe_insert_ms",
    "model_load_s",
    "crowd_over_step",
    "frame_over_step",
    "long_over_short",
    "crowd_kb_per_frame",
    "speech_encoder_minute_s",
    "encoder_over_windows",
)
FACE_KEYS = (
    "gaze_64_over_1",
    "enable_over_import",
    "cancel_s",
    "gaze_minute_s",
    "gaze_minute_64_characters_s",
    "dance_minute_s",
    "talk_minute_s",
    "perform_minute_s",
    "speech_minute_s",
    "speech_varied_minute_s",
    "speech_peak_mb",
    "speech_peak_60_minutes_mb",
)


def make_contract() -> ModelContract:
    features = TensorSpec(
        "features", ("batch", INPUT_LAYOUT.size), layout=INPUT_LAYOUT.as_contract()
    )
    prediction = TensorSpec(
        "prediction", ("batch", OUTPUT_LAYOUT.size), layout=OUTPUT_LAYOUT.as_contract()
    )
    return ModelContract(
        name="untrained",
        task="locomotion",
        inputs=(features, TensorSpec("phase", ("batch",), unit="rad")),
        outputs=(prediction,),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=MODEL_FRAME_RATE_HZ,
        training=TrainingRecord("none", "test"),
        data=(),
        weights_licence="CC0-1.0",
        settings={
            "gaits": list(GAITS),
            "max_speed_m_s": 3.0,
            "initial_joint_positions_m": COMMON_SKELETON.rest_positions().tolist(),
            "style_vectors": [[0.0] * STYLE_DIMENSIONS],
        },
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network that stands still: random hidden layers, outputs of the rest pose."""
    torch = pytest.importorskip("torch")
    from backend.export.onnx_export import export_module
    from backend.walk.network import PhaseFunctionedNetwork
    from backend.walk.wide_product import WideProductNetwork

    torch.manual_seed(0)
    network = PhaseFunctionedNetwork(INPUT_LAYOUT.size, OUTPUT_LAYOUT.size, hidden=64)
    network.output_scale.fill_(1e-3)
    parts = OUTPUT_LAYOUT.slices
    rest = torch.from_numpy(COMMON_SKELETON.rest_positions()).flatten()
    network.output_mean[parts["joint_positions_m"]] = rest
    identity = torch.eye(3)[:, :2].flatten().repeat(COMMON_SKELETON.joint_count)
    network.output_mean[parts["joint_rotations_six"]] = identity
    network.output_mean[parts["phase_rate_rad_s"]] = 6.0
    example = {"features": torch.zeros(2, INPUT_LAYOUT.size), "phase": torch.zeros(2)}
    path = tmp_path_factory.mktemp("models") / "untrained.onnx"
    module = WideProductNetwork(network)
    return export_module(
        module, example, ["prediction"], make_contract(), path, reference=network
    ).path


@pytest.fixture(scope="module")
def exported_once() -> Iterator[None]:
    """The model in its other form is written by whoever asks first."""
    pytest.importorskip("torch")
    from backend.walk import bench_networks

    real, kept = bench_networks.open_einsum_session, []

    def open_session(*arguments: Any) -> ModelSession:
        kept[:] = kept or [real(*arguments)]
        return kept[0]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bench_networks, "open_einsum_session", open_session)
        yield


@pytest.mark.torch
@pytest.mark.usefixtures("exported_once")
def test_torch_and_einsum_compute_what_the_model_does(model: Path, tmp_path: Path) -> None:
    """A comparison of speeds means something only between equal results."""
    from backend.walk.bench_networks import check_same, open_einsum_session, read_network

    session = ModelSession(model, ["CPUExecutionProvider"])
    network = read_network(model, session.contract)
    assert check_same(network, session) < 1e-4
    einsum = open_einsum_session(network, session.contract, tmp_path, None)
    assert check_same(network, einsum) < 1e-4
    network.layers[1].control_biases.data += 1.0
    with pytest.raises(ModelError, match="differs from torch"):
        check_same(network, session)


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.usefixtures("exported_once")
def test_the_command_writes_every_key(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it once, of small crowds, and minutes as seconds."""
    from backend.bench.command import command

    make_small(monkeypatch)
    out = tmp_path / "bench.json"
    arguments = ["--onnx", str(model), "--json", str(out), "--seconds", "0.05"]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    figures = json.loads(out.read_text("utf-8"))
    measured = [key for key in KEYS if not key.startswith("keys") or find_spec("bpy")]
    measured += FACE_KEYS if find_spec("bpy") else ()
    for key in measured:
        assert 0.0 < figures[key] < 1e5, key
    assert set(KEYS) <= set(figures)
    assert list(figures["step_batches"]["CPUExecutionProvider"]) == ["1", "256", "4096"]
    assert figures["provider"] == "CPUExecutionProvider"
    assert "network step" in done.output


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every figure of the bench from less of the same, and from one try."""
    from backend.bench import cancel, keys, loading
    from backend.gaze import bench_scene as gaze_scene
    from backend.gesture import bench_scene as gesture_scene
    from backend.perform import bench_scene as perform_scene
    from backend.rigs.generated import make_rigify
    from backend.speech import bench as speech_bench
    from backend.speech import bench_hearing as hearing
    from backend.speech import bench_scene as speech_scene
    from backend.walk import bench as walk_bench
    from backend.walk import bench_ratios, bench_scene, bench_walk

    whole = speech_bench.peak_megabytes

    def shorter(minutes: tuple[int, ...], path: Path) -> dict[int, float]:
        return {each: whole((each / 60,), path)[each / 60] for each in minutes}

    monkeypatch.setattr(speech_bench, "peak_megabytes", shorter)
    for module, name, value in (
        (gaze_scene, "MINUTE_S", 3),
        (speech_scene, "MINUTE_S", 3),
        (gesture_scene, "MINUTE_S", 4),
        (perform_scene, "MINUTE_S", 4),
        (hearing, "MINUTE_S", 6),
        (hearing, "_FRAMES", int(6 * hearing.FEATURE_RATE_HZ)),
        (gaze_scene, "MANY", 4),
        (keys, "FRAMES", 60),
        (bench_walk, "CROWD", 8),
        (walk_bench, "CROWDS", (8,)),
        (bench_scene, "_TRIES", 1),
        (bench_scene, "_WARM_UP", 1),
        (bench_scene, "_TEN_SECONDS_M", 2.0),
        (bench_scene, "make_rigify", lambda _human: make_rigify()),  # has fewer bones
        (bench_ratios, "_SHORT_S", 3.0),
        (bench_walk.make_path, "__defaults__", (2.0, 0.0, 4.0)),
        (loading.import_seconds, "__defaults__", (1,)),
        (loading.load_seconds, "__defaults__", (1,)),
        (bench_ratios.frame_over_step, "__defaults__", (1,)),
        (cancel.slowest_stop, "__defaults__", ((0.1, 0.9),)),
    ):
        assert hasattr(module, name)
        monkeypatch.setattr(module, name, value)
    for function in (timing.time_call, timing.time_calls):
        monkeypatch.setitem(function.__kwdefaults__, "warm_up", 0)
    monkeypatch.setitem(timing.time_calls.__kwdefaults__, "least", 1)


def test_the_bench_follows_from_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A capability without a bench, even one without a package in backend, is passed over."""
    from backend.bench import command

    hello = Capability("hello", "Hello", {"nodding": "hello"})
    exporting = Capability("export", "Export", {})
    registered = (*reversed(CAPABILITIES), hello, exporting)
    monkeypatch.setattr(command, "CAPABILITIES", registered)
    assert list(command.offered_measures()) == [each.name for each in reversed(CAPABILITIES)]


def test_whoever_goes_on_for_longest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table's parts are in order, whoever has measured them."""
    from backend.bench import command

    first = Figures(
        {
            Section.RATIO: lambda: [Row("c", "", 3.0, "×")],
            Section.STEP: lambda: [Row("a", "", 1.0, "ms")],
        },
        batches=lambda: [Batches("sizes", "", {"Some": {1: 0.5}})],
        extra={"report": "fast"},
        cancel_s=lambda: 0.2,
    )
    second = Figures({Section.MINUTE: lambda: [Row("b", "", 2.0, "s")]}, cancel_s=lambda: 0.7)
    monkeypatch.setattr(
        command, "offered_measures", lambda: {"one": lambda _: first, "two": lambda _: second}
    )
    monkeypatch.setattr(command, "measure_shared", lambda _, stopped: shared_row(stopped))
    found = command.bench(None, "Some", 2, 0.1).to_json()
    assert list(found)[:4] == ["a", "b", "c", "cancel_s"]
    assert found["cancel_s"] == 0.7
    assert found["sizes"] == {"Some": {"1": 0.5}}
    assert (found["provider"], found["report"], found["threads"]) == ("Some", "fast", 2)


def shared_row(stopped: dict[str, Callable[[], float]]) -> Figures:
    from backend.bench.shared_rows import cancel_row

    return Figures({Section.RATIO: lambda: [cancel_row(stopped)]})


@pytest.mark.torch
def test_an_unknown_provider_is_refused(model: Path) -> None:
    from backend.bench.command import bench

    with pytest.raises(ProviderError, match="available"):
        bench(model, "GpuExecutionProvider", None, 0.1)


@pytest.mark.blender
def test_keys_by_bulk_and_one_by_one_are_the_same_keys() -> None:
    from backend.bench.keys import insert_keys, make_armature, make_rotations
    from backend.bench.shared_rows import write_keys

    rotations = make_rotations(30, 12)
    armature = make_armature(12)
    found = []
    for write in (write_keys, insert_keys):
        write(armature, rotations)
        found.append(evaluated_rotations(armature, 30))
        armature.animation_data_clear()
    assert np.allclose(found[0], rotations, atol=1e-5)
    assert np.allclose(found[1], rotations, atol=1e-5)


def evaluated_rotations(armature: object, frames: int) -> np.ndarray:
    import bpy

    poses = []
    for frame in range(frames):
        bpy.context.scene.frame_set(frame)
        poses.append([list(bone.rotation_quaternion) for bone in armature.pose.bones])
    return np.array(poses)


def test_a_sound_made_of_repeats_reads_alike_in_any_pieces() -> None:
    from backend.speech.bench_memory import SENTENCE, RepeatedSound

    sound = RepeatedSound(SENTENCE, 20.0)
    whole = sound.read(-100, 20 * 16000 + 200)
    assert not whole[:100].any() and not whole[-100:].any()
    assert np.array_equal(sound.read(130_000, 500), whole[130_100:130_600])
    assert np.abs(whole).max() > 0.05


def test_memory_is_that_of_the_process_alone() -> None:
    """Whatever this process holds, a child that holds 200 MB more than another says so."""
    program = (
        "import numpy as np\n"
        "from backend.bench.memory import peak_megabytes\n"
        "before = peak_megabytes(); block = np.ones(25_000_000)\n"
        "print(before, peak_megabytes())"
    )
    answer = run_limited([sys.executable, "-c", program], 300, cwd=ROOT)
    assert answer.returncode == 0, answer.stderr
    before, after = map(float, answer.stdout.split())
    assert 150 < after - before < 260
    assert 20 < before < 300


def test_timing_tells_slow_from_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [0.0]
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: now_s[0]))
    waits_s = iter([9.0] * 2 + [0.003, 0.005, 0.005] * 100)  # warming up takes longer

    def slow() -> None:
        now_s[0] += next(waits_s)

    timings = timing.time_calls({"fast": lambda: None, "slow": slow}, seconds=18.5, warm_up=2)
    assert timings["fast"] == timing.Timing(0.0, 0.0, timings["slow"].calls)
    assert timings["slow"].fastest_s == pytest.approx(0.003)
    assert timings["slow"].median_s == pytest.approx(0.005)


def test_a_ratio_is_to_the_reference_around_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine becomes slower all the while, and both alike."""
    now, slowness = [0.0], [1.0]

    def take(seconds: float) -> None:
        now[0] += slowness[0] * seconds
        slowness[0] += 0.01

    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    ratio = timing.time_ratio(lambda: take(6.0), lambda: take(2.0), turns=5)
    assert ratio == pytest.approx(3.0, rel=1e-6)


def test_report_states_ratios_and_missed_targets() -> None:
    rows = [
        Row("ours", "ours", 2.0, "ms", 1.0),
        Row("theirs", "theirs", 30.0, "ms", None, "ours"),
        Row("absent", "absent", None, "ms", 1.0, "ours", "not installed"),
    ]
    found = Report(rows).to_json()
    assert found["times_as_long_as_ours"] == {"theirs": 15.0, "absent": None}
    assert found["targets_missed"] == ["ours"]
    assert found["absent"] is None


@pytest.mark.blender
def test_an_extension_that_does_not_register_is_told(tmp_path):
    from backend.bench.product import enable_seconds

    package = tmp_path / "broken.zip"
    manifest = """
        schema_version = "1.0.0"
        id = "neural_motion"
        version = "0.0.1"
        name = "Broken"
        tagline = "Raises when it is switched on"
        maintainer = "Test"
        type = "add-on"
        blender_version_min = "4.2.0"
        license = ["SPDX:GPL-3.0-or-later"]
    """
    with ZipFile(package, "w") as archive:
        archive.writestr("blender_manifest.toml", dedent(manifest))
        archive.writestr("__init__.py", "def register():\n    raise KeyError('on purpose')\n")
    with pytest.raises(RuntimeError, match=r"(?s)on purpose.*neural_motion does not register"):
        enable_seconds(package)
