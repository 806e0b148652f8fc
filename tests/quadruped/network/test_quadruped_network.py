"""A layer is a blend of experts, said by those inputs alone that the paper names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from blender_addon.core.quadruped.features import GATING_COLUMNS, INPUT_LAYOUT, OUTPUT_LAYOUT

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.quadruped.learning.network import (  # noqa: E402
    CONTACTS,
    ExpertLinear,
    ModeAdaptiveNetwork,
    Shape,
)
from backend.quadruped.learning.wide import WideNetwork  # noqa: E402

pytestmark = pytest.mark.torch


def make_network(experts: int = 4, keep: float = 1.0) -> ModeAdaptiveNetwork:
    torch.manual_seed(3)
    network = ModeAdaptiveNetwork(Shape(16, experts, keep)).eval()
    network.input_mean.normal_()
    network.input_scale.uniform_(0.5, 2.0)
    network.output_mean.normal_()
    network.output_scale.uniform_(0.5, 2.0)
    network.output_mean[CONTACTS], network.output_scale[CONTACTS] = 0.0, 1.0
    for layer in network.layers:
        torch.nn.init.normal_(layer.expert_biases, 0.0, 0.3)
    return network


def test_a_layer_blends_its_weights() -> None:
    torch.manual_seed(0)
    layer = ExpertLinear(5, 3, 4).double()
    torch.nn.init.normal_(layer.expert_biases)
    x = torch.randn(7, 5, dtype=torch.float64)
    blend = torch.rand(7, 4, dtype=torch.float64).softmax(-1)
    weights = torch.einsum("bk,koi->boi", blend, layer.expert_weights.reshape(4, 3, 5))
    biases = torch.einsum("bk,ko->bo", blend, layer.expert_biases.reshape(4, 3))
    desired = torch.einsum("boi,bi->bo", weights, x) + biases
    np.testing.assert_allclose(layer(x, blend[:, None]).detach(), desired.detach(), atol=1e-12)


@pytest.mark.parametrize("experts", [1, 4, 8])
def test_the_form_that_is_exported_says_the_same(experts: int) -> None:
    network = make_network(experts)
    wide, features = WideNetwork(network), torch.randn(6, INPUT_LAYOUT.size)
    with torch.inference_mode():
        found, desired = wide(features), network(features)
    np.testing.assert_allclose(found, desired, atol=2e-5)
    assert found.shape == (6, OUTPUT_LAYOUT.size)


def test_the_gate_sees_its_own_inputs_alone() -> None:
    network, features = make_network(), torch.randn(2, INPUT_LAYOUT.size)
    other = features.clone()
    unseen = np.setdiff1d(np.arange(INPUT_LAYOUT.size), GATING_COLUMNS)
    other[:, unseen] += 1.0
    same = [network.blend(network.normalise(each)) for each in (features, other)]
    assert torch.equal(same[0], same[1])
    other[:, GATING_COLUMNS] += 1.0
    assert not torch.equal(same[0], network.blend(network.normalise(other)))


def test_shares_of_the_experts_add_up_to_one() -> None:
    blend = make_network(8).blend(torch.randn(5, INPUT_LAYOUT.size))
    assert blend.shape == (5, 1, 8)
    np.testing.assert_allclose(blend.sum(-1).detach(), 1.0, atol=1e-6)


def test_contacts_are_probabilities() -> None:
    contacts = make_network()(3.0 * torch.randn(40, INPUT_LAYOUT.size))[:, CONTACTS]
    assert 0.0 <= contacts.min() and contacts.max() <= 1.0 and contacts.std() > 0.01


def test_an_animal_alone_is_an_animal_of_a_herd() -> None:
    network, features = make_network(), torch.randn(5, INPUT_LAYOUT.size)
    together = network(features).detach()
    for row in range(5):
        alone = network(features[row : row + 1])[0].detach()
        np.testing.assert_allclose(alone, together[row], atol=1e-5)


def test_dropout_is_for_training_alone() -> None:
    network, features = make_network(keep=0.5), torch.randn(3, INPUT_LAYOUT.size)
    assert not torch.equal(network.train()(features), network(features))
    assert torch.equal(network.eval()(features), network(features))
