"""The dance controller: a recurrent network that makes the next pose, and the encoder of steps."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from blender_addon.core.gesture.dance.features import CODE_SIZE, POSE_LAYOUT, condition_layout

from ..dances import STYLES
from .data import KNOT_SAMPLES

_CONDITION: Final = condition_layout(len(STYLES)).size
_POSE: Final = POSE_LAYOUT.size
_LEAST_VARIANCE: Final = -8.0


class DanceNetwork(nn.Module):
    """One step of the dance: a gated recurrent unit whose output is added to the pose.

    Args:
        hidden: size of its state.
    """

    def __init__(self, hidden: int = 384) -> None:
        super().__init__()
        self.hidden = hidden
        self.register_buffer("pose_mean", torch.zeros(_POSE))
        self.register_buffer("pose_scale", torch.ones(_POSE))
        self.inward = nn.Linear(_POSE + _CONDITION, 3 * hidden)
        self.inner = nn.Linear(hidden, 3 * hidden)
        self.outward = nn.Linear(hidden, _POSE)

    def forward(self, features: Tensor, pose: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Condition (B, C), pose before (B, P) in its units, state (B, H): pose and state after."""
        standard = (pose - self.pose_mean) / self.pose_scale
        made, state = self.step(features, standard, state)
        return made * self.pose_scale + self.pose_mean, state

    def step(self, features: Tensor, pose: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The same of standardised poses."""
        inward = self.inward(torch.cat((pose, features), dim=-1))
        inner = self.inner(state)
        reset_in, update_in, new_in = inward.chunk(3, dim=-1)
        reset_on, update_on, new_on = inner.chunk(3, dim=-1)
        update = torch.sigmoid(update_in + update_on)
        new = torch.tanh(new_in + torch.sigmoid(reset_in + reset_on) * new_on)
        state = new + update * (state - new)
        return pose + self.outward(state), state


class StepEncoder(nn.Module):
    """What a dancer does in the measure around a quarter, in a few numbers."""

    def __init__(self, hidden: int = 256) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(_POSE * len(KNOT_SAMPLES), hidden),
            nn.ELU(),
            nn.Linear(hidden, hidden),
            nn.ELU(),
            nn.Linear(hidden, 2 * CODE_SIZE),
        )

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Standardised windows (K, 9, P) to means and log variances (K, 32)."""
        mean, variance = self.layers(windows).chunk(2, dim=-1)
        return mean, variance.clamp(_LEAST_VARIANCE, 2.0)


class DanceController(nn.Module):
    """The network with the encoder that it is trained with.

    Args:
        hidden: size of the network's state.
    """

    def __init__(self, hidden: int = 384) -> None:
        super().__init__()
        self.network = DanceNetwork(hidden)
        self.encoder = StepEncoder()

    def standard(self, poses: Tensor) -> Tensor:
        """Poses (..., P) standardised."""
        return (poses - self.network.pose_mean) / self.network.pose_scale

    def physical(self, poses: Tensor) -> Tensor:
        """Standardised poses (..., P) in their units."""
        return poses * self.network.pose_scale + self.network.pose_mean

    def codes(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Step codes of windows (K, 9, P) in their units: drawn in training, else the mean.

        Returns:
            Codes (K, 32) and the surprise of each (K,), nats.
        """
        mean, log_variance = self.encoder(self.standard(windows))
        surprise = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)
        if not self.training:
            return mean, surprise
        return mean + (0.5 * log_variance).exp() * torch.randn_like(mean), surprise
