"""The networks in torch: transposes, gradients, and a run that is resumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.editing.manifold.features import LAYOUT, WINDOW_FRAMES

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.torch

from backend.editing.manifold.data import Takes, normalisation, takes_of  # noqa: E402
from backend.editing.manifold.export import _packed_control, _with_packed  # noqa: E402
from backend.editing.manifold.loop import (  # noqa: E402
    ControlConfig,
    ManifoldConfig,
    controls,
    train_control,
    train_manifold,
)
from backend.editing.manifold.network import (  # noqa: E402
    Control,
    Decoder,
    Encoder,
    Gradient,
    Manifold,
)
from backend.mocap.recordings import Recording  # noqa: E402
from blender_addon.core.editing.manifold.control import control_of  # noqa: E402
from tests.editing.gaits import walk  # noqa: E402


@pytest.fixture(scope="module")
def takes() -> Takes:
    clips = [walk(1.0, 3.0), walk(1.6, 3.0), walk(2.7, 6.0)]
    return takes_of([Recording(f"w{n}", "", "walk", "train", "", c) for n, c in enumerate(clips)])


def _small() -> Manifold:
    torch.manual_seed(0)
    manifold = Manifold(hidden=12).eval()
    manifold.scale.uniform_(0.1, 2.0)
    manifold.bias.data.normal_()
    return manifold


def test_the_gradient_is_what_torch_finds() -> None:
    manifold = _small()
    hidden = torch.rand(2, 20, 12, requires_grad=True)
    cotangent = torch.randn(2, 40, LAYOUT.size)
    (Decoder(manifold)(hidden) * cotangent).sum().backward()
    np.testing.assert_allclose(
        Gradient(manifold)(cotangent).detach(), hidden.grad, rtol=1e-4, atol=1e-5
    )


def test_the_decoder_is_the_encoders_transpose() -> None:
    """As in the paper: one weight, reflected in time."""
    manifold = _small()
    manifold.bias.data.zero_()
    motion, hidden = torch.randn(1, LAYOUT.size, 40), torch.randn(1, 12, 20)
    spread = hidden.repeat_interleave(2, dim=-1) / 2
    filtered = torch.nn.functional.conv1d(motion, manifold.weight, padding=12)
    assert (filtered * spread).sum().item() == pytest.approx(
        (motion * manifold.decode(hidden)).sum().item(), rel=1e-3
    )


def test_a_unit_goes_to_one_of_two_frames_while_learning() -> None:
    manifold = _small()
    hidden = torch.rand(4, 12, 20)
    torch.manual_seed(1)
    drawn = torch.stack([manifold.train().decode(hidden) for _ in range(200)])
    expected = manifold.eval().decode(hidden)
    assert (drawn[0] - drawn[1]).abs().max() > 0.01
    assert (drawn.mean(0) - expected).abs().mean() < 0.1 * drawn.std(0).mean()


def test_eight_bits_are_near_the_weights() -> None:
    manifold = _small()
    motion = torch.randn(1, 40, LAYOUT.size)
    for part in (Encoder, Gradient):
        exact, packed = part(manifold)(motion), part(_with_packed(manifold))(motion)
        assert (exact - packed).abs().max() < 0.02 * exact.abs().max()
    control = Control(12).eval()
    led = torch.randn(1, 40, 7)
    exact, packed = control(led), _packed_control(control)(led)
    assert (exact - packed).abs().max() < 0.02 * exact.abs().max()


def test_windows_are_drawn_from_clips_and_stand_still_beyond_their_ends(takes: Takes) -> None:
    drawn = takes.draw(5, np.random.default_rng(0))
    assert drawn.shape == (5, WINDOW_FRAMES, LAYOUT.size)
    window = takes.window(0, int(takes.lengths[0]) - 10)
    velocity = LAYOUT.slices["root_velocity"]
    assert np.all(window[10:, velocity] == 0.0) and np.any(window[:10, velocity] != 0.0)
    mean, scale = normalisation(takes)
    assert len(set(scale[LAYOUT.slices["positions_m"]].tolist())) == 1
    assert abs(float(mean[0])) < 1e-4


def test_control_sees_in_torch_what_it_sees_in_the_scene(takes: Takes) -> None:
    features = takes.features[:50]
    seen = controls(torch.from_numpy(features)[None])[0].numpy()
    np.testing.assert_array_equal(seen, control_of(features))


def test_a_run_learns_and_is_found_again(
    takes: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.editing.manifold.loop._VALIDATION_WINDOWS", 4)
    config = ManifoldConfig(
        hidden=16, batch=2, max_updates=12, validate_every=6, learning_rate=2e-3, averaging=0.5
    )
    whole = train_manifold(takes, takes, config, tmp_path / "run")
    again = train_manifold(takes, takes, config, tmp_path / "run")
    np.testing.assert_array_equal(whole.weight.detach(), again.weight.detach())
    fresh = Manifold(16)
    fresh.load_state_dict({**whole.state_dict(), "weight": torch.zeros_like(whole.weight)})
    motion = takes.draw(4, np.random.default_rng(3))

    @torch.no_grad()
    def error(manifold: Manifold) -> float:
        standard = manifold.standard(motion)
        return float((manifold.decode(manifold.encode(standard)) - standard).square().mean())

    assert error(whole) < error(fresh.eval())
    control = ControlConfig(batch=2, max_updates=2, validate_every=1)
    made = train_control(whole, takes, takes, control, tmp_path / "control")
    assert made(torch.randn(1, 40, 7)).shape == (1, 20, 16)
