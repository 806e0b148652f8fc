"""Weights are a cyclic cubic Catmull-Rom spline of the phase, as the paper says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.walk.controller import LocomotionController  # noqa: E402
from backend.walk.network import (  # noqa: E402
    CONTROL_POINTS,
    PhaseFunctionedLinear,
    PhaseFunctionedNetwork,
    spline_coefficients,
)
from backend.walk.styles.encoder import PERSON_DIMENSIONS  # noqa: E402
from backend.walk.styles.strides import (  # noqa: E402
    STRIDE_PHASES,
    STRIDE_SIZE,
    stride_frames,
)

pytestmark = pytest.mark.torch

QUARTER = math.pi / 2


def paper_weights(alpha: np.ndarray, phase: float) -> np.ndarray:
    """Equation 7 of Holden et al. 2017, word for word; alpha (4, ...)."""
    position = 4 * phase / (2 * np.pi)
    w = position % 1
    k = [(math.floor(position) + n - 1) % 4 for n in range(4)]
    a0, a1, a2, a3 = (alpha[index] for index in k)
    return (
        a1
        + w * (0.5 * a2 - 0.5 * a0)
        + w**2 * (a0 - 2.5 * a1 + 2 * a2 - 0.5 * a3)
        + w**3 * (1.5 * a1 - 1.5 * a2 + 0.5 * a3 - 0.5 * a0)
    )


def test_coefficients_are_the_papers() -> None:
    phases = torch.linspace(-7, 14, 200, dtype=torch.float64)
    found = spline_coefficients(phases).numpy()
    desired = [paper_weights(np.eye(CONTROL_POINTS), float(phase)) for phase in phases]
    np.testing.assert_allclose(found, desired, atol=1e-9)


def test_at_a_control_point_it_is_that_control_point() -> None:
    found = spline_coefficients(QUARTER * torch.arange(CONTROL_POINTS, dtype=torch.float64))
    np.testing.assert_allclose(found.numpy(), np.eye(CONTROL_POINTS), atol=1e-9)


def test_coefficients_sum_to_one_and_are_cyclic() -> None:
    phases = torch.linspace(0, 2 * math.pi, 100, dtype=torch.float64)
    found = spline_coefficients(phases)
    np.testing.assert_allclose(found.sum(-1).numpy(), 1.0, atol=1e-12)
    for turns in (-3, 1, 2):
        again = spline_coefficients(phases + turns * 2 * math.pi)
        np.testing.assert_allclose(again.numpy(), found.numpy(), atol=1e-8)


def test_the_spline_is_smooth_everywhere_across_its_seam_too() -> None:
    step = 1e-4
    phases = torch.arange(-1.0, 7.5, step, dtype=torch.float64)
    slope = np.diff(spline_coefficients(phases).numpy(), axis=0) / step
    assert np.abs(np.diff(slope, axis=0)).max() < 10 * step


def test_a_layer_blends_its_weights() -> None:
    torch.manual_seed(0)
    layer = PhaseFunctionedLinear(5, 3).double()
    torch.nn.init.normal_(layer.control_biases)
    x, phases = torch.randn(7, 5, dtype=torch.float64), torch.rand(7, dtype=torch.float64) * 9
    found = layer(x, spline_coefficients(phases)).detach().numpy()
    weights = layer.control_weights.detach().numpy().reshape(4, 3, 5)
    biases = layer.control_biases.detach().numpy().reshape(4, 3)
    for row, phase in enumerate(phases.tolist()):
        desired = paper_weights(weights, phase) @ x[row].numpy() + paper_weights(biases, phase)
        np.testing.assert_allclose(found[row], desired, atol=1e-9)


def make_network(*, phase_functioned: bool = True, keep: float = 0.7) -> PhaseFunctionedNetwork:
    torch.manual_seed(3)
    network = PhaseFunctionedNetwork(6, 4, 16, keep, phase_functioned)
    for layer in network.layers:
        torch.nn.init.normal_(layer.control_biases, 0.0, 0.3)
    return network


def test_each_character_has_a_phase_of_its_own() -> None:
    network = make_network().eval()
    x, phases = torch.randn(5, 6), torch.rand(5) * 6
    together = network(x, phases)
    for row in range(5):
        alone = network(x[row : row + 1], phases[row : row + 1])[0]
        np.testing.assert_allclose(alone.detach(), together[row].detach(), atol=1e-5)


def test_the_phase_matters_unless_it_is_taken_out() -> None:
    x = torch.randn(1, 6).expand(8, 6)
    phases = torch.linspace(0, 6, 8)
    spread = make_network().eval()(x, phases).std(dim=0)
    assert spread.min() > 1e-3
    without = make_network(phase_functioned=False).eval()
    assert without(x, phases).std(dim=0).max() < 1e-6
    np.testing.assert_allclose(
        without(x, phases).detach(), make_network().eval()(x, phases * 0).detach(), atol=1e-6
    )


def test_normalisation_is_inside() -> None:
    network = make_network().eval()
    network.input_mean.normal_()
    network.input_scale.uniform_(0.5, 2.0)
    network.output_mean.normal_()
    network.output_scale.uniform_(0.5, 2.0)
    x, phases = torch.randn(5, 6), torch.rand(5)
    standard = (x - network.input_mean) * network.input_scale
    desired = network.forward_normalised(standard, phases)
    desired = desired * network.output_scale + network.output_mean
    np.testing.assert_allclose(network(x, phases).detach(), desired.detach(), atol=1e-6)


def test_dropout_is_for_training_alone() -> None:
    network, x, phases = make_network(keep=0.5), torch.randn(3, 6), torch.rand(3)
    network.train()
    assert not torch.equal(network(x, phases), network(x, phases))
    network.eval()
    assert torch.equal(network(x, phases), network(x, phases))


def test_the_sparsity_term_is_the_mean_magnitude_of_all_weights() -> None:
    network = make_network()
    weights = torch.cat([layer.control_weights.flatten() for layer in network.layers])
    assert network.weight_magnitude().item() == pytest.approx(weights.abs().mean().item(), rel=1e-5)


def test_a_controller_takes_and_gives_what_the_layouts_say() -> None:
    controller = LocomotionController(hidden=8).eval()
    outputs = controller(torch.randn(2, INPUT_LAYOUT.size), torch.rand(2))
    assert outputs.shape == (2, OUTPUT_LAYOUT.size)


def test_a_stride_is_drawn_in_training_and_its_mean_in_use() -> None:
    controller, strides = LocomotionController(hidden=8), torch.randn(4, STRIDE_PHASES, STRIDE_SIZE)
    drawn = [controller.train().styles(strides, [strides])[0] for _ in range(2)]
    used = [controller.eval().styles(strides, [strides])[0] for _ in range(2)]
    differ = (drawn[0] - drawn[1]).abs()
    assert differ[:, :PERSON_DIMENSIONS].max() == 0.0 and differ[:, PERSON_DIMENSIONS:].min() > 0.0
    np.testing.assert_array_equal(used[0].detach(), used[1].detach())
    used[0].sum().backward()
    assert all(p.grad is not None for p in controller.encoder.parameters())


def test_a_stride_looks_the_same_from_each_of_its_frames() -> None:
    """A walk that repeats itself, seen at any moment, is the same frames of its cycle."""
    phase = 2 * np.pi * np.arange(240) / 60
    around = stride_frames(phase)
    assert around.shape == (240, STRIDE_PHASES)
    wholly_inside = around[60:180]
    np.testing.assert_array_equal(wholly_inside % 60, np.repeat([np.arange(0, 60, 5)], 120, 0))
    assert np.abs(wholly_inside - np.arange(60, 180)[:, None]).max() <= 30


def test_who_stands_shows_what_is_near() -> None:
    around = stride_frames(np.full(300, 1.0))
    assert np.abs(around - np.arange(300)[:, None]).max() <= 60
