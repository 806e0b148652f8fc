"""What a roll-out looks like on held-out windows: its losses, and gait by gait what feet do."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.quadruped.features import OUTPUT_LAYOUT
from blender_addon.core.quadruped.gaits import Action, Gait

from .network import CONTACTS, ModeAdaptiveNetwork
from .rollouts import LossWeights, losses_of, roll_out
from .windows import Batch, Windows

_LOSS_FRAMES: Final = 40
_LOSS_WINDOWS: Final = 128
FREE_FRAMES: Final = 120
"""Two seconds in which a network is left alone."""
_FREE_WINDOWS: Final = 16
_GAITS: Final = (
    Gait.STAND, Gait.WALK, Gait.PACE, Gait.TROT, Gait.CANTER_LEFT, Gait.GALLOP_RIGHT,
    Action.SIT, Action.LIE,
)  # fmt: skip
_POSITIONS: Final = OUTPUT_LAYOUT.slices["joint_positions_m"]
_CENTIMETRES: Final = 100.0


@torch.no_grad()
def validate(
    network: ModeAdaptiveNetwork, windows: Windows, weights: LossWeights
) -> dict[str, float]:
    """Losses and feet on the same windows every time, in evaluation mode.

    Args:
        network: in evaluation mode.
        windows: held out.
        weights: of the loss by which weights are chosen.
    """
    with torch.random.fork_rng():  # training draws what it would have drawn without this
        return _measure(network, windows, weights)


def _measure(
    network: ModeAdaptiveNetwork, windows: Windows, weights: LossWeights
) -> dict[str, float]:
    batch = windows.draw(_LOSS_FRAMES, _LOSS_WINDOWS, np.random.default_rng(0))
    losses = losses_of(roll_out(network, windows, batch), windows, batch)
    measures = {"loss": losses.weighted(weights).item()}
    measures |= {name: value.item() for name, value in losses.as_notes().items()}
    for gait in _GAITS:
        starts = windows.starts_of(gait, FREE_FRAMES)
        if len(starts):
            some = torch.linspace(0, len(starts) - 1, min(_FREE_WINDOWS, len(starts))).long()
            taken = windows.take(
                starts[some], FREE_FRAMES, torch.zeros(len(some), dtype=torch.bool)
            )
            found = _feet(network, windows, taken)
            measures |= {f"{gait.value}_{name}": value for name, value in found.items()}
    return measures


def _feet(network: ModeAdaptiveNetwork, windows: Windows, batch: Batch) -> dict[str, float]:
    rollout = roll_out(network, windows, batch)
    desired = batch.outputs[:, 1:]
    error = windows.physical(rollout.outputs, _POSITIONS) - windows.physical(desired, _POSITIONS)
    off = error.unflatten(-1, (-1, 3)).norm(dim=-1)
    stands = rollout.outputs[..., CONTACTS] > 0.0
    speed = rollout.paw_steps_m.norm(dim=-1) * MODEL_FRAME_RATE_HZ
    both = stands[:, 1:] & stands[:, :-1]
    landings = (stands[:, 1:] & ~stands[:, :-1]).float().sum()
    recorded = desired[..., CONTACTS] > 0.5
    expected = (recorded[:, 1:] & ~recorded[:, :-1]).float().sum()
    return {
        "pose_cm": off.mean().item() * _CENTIMETRES,
        "slip_cm_s": (speed * both).sum().item() / max(both.sum().item(), 1) * _CENTIMETRES,
        "duty_error": (stands.float().mean() - recorded.float().mean()).abs().item(),
        "out_of_step": (stands != recorded).float().mean().item(),
        "steps_ratio": (landings / expected.clamp_min(1.0)).item(),
        "off_cm": rollout.off[:, -1, :2].norm(dim=-1).mean().item() * _CENTIMETRES,
    }
