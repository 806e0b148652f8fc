"""Training hears the face that goes with the sound, resumes, and leaves out what it should."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from backend.speech.pairs import FACEGOOD, PHONES, RATE_HZ, SpeechPair, save_pair
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import SPEECH_CHANNELS
from tests.speech.training_samples import JAW, make_pair, make_pairs

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.speech.cnn2017 import train as training  # noqa: E402
from backend.speech.cnn2017.data import STEP_FRAMES, Recordings, SegmentShape  # noqa: E402
from backend.speech.cnn2017.loop import ABLATIONS, TrainingConfig, build, train  # noqa: E402
from backend.speech.cnn2017.loss import RunningNormalisation, SpeechFaceLoss, channel_weights  # noqa: E402
from backend.speech.cnn2017.network import CONTEXT_SAMPLES, HOP_SAMPLES  # noqa: E402
from backend.speech.cnn2017.train import choose_pairs, command, disturb, validation  # noqa: E402
from backend.speech.cnn2017.trained import load_trained  # noqa: E402
from backend.speech.styles import scale_curves, session_of  # noqa: E402
from backend.training.checkpoint import read_file  # noqa: E402
from tests.shared.backend.run_checks import (  # noqa: E402
    assert_ablations_are_runs_of_their_own,
    assert_cutting_it_off_changes_nothing,
)

pytestmark = pytest.mark.torch

CONFIG = TrainingConfig(
    segments=4,
    steps=24,
    max_minutes=1e9,
    max_updates=100,
    validate_every=50,
    averaging=0.9,
    keep=1.0,
    learning_rate=2e-3,
    recorded_share=0.5,
    threads=1,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train(Recordings(make_pairs()), CONFIG, folder, lambda model: {})
    return folder


def test_segments_are_in_step_with_their_curves() -> None:
    """A click lies where the curve has its peak, whatever the segment's speed."""
    clicks = np.arange(0.5, 20.0, 0.7)
    waveform = np.zeros(20 * RATE_HZ, np.float32)
    waveform[(clicks * RATE_HZ).astype(int)] = 1.0
    times = np.arange(20 * 60) / 60
    nearest = np.abs(times[:, None] - clicks).min(1)
    curves = np.zeros((len(times), len(SPEECH_CHANNELS)), np.float32)
    curves[:, JAW] = np.maximum(0.0, 1.0 - nearest / 0.1)
    recordings = Recordings([SpeechPair("phones_0", waveform, times, curves, PHONES)])
    shape = SegmentShape(6, 60, scaled=0.0)
    rng = np.random.default_rng(0)
    for _ in range(4):
        batch = recordings.draw(shape, rng)
        assert batch.waveform.shape == (6, shape.samples)
        step = STEP_FRAMES * HOP_SAMPLES
        sound = batch.waveform[:, CONTEXT_SAMPLES - step // 2 :].abs()
        heard = sound.unfold(1, step, step)[:, :60].amax(2)
        seen = batch.curves[:, :, JAW]
        assert seen[heard > 0.2].min() > 0.75
        assert (heard > 0.2).any(1).all()


def test_shares_of_the_teachers_are_kept() -> None:
    recordings = Recordings(make_pairs(), shares=(0.25, 0.75))
    rng = np.random.default_rng(1)
    drawn = torch.cat([recordings.draw(SegmentShape(40, 2), rng).recording for _ in range(10)])
    assert (drawn < 3).float().mean().item() == pytest.approx(0.25, abs=0.06)


def test_style_rows_belong_to_the_recording() -> None:
    recordings = Recordings(make_pairs())
    batch = recordings.draw(SegmentShape(50, 10), np.random.default_rng(2))
    owners = recordings.recording_of_knot[batch.knots]
    assert (owners == batch.recording[:, None]).all()
    assert len(recordings.recording_of_knot) == recordings.knot_count


def test_a_manner_scales_its_own_channels() -> None:
    curves = np.full((3, len(SPEECH_CHANNELS)), 0.2, np.float32)
    wider = scale_curves(curves, np.array([1.0, 0.0, 0.0]))
    changed = {n for n, c in zip(SPEECH_CHANNELS, (wider != curves).any(0), strict=True) if c}
    assert {"jawOpen", "mouthClose", "mouthLowerDownLeft"} <= changed
    assert not changed & {"mouthFunnel", "mouthPressLeft", "mouthRollLower", "mouthSmileLeft"}
    assert (scale_curves(curves + 0.7, np.ones(3)) <= 1.0).all()
    np.testing.assert_allclose(scale_curves(curves, np.zeros(3)), curves)


def test_what_a_teacher_does_not_know_costs_nothing() -> None:
    loss = SpeechFaceLoss(torch.ones(2)).eval()
    desired, known = torch.zeros(1, 5, 2), torch.tensor([[1.0, 0.0]])
    curves = torch.zeros(1, 5, 2)
    curves[..., 1] = torch.arange(5.0)
    knots = torch.ones(1, 2, 3)
    assert loss(curves, desired, known, knots)[0].item() == 0.0
    terms = loss(curves.flip(-1), desired, known, knots)[1]
    assert terms["position"].item() == pytest.approx(6.0) and terms["motion"].item() == 1.0


def test_terms_are_brought_to_size_one() -> None:
    for size in (1e-5, 3.0):
        normalise = RunningNormalisation().train()
        found = [normalise(torch.tensor(size)).item() for _ in range(20)]
        assert found[-1] == pytest.approx(1.0, rel=0.01)
    weights = channel_weights(torch.tensor([0.0, 0.1, 0.4]))
    assert weights[0] > weights[1] > weights[2] and weights.mean().item() == pytest.approx(1.0)


def test_style_changes_cost_by_their_relative_size() -> None:
    loss = SpeechFaceLoss(torch.ones(1)).eval()
    nothing, known = torch.zeros(1, 4, 1), torch.ones(1, 1)
    knots = torch.randn(3, 2, 5)
    one = loss(nothing, nothing, known, knots)[1]["style"]
    assert loss(nothing, nothing, known, 0.01 * knots)[1]["style"].item() == pytest.approx(
        one.item(), rel=1e-3
    )


def test_the_network_learns_to_hear(run: Path) -> None:
    face = load_trained(run)
    assert face.updates == 100
    pair = make_pair("facegood_1114_2_09", FACEGOOD, seed=99)
    style = face.mean_style(lambda name, teacher: teacher == FACEGOOD)
    curves = face.speak(pair.waveform, pair.times_s, style)
    assert curves.shape == pair.curves.shape
    assert np.corrcoef(curves[:, JAW], pair.curves[:, JAW])[0, 1] > 0.75


def test_the_loss_is_made_where_the_network_is() -> None:
    """The meta device holds no numbers, but minds where each tensor is, as a GPU does."""
    recordings, meta = Recordings(make_pairs()), torch.device("meta")
    model, loss = build(recordings, CONFIG).to(meta), SpeechFaceLoss(torch.ones(22)).to(meta)
    batch = recordings.draw(SegmentShape(4, 24), np.random.default_rng(0)).to(meta)
    frames = model.network.frames(batch.waveform)
    curves, knots = model(frames, batch, torch.zeros(4, dtype=torch.long, device=meta))
    loss(curves, batch.curves, batch.known, knots)[0].backward()
    assert all(p.grad.is_meta for p in model.parameters())


def test_cut_off_and_resumed_it_is_the_run_that_never_stopped(tmp_path: Path) -> None:
    """The loss learns, too, and data are disturbed at random."""
    config = replace(CONFIG, max_updates=9, validate_every=3, keep=0.8, warm_up=4)
    pairs = make_pairs()

    def run(folder: Path) -> None:
        recordings = Recordings(pairs, augment=disturb)
        train(recordings, config, folder, validation([pairs[0], pairs[3]], pairs))

    assert_cutting_it_off_changes_nothing(run, tmp_path, 5)
    measured = read_file(tmp_path / "cut" / "checkpoint.pt")["progress"]["history"]
    assert [row["update"] for row in measured] == [3, 6, 9]
    assert all(min(row["rmse facegood"], row["rmse phones"]) > 0.0 for row in measured)


def test_a_run_begins_from_the_network_of_another(run: Path, tmp_path: Path) -> None:
    untouched = replace(CONFIG, learning_rate=0.0, max_updates=1)
    recordings = Recordings(make_pairs()[:3])
    begun = train(recordings, untouched, tmp_path, lambda model: {}, run)
    desired = load_trained(run).network.basis.weight
    assert torch.equal(begun.network.basis.weight, desired)
    with pytest.raises(InputError, match=r"begun_from is .* there, absent here"):
        train(recordings, untouched, tmp_path, lambda model: {})
    with pytest.raises(InputError, match=r"recordings is .* there"):
        train(Recordings(make_pairs()), untouched, tmp_path, lambda model: {}, run)


def test_a_session_is_found_by_its_name() -> None:
    pairs = make_pairs()
    assert session_of(make_pair("facegood_1114_3_16", FACEGOOD), pairs) == [2]
    assert session_of(make_pair("facegood_1200_1_01", FACEGOOD), pairs) == [0, 1, 2]


def test_one_recording_can_be_left_out(tmp_path: Path) -> None:
    for pair in make_pairs():
        split = "val" if pair.name.endswith("_02") else "train"
        (tmp_path / split).mkdir(exist_ok=True)
        save_pair(pair, tmp_path / split / f"{pair.name}.npz")
    trained_on, held_out = choose_pairs(tmp_path, "both", "1114_3_15")
    assert [pair.name for pair in held_out] == ["facegood_1114_3_15"]
    assert {pair.name for pair in trained_on if pair.teacher == FACEGOOD} == {
        "facegood_1114_2_01",
        "facegood_1114_2_02",
    }
    assert len(choose_pairs(tmp_path, "facegood", "")[0]) == 2
    with pytest.raises(InputError, match="no recording is called 'nobody'"):
        choose_pairs(tmp_path, "both", "nobody")
    with pytest.raises(InputError, match="prepare"):
        Recordings([])


@pytest.mark.slow
def test_the_command_trains_exports_and_ablates(tmp_path: Path) -> None:
    for pair in make_pairs():
        split = "val" if pair.name.endswith(("_02", "_0001")) else "train"
        (tmp_path / split).mkdir(exist_ok=True)
        save_pair(pair, tmp_path / split / f"{pair.name}.npz")
    given = {"data": tmp_path, "segments": 4, "steps": 24, "max-updates": 2, "threads": 1}
    alike = (training, tuple(ABLATIONS))
    assert_ablations_are_runs_of_their_own(command, given, tmp_path, ABLATIONS, alike=alike)


def test_disturbed_sound_stays_in_step() -> None:
    waveform, rng = make_pair("phones", PHONES, 2.0).waveform, np.random.default_rng(3)
    for _ in range(5):
        changed = disturb(waveform, rng)
        assert changed.shape == waveform.shape and np.abs(changed).max() <= 1.0
