"""The network is the paper's, only computed for all its windows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.speech.cnn2017.network import (  # noqa: E402
    COEFFICIENTS,
    FRAME_SAMPLES,
    GRID_S,
    HOP_SAMPLES,
    QUIET,
    WINDOW_FRAMES,
    AutocorrelationFrames,
    FormantNetwork,
    SpeechFace,
    SpeechFaceNetwork,
)

pytestmark = pytest.mark.torch

CHANNELS, STYLE = 22, 6


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def network() -> SpeechFaceNetwork:
    torch.manual_seed(0)
    made = SpeechFaceNetwork(CHANNELS, STYLE)
    torch.nn.init.constant_(made.basis.bias, 0.5)  # away from the limits 0 and 1
    with torch.no_grad():
        made.basis.weight *= 0.1
    return made.eval()


def sound(seconds: float, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.1 * torch.randn(int(16000 * seconds), generator=generator)


def test_coefficients_are_autocorrelations() -> None:
    waveform = sound(0.2) + 0.3
    found = AutocorrelationFrames()(waveform[None])[0]
    n = torch.arange(FRAME_SAMPLES, dtype=torch.float64)
    hann = 0.5 - 0.5 * torch.cos(2 * torch.pi * (n + 0.5) / FRAME_SAMPLES)
    for frame in (0, 7):
        cut = waveform[frame * HOP_SAMPLES :][:FRAME_SAMPLES].double()
        cut = (cut - cut.mean()) * hann
        lags = torch.stack([(cut[: FRAME_SAMPLES - k] * cut[k:]).sum() for k in range(32)])
        desired = lags[1:] / (lags[0] + QUIET)
        np.testing.assert_allclose(found[frame, 1:].numpy(), desired.numpy(), atol=1e-5)
        energy = 0.25 * torch.log((lags[0] + QUIET) / QUIET)
        assert found[frame, 0].item() == pytest.approx(energy.item(), abs=1e-4)


def test_loudness_is_one_number_of_the_frame() -> None:
    frames = AutocorrelationFrames()
    soft, loud = frames(sound(0.2)[None]), frames(4.0 * sound(0.2)[None])
    np.testing.assert_allclose(soft[..., 1:], loud[..., 1:], atol=1e-3)
    np.testing.assert_allclose(loud[..., 0] - soft[..., 0], 0.25 * np.log(16.0), atol=1e-3)
    assert frames(torch.zeros(1, 1000)).abs().max() == 0.0


def test_formant_layers_are_convolutions_along_the_lags() -> None:
    torch.manual_seed(1)
    formants = FormantNetwork()
    frames = torch.randn(5, COEFFICIENTS)
    x = frames[:, None]
    for layer in formants.layers:
        kernel = layer.weight.reshape(layer.out_features, 3, -1).transpose(1, 2)
        x = torch.relu(torch.nn.functional.conv1d(x, kernel, layer.bias, stride=2, padding=1))
    assert x.shape == (5, 256, 1)
    np.testing.assert_allclose(formants(frames).detach(), x[..., 0].detach(), atol=1e-5)


def test_all_windows_at_once_are_the_windows_one_by_one(network: SpeechFaceNetwork) -> None:
    frames, style = torch.randn(1, 100, COEFFICIENTS), torch.randn(1, 1, STYLE)
    with torch.no_grad():
        dense = network(frames, style, 1)[0]
        assert len(dense) == 100 - WINDOW_FRAMES + 1
        for start in (0, 11, 37):
            alone = network(frames[:, start : start + WINDOW_FRAMES], style, 1)[0, 0]
            np.testing.assert_allclose(alone, dense[start], atol=1e-5)
        for grid in (2, 4):
            np.testing.assert_allclose(network(frames, style, grid)[0], dense[::grid], atol=1e-5)


def test_a_style_that_does_not_change_is_a_constant_style(network: SpeechFaceNetwork) -> None:
    frames, style = torch.randn(1, 90, COEFFICIENTS), torch.randn(1, 1, STYLE)
    with torch.no_grad():
        constant = network(frames, style, 2)
        spread = network(frames, style.expand(1, constant.shape[1], STYLE), 2)
        other = network(frames, style + 3.0, 2)
    np.testing.assert_allclose(spread, constant, atol=1e-5)
    assert (other - constant).abs().max() > 1e-3


def test_a_style_changes_the_face_when_it_changes(network: SpeechFaceNetwork) -> None:
    times = torch.arange(240) / 60
    style = torch.zeros(240, STYLE)
    face = SpeechFace(network)
    with torch.no_grad():
        before, after = face(sound(4.0), times, style), face(sound(4.0), times, style + 4.0)
        style[120:] = 4.0
        keyed = face(sound(4.0), times, style)
    np.testing.assert_allclose(keyed[:100], before[:100], atol=1e-5)
    np.testing.assert_allclose(keyed[140:], after[140:], atol=1e-5)


def test_a_later_sound_is_a_later_face(network: SpeechFaceNetwork) -> None:
    face, style = SpeechFace(network), torch.zeros(30, STYLE)
    times = 0.1 + torch.arange(30) * GRID_S
    late = torch.cat((torch.zeros(5 * 256), sound(1.0)))
    with torch.no_grad():
        here = face(sound(1.0), times, style)
        there = face(late, times + 5 * GRID_S, style)
    np.testing.assert_allclose(here, there, atol=1e-4)


def test_between_steps_curves_are_interpolated(network: SpeechFaceNetwork) -> None:
    face = SpeechFace(network)
    times = torch.tensor([10, 10.25, 11]) * GRID_S
    with torch.no_grad():
        at, quarter, following = face(sound(1.0), times, torch.zeros(3, STYLE))
    np.testing.assert_allclose(quarter, 0.75 * at + 0.25 * following, atol=1e-4)


@pytest.mark.parametrize("samples", [1, 100, 5000])
@pytest.mark.parametrize("count", [1, 2, 9])
def test_any_length_gives_a_face_within_limits(
    network: SpeechFaceNetwork, samples: int, count: int
) -> None:
    times = torch.linspace(-1.0, 2.0, count)
    with torch.no_grad():
        curves = SpeechFace(network)(torch.randn(samples), times, torch.zeros(count, STYLE))
    assert curves.shape == (count, CHANNELS)
    assert curves.isfinite().all() and curves.min() >= 0.0 and curves.max() <= 1.0
