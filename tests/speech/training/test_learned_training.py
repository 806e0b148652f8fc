"""Networks on an encoder's vectors: they begin as ridge regression, learn, resume and export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.speech.pairs import FACEGOOD, GRID, PHONES
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.hearing import PHONE_CLASSES
from tests.speech.heard_samples import JAW, SIZE, make_clip, make_clips, track

torch = pytest.importorskip("torch")

from backend.speech.diffusion.export import export as export_diffusion  # noqa: E402
from backend.speech.diffusion.loop import DiffusionConfig  # noqa: E402
from backend.speech.diffusion.loop import load_trained as load_diffusion  # noqa: E402
from backend.speech.diffusion.loop import train as train_diffusion  # noqa: E402
from backend.speech.diffusion.network import signal_at  # noqa: E402
from backend.speech.diffusion.sampling import draw_motion, sampling_signals  # noqa: E402
from backend.speech.heard.batches import HeardClips  # noqa: E402
from backend.speech.phones.export import export as export_phones  # noqa: E402
from backend.speech.phones.network import classes_over_time, visible_class  # noqa: E402
from backend.speech.phones.train import PhonesConfig  # noqa: E402
from backend.speech.phones.train import train as train_phones  # noqa: E402
from backend.speech.regression.export import export as export_regression  # noqa: E402
from backend.speech.regression.linear import fit_linear_maps, taps  # noqa: E402
from backend.speech.regression.loop import RegressionConfig, build, load_trained, train  # noqa: E402
from backend.speech.regression.network import without_alternation  # noqa: E402
from blender_addon.core.speech.networks.opening import read_layout  # noqa: E402

pytestmark = pytest.mark.torch
SHARES = {GRID: 0.4, FACEGOOD: 0.2, PHONES: 0.4}
SMALL = {
    "segments": 6, "frames": 60, "max_minutes": 1e9, "max_updates": 30, "validate_every": 15,
    "averaging": 0.5, "threads": 1,
}  # fmt: skip
REGRESSION = RegressionConfig(hidden=16, **SMALL)
DIFFUSION = DiffusionConfig(hidden=12, **SMALL)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def data() -> HeardClips:
    return HeardClips(make_clips(), SHARES)


@pytest.fixture(scope="module")
def regression(data: HeardClips, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("regression")
    train(data, REGRESSION, folder, lambda model: {})
    return folder


@pytest.fixture(scope="module")
def diffusion(data: HeardClips, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diffusion")
    train_diffusion(data, DIFFUSION, folder, lambda model: {})
    return folder


def _jaw_r(rows: np.ndarray, clip_rows: np.ndarray) -> float:
    return float(np.corrcoef(rows[:, JAW], clip_rows[: len(rows), JAW])[0, 1])


def test_it_begins_as_ridge_regression(data: HeardClips) -> None:
    torch.manual_seed(0)
    model = build(data, REGRESSION).eval()
    with torch.no_grad():
        fit_linear_maps(model.network, data)
        clip = make_clip("s1_new", GRID, 77)
        style = model.styles.of_sessions()[data.sessions.index("grid")]
        rows = model.speak(torch.from_numpy(clip.vectors), style).numpy()
    assert _jaw_r(rows, clip.rows) > 0.9


def test_taps_reach_as_far_as_the_convolution() -> None:
    vectors = torch.randn(30, SIZE)
    changed = vectors.clone()
    changed[15] += 1.0
    moved = (taps(vectors) != taps(changed)).any(1).nonzero().flatten()
    assert moved.min() == 9
    assert moved.max() == 21


def test_neighbours_do_not_alternate() -> None:
    rows = torch.tensor([0.0, 1.0] * 10)[None, :, None]
    assert torch.allclose(without_alternation(rows)[:, 1:-1], torch.tensor(0.5))


def test_a_trained_network_speaks_and_resumes(data: HeardClips, regression: Path) -> None:
    model, facts = load_trained(regression)
    assert facts["sessions"] == data.sessions
    clip = make_clip("s1_new", GRID, 78)
    with torch.no_grad():
        style = model.styles.of_sessions()[data.sessions.index("grid")]
        rows = model.speak(torch.from_numpy(clip.vectors[:151]), style).numpy()
    assert len(rows) == 151
    assert _jaw_r(rows, clip.rows) > 0.85
    before = (regression / "weights.pt").stat().st_mtime_ns
    train(data, replace(REGRESSION, max_updates=30), regression, lambda model: {})
    assert load_trained(regression)[0].network.outputs == model.network.outputs
    assert (regression / "weights.pt").stat().st_mtime_ns >= before


def test_what_is_exported_is_what_the_scene_reads(regression: Path, tmp_path: Path) -> None:
    report = export_regression(regression, tmp_path, "test")
    layout = read_layout(report.contract)
    assert layout.needs_hearing
    assert layout.style_names[0] == "plain"
    assert {"filmed", "animated", "articulate", "soft"} <= set(layout.style_names)
    session = ModelSession(report.path, ["CPUExecutionProvider"])
    feeds = {
        "features": np.random.default_rng(0).normal(size=(3, 612, SIZE)).astype(np.float32),
        "style": np.zeros((3, 612, 32), np.float32),
    }
    made = session.run(feeds)
    assert made["curves"].shape == (3, 612, 52)
    assert made["curves"].min() >= 0.0


def test_signals_rise_from_noise_to_motion() -> None:
    signals = sampling_signals()
    assert (signals.diff() > 0).all()
    assert signals[0] < 0.01
    assert signals[-1] > 0.9
    assert signal_at(torch.tensor(1.0)) > 0.999


def test_motion_is_drawn_from_noise_and_follows_the_sound(
    data: HeardClips, diffusion: Path
) -> None:
    model, _ = load_diffusion(diffusion)
    clip = make_clip("s1_new", GRID, 79)
    style = model.styles.of_sessions()[data.sessions.index("grid")].detach()
    vectors = torch.from_numpy(clip.vectors)
    generator = torch.Generator().manual_seed(0)
    drawn = [
        draw_motion(model, vectors, style, 0.5 * torch.randn(200, 55, generator=generator)).numpy()
        for _ in range(2)
    ]
    assert _jaw_r(drawn[0], clip.rows) > 0.5
    assert np.abs(drawn[0] - drawn[1]).max() > 1e-3


def test_a_diffusion_is_exported_as_the_scene_reads_it(diffusion: Path, tmp_path: Path) -> None:
    report = export_diffusion(diffusion, tmp_path, "test")
    layout = read_layout(report.contract)
    assert layout.supports_variation
    assert layout.supports_expressiveness


def test_signs_have_the_class_that_is_seen() -> None:
    kinds = {
        "b": "bilabial", "f": "labiodental", "w": "rounded_glide", "_": "silence",
        "u": "rounded_vowel", "i": "close_vowel", "ɑ": "open_vowel", "l": "alveolar",
    }  # fmt: skip
    assert {sign: visible_class(sign) for sign in kinds} == kinds


def test_classes_lie_where_the_phones_do() -> None:
    numbers = classes_over_time(track(200), 220)
    names = [PHONE_CLASSES[n] for n in numbers]
    assert names[2] == "bilabial"
    assert names[12] == "open_vowel"
    assert names[-1] == "silence"


def test_the_head_that_hears_phones_is_trained_and_exported(tmp_path: Path) -> None:
    clips = [make_clip(f"phones_{n:04d}", PHONES, n) for n in range(3)]
    config = PhonesConfig(**{**SMALL, "frames": 50, "max_updates": 10, "validate_every": 10})
    train_phones(clips, clips[:1], config, tmp_path / "run")
    report = export_phones(tmp_path / "run", tmp_path, "test")
    session = ModelSession(report.path, ["CPUExecutionProvider"])
    chances = session.run({"features": np.zeros((2, 30, SIZE), np.float32)})["chances"]
    np.testing.assert_allclose(chances.sum(2), 1.0, atol=1e-5)
