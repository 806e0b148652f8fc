"""A training run becomes a model that the speech pipeline takes and that equals torch."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import SPEECH_CHANNELS
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.networks.waveform import WaveformNetwork
from blender_addon.core.speech.pipeline import SpeechFacePipeline, SpeechRequest
from tests.speech.training_samples import JAW, make_pairs, swell

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.export.onnx_export import ExportReport  # noqa: E402
from backend.export.parity import TOLERANCE  # noqa: E402
from backend.speech.cnn2017.data import Recordings  # noqa: E402
from backend.speech.cnn2017.export import MODEL_NAME, export  # noqa: E402
from backend.speech.cnn2017.loop import TrainingConfig, train  # noqa: E402
from backend.speech.cnn2017.trained import load_trained  # noqa: E402
from backend.speech.measures.animated import measure_animated, read_animated  # noqa: E402
from backend.speech.measures.faces import ModelSpeaker, trained_style  # noqa: E402
from backend.speech.measures.read_aloud import measure_sentences, read_sentences  # noqa: E402
from backend.speech.styles import NAMED_STYLES  # noqa: E402

pytestmark = pytest.mark.torch

SHIPPED = Path(__file__).resolve().parents[3] / "onnx_models" / f"{MODEL_NAME}.onnx"


def usual_style(session: ModelSession) -> Floats:
    """(E,) the first of the model's styles."""
    return np.array(next(iter(session.contract.settings["styles"].values())), np.float32)


CONFIG = TrainingConfig(
    segments=4, steps=16, max_minutes=1e9, max_updates=4, validate_every=4, threads=1
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("run")
    train(Recordings(make_pairs()), CONFIG, folder, lambda model: {})
    return folder


@pytest.fixture(scope="module")
def report(run: Path, tmp_path_factory: pytest.TempPathFactory) -> ExportReport:
    return export(run, tmp_path_factory.mktemp("models"), "train for a test")


@pytest.fixture(scope="module")
def session(report: ExportReport) -> ModelSession:
    return ModelSession(report.path, ["CPUExecutionProvider"], threads=1)


@pytest.fixture(scope="module")
def shipped() -> ModelSession:
    return ModelSession(SHIPPED, ["CPUExecutionProvider"], threads=1)


def test_parity_holds_on_noise_and_on_a_voice(
    report: ExportReport, session: ModelSession, run: Path
) -> None:
    assert report.parity.largest <= TOLERANCE
    face = load_trained(run)
    waveform, _ = swell(3.0, seed=7)
    times, style = np.arange(90) / 30, face.styles[0]
    desired = face.speak(waveform, times, style)
    feeds = {
        "waveform": waveform,
        "times": times.astype(np.float32),
        "style": np.tile(style.numpy(), (90, 1)),
    }
    np.testing.assert_allclose(session.run(feeds)["curves"], desired, atol=1e-4)


def test_the_contract_says_what_it_is(report: ExportReport, session: ModelSession) -> None:
    contract = session.contract
    assert contract.name == MODEL_NAME and contract.task == "speech_face"
    assert contract.sha256 == hashlib.sha256(report.path.read_bytes()).hexdigest()
    assert tuple(contract.settings["channels"]) == SPEECH_CHANNELS
    assert contract.settings["has_emotions"] is False
    assert set(NAMED_STYLES) < set(contract.settings["styles"])
    assert any("FACEGOOD" in source.attribution for source in contract.data)


def test_each_session_has_its_manner(session: ModelSession, run: Path) -> None:
    face = load_trained(run)
    of_second = face.styles[:2].mean(0).numpy()
    np.testing.assert_allclose(trained_style(session.contract, "1114_2_07"), of_second, atol=1e-4)
    actor = trained_style(session.contract, "somebody_else")
    np.testing.assert_allclose(actor, face.styles[:3].mean(0).numpy(), atol=1e-4)
    np.testing.assert_allclose(usual_style(session), face.styles[3:].mean(0).numpy(), atol=1e-4)


def test_windows_of_the_pipeline_do_not_show(session: ModelSession) -> None:
    sound = ArraySound(swell(5.0, seed=8)[0])
    request = SpeechRequest(sound, 24.0, upper_face=False, lip_closure=False)
    whole, pieces = (
        SpeechFacePipeline(WaveformNetwork(session, window_s)).generate(request).clip
        for window_s in (60.0, 0.7)
    )
    assert whole.channels == SPEECH_CHANNELS
    np.testing.assert_allclose(pieces.weights, whole.weights, atol=1e-4)


def test_exported_again_it_is_the_same_file(
    run: Path, report: ExportReport, tmp_path: Path
) -> None:
    again = export(run, tmp_path, "train for a test")
    assert again.path.read_bytes() == report.path.read_bytes()
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [f"{MODEL_NAME}.json", f"{MODEL_NAME}.onnx"]


def test_the_shipped_model_is_still_in_silence(shipped: ModelSession) -> None:
    assert SHIPPED.stat().st_size <= 16e6
    style = np.tile(usual_style(shipped), (60, 1))
    times = (np.arange(60) / 30).astype(np.float32)
    silence = np.zeros(32000, np.float32)
    curves = shipped.run({"waveform": silence, "times": times, "style": style})["curves"]
    assert np.abs(curves - curves[30]).max() < 1e-3
    assert curves.max() < 0.15


@pytest.mark.data
def test_the_shipped_styles_do_what_they_are_called(shipped: ModelSession, data_dir: Path) -> None:
    from backend.speech.pairs import read_wav

    waveform = read_wav(sorted((data_dir / "speech" / "librivox").glob("*.wav"))[0])
    times = np.arange(int(len(waveform) / 16000 * 30)) / 30
    names = {name: n for n, name in enumerate(SPEECH_CHANNELS)}
    faces = {
        name: shipped.run(
            {
                "waveform": waveform,
                "times": times.astype(np.float32),
                "style": np.tile(np.array(vector, np.float32), (len(times), 1)),
            }
        )["curves"].mean(0)
        for name, vector in shipped.contract.settings["styles"].items()
    }
    plain = next(iter(faces.values()))
    assert faces["soft"][JAW] < 0.85 * plain[JAW] < plain[JAW] < 0.9 * faces["strong"][JAW]
    pucker, stretch = names["mouthPucker"], names["mouthStretchLeft"]
    assert faces["rounded"][pucker] > 1.15 * plain[pucker] > faces["spread"][pucker]
    assert faces["spread"][stretch] > 1.15 * plain[stretch] > faces["rounded"][stretch]


@pytest.mark.data
@pytest.mark.slow
def test_the_shipped_model_speaks_english_and_beats_the_baselines(
    shipped: ModelSession, data_dir: Path
) -> None:
    speaker = ModelSpeaker(shipped)
    sentences = read_sentences(data_dir / "speech" / "librivox")
    english = measure_sentences(speaker, sentences, None)
    assert english["english_lips_auc"] >= 0.85 and english["english_jaw_auc"] >= 0.75
    found = measure_animated(speaker, read_animated(data_dir / "face" / "facegood"))
    assert found["facegood_rmse_over_ridge"] < 0.95 and found["facegood_jaw_r"] > 0.68
    assert abs(found["lag_frames"]) <= 1
