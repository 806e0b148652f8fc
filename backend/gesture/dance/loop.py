"""Training of the dance controller: roll-outs of growing length."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from backend.training.options import setting
from backend.training.run import Run, RunConfig, begin, load_weights
from blender_addon.core.gesture.dance.features import POSE_LAYOUT

from .data import DanceData
from .losses import Disturbances, rollout_losses
from .network import DanceController

_LEAST_OWN_SPREAD = 0.3
_WEIGHTS = {"hips_m": 1.5, "root_velocity_m_s_rad_s": 1.5, "contacts": 0.5}
_VALIDATION_FRAMES, _VALIDATION_COUNT = 60, 64


@dataclass(frozen=True)
class DanceConfig(RunConfig):
    """Everything that decides a run."""

    hidden: int = setting(384, "Size of the recurrent state.", least=1)
    joints: float = setting(0.5, "Weight of joints' places.", least=0)
    motion: float = setting(1.0, "Weight of joints' velocities and of sliding feet.", least=0)
    trembling: float = setting(0.03, "Weight of second differences.", least=0)
    surprise: float = setting(2e-4, "Weight of what a step code tells, per nat.", least=0)
    frames_per_update: int = setting(640, "Batch size times roll-out length.", least=1)
    rollouts: tuple[tuple[float, int], ...] = setting(
        ((0.05, 4), (0.15, 12), (0.3, 24), (0.5, 40)),
        "Share of the budget and frames of a stage of roll-outs; give it once for each.",
    )
    first_noise: float = setting(0.1, "Of the first pose, in standardised units.", least=0)
    noise: float = setting(0.01, "Of every pose that is fed back.", least=0)
    swapped: float = setting(0.1, "Share of roll-outs that begin in another pose.", least=0, most=1)
    learning_rate: float = setting(1.5e-3, "At its height.", least=0)
    threads: int = setting(1, "Of the CPU.", least=1, may_change=True)
    max_minutes: float = setting(
        30.0, "Budget over all resumed runs, validation included.", least=0, may_change=True
    )
    max_updates: int = setting(
        20_000, "Budget over all resumed runs; what is spent first ends it.",
        least=0, may_change=True,
    )  # fmt: skip
    averaging: float = setting(
        0.995, "Decay of the moving average of the weights, which is then what is kept.",
        least=0, most=1,
    )  # fmt: skip
    validate_every: int = setting(200, "Updates between validations and checkpoints.", least=1)


def train(
    data: DanceData, held_out: DanceData, config: DanceConfig, folder: Path
) -> DanceController:
    """Train until the time is spent; resumes from ``folder``.

    Returns:
        The newest weights, averaged: held-out roll-outs follow their own step codes, and the
        longest are trained last.
    """
    device, rng = begin(config)
    controller = build_controller(data, config).to(device)
    optimiser = torch.optim.Adam(controller.parameters())
    facts = {"frames": data.frame_count, "frames_to_validate": held_out.frame_count}
    run = Run(config, folder, controller, optimiser, rng, facts=facts)
    disturbances = Disturbances(config.first_noise, config.noise, config.swapped)
    for _ in run.updates():
        length = rollout_length(config, run.share)
        window = data.draw(length, max(1, config.frames_per_update // length), rng)
        losses = rollout_losses(controller, data, window, disturbances)
        run.step(losses.weighted(config.joints, config.motion, config.trembling, config.surprise))
        run.note(frames=length, **losses.as_notes())
        if run.validation_due and isinstance(kept := run.kept, DanceController):
            run.validated(validation_losses(kept, held_out))
    return load_controller(folder)


def rollout_length(config: DanceConfig, share: float) -> int:
    """Frames of roll-outs when so much of the budget is spent."""
    spent = 0.0
    for part, length in config.rollouts:
        spent += part
        if share < spent:
            return length
    return config.rollouts[-1][1]


@torch.no_grad()
def validation_losses(controller: DanceController, data: DanceData) -> dict[str, float]:
    """Of the same windows every time, in evaluation mode."""
    window = data.draw(_VALIDATION_FRAMES, _VALIDATION_COUNT, np.random.default_rng(0))
    losses = rollout_losses(controller, data, window)
    return {name: value.item() for name, value in losses.as_notes().items()}


def build_controller(data: DanceData, config: DanceConfig) -> DanceController:
    """A fresh controller whose normalisation is measured on the data."""
    controller = DanceController(config.hidden)
    controller.network.pose_mean.copy_(data.poses.mean(dim=0))
    controller.network.pose_scale.copy_(pose_scale(data.poses))
    torch.nn.init.normal_(controller.network.outward.weight, std=1e-3)
    return controller


def pose_scale(poses: Tensor) -> Tensor:
    """(P,) halfway between each number's own spread and that of its part of the layout."""
    scale = poses.std(dim=0)
    for name, where in POSE_LAYOUT.slices.items():
        spread = scale[where].mean().clamp_min(1e-4)
        own = torch.maximum(scale[where], _LEAST_OWN_SPREAD * spread)
        scale[where] = (spread * own).sqrt() / _WEIGHTS.get(name, 1.0)
    return scale


def load_controller(folder: Path) -> DanceController:
    """The controller of a run, in evaluation mode.

    Raises:
        InputError: the run has none.
    """
    kept = load_weights(folder)
    controller = DanceController(kept["config"]["hidden"])
    controller.load_state_dict(kept["weights"])
    return controller.eval()
