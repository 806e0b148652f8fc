"""Training of the network that moves a talker's upper body from still to still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.training.checkpoint import load_module
from backend.training.options import setting
from backend.training.run import WEIGHTS, Run, RunConfig, begin, load_weights
from blender_addon.core.errors import InputError
from blender_addon.core.gesture.talk.upper_body import _OFFSETS, ARM_PARTS

from .network import GestureDiffusion, GestureVae, PriorShape
from .variants import Variant

Prior = GestureDiffusion | GestureVae


@dataclass(frozen=True)
class PriorConfig(RunConfig):
    """Everything that decides a run."""

    kind: Literal["diffusion", "vae"] = setting("diffusion", "Of the two networks.")
    shape: PriorShape = field(default_factory=PriorShape)
    variants: int = setting(40, "Of each take.", least=1)
    window: int = setting(64, "Frames of a training sample.", least=8)
    batch: int = setting(32, "Samples in an update.", least=1)
    change: float = setting(2.0, "Weight of errors of the change from frame to frame.", least=0)
    wrist: float = setting(20.0, "Weight of squared errors of wrists, metres.", least=0)
    divergence: float = setting(2e-3, "Weight of the latent's divergence, of the VAE.", least=0)
    weight_decay: float = setting(0.02, "Of AdamW.", least=0)
    threads: int = 1
    learning_rate: float = 1.5e-3
    warm_up: int = 100
    averaging: float = 0.998
    max_minutes: float = 15.0
    max_updates: int = 20_000
    validate_every: int = 250


def build_network(kind: str, shape: PriorShape) -> Prior:
    """A fresh network of a kind."""
    return GestureVae(shape) if kind == "vae" else GestureDiffusion(shape)


def train_prior(
    variants: Sequence[Variant], held_out: Sequence[Variant], config: PriorConfig, folder: Path
) -> Prior:
    """Train until the budget is spent; resumes from ``folder``.

    Args:
        variants, held_out: to train on and to validate with.
        config: see there.
        folder: of the run.

    Raises:
        InputError: nothing to train on or to validate with is as long as a training sample.
    """
    samples = _Samples(variants, config.window)
    checks = _Samples(held_out, config.window)
    device, rng = begin(config)
    network = build_network(config.kind, config.shape).to(device)
    network.set_spread(samples.pose, samples.condition)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=config.weight_decay)
    run = Run(config, folder, network, optimiser, rng, facts={"frames": len(samples.pose)})
    for _ in run.updates():
        pose, condition = samples.draw(config.batch, rng)
        loss = prior_loss(network, pose.to(device), condition.to(device), config)
        run.step(loss)
        run.note(loss=loss)
        if run.validation_due:
            run.validated({"loss": _validate(run.kept, checks, config)}, chosen_by="loss")
    return load_prior(folder)


class _Samples:
    """Windows of variants."""

    def __init__(self, variants: Sequence[Variant], window: int) -> None:
        long = [each for each in variants if len(each.features) >= window]
        if not long:
            raise InputError(f"no recording has {window} frames; prepare more, or a lower --window")
        self.window = window
        self.pose = torch.from_numpy(np.concatenate([each.features for each in long]))
        self.condition = torch.from_numpy(np.concatenate([each.condition for each in long]))
        lengths = np.array([len(each.features) for each in long])
        stops = np.cumsum(lengths)
        self.starts = np.concatenate(
            [np.arange(b - n, b - window + 1) for n, b in zip(lengths, stops, strict=True)]
        )

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """(B, T, F) and (B, T, C)."""
        return self.at(rng.choice(self.starts, count))

    def at(self, starts: np.ndarray) -> tuple[Tensor, Tensor]:
        """The windows that begin there."""
        frames = torch.from_numpy(starts[:, None] + np.arange(self.window))
        return self.pose[frames], self.condition[frames]


def prior_loss(network: Prior, pose: Tensor, condition: Tensor, config: PriorConfig) -> Tensor:
    """Errors of poses, of their change and of the wrists; of the VAE also the divergence."""
    extra = torch.zeros((), device=pose.device)
    if isinstance(network, GestureVae):
        mean, log_variance = network.encode(pose, condition)
        latent = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        found = network(latent, condition)
        terms = 1.0 + log_variance - mean.square() - log_variance.exp()
        extra = -0.5 * config.divergence * terms.sum(-1).mean()
    else:
        found = network.loss(pose, condition)
    off = (found - pose) / network.pose_spread
    loss = off.square().mean() + config.change * off.diff(dim=1).square().mean()
    if config.wrist:
        gap = wrist_places(found) - wrist_places(pose)
        loss = loss + config.wrist * gap.square().sum(-1).mean()
    return loss + extra


def wrist_places(pose: Tensor) -> Tensor:
    """(B, T, 2, 3) wrists from the chest joint, of poses (B, T, F)."""
    offsets = torch.from_numpy(_OFFSETS).to(pose)
    six = pose.unflatten(-1, (-1, 6))
    found = []
    for part in ARM_PARTS:
        place = offsets[part.start].expand(*pose.shape[:2], 3)
        turn: Tensor | None = None
        for joint in range(part.start, part.stop - 1):
            local = _matrices(six[..., joint, :])
            turn = local if turn is None else turn @ local
            place = place + (turn @ offsets[joint + 1][:, None])[..., 0]
        found.append(place)
    return torch.stack(found, dim=2)


def _matrices(six: Tensor) -> Tensor:
    first = functional.normalize(six[..., :3], dim=-1)
    along = (first * six[..., 3:]).sum(-1, keepdim=True)
    second = functional.normalize(six[..., 3:] - along * first, dim=-1)
    return torch.stack((first, second, torch.linalg.cross(first, second)), dim=-1)


@torch.no_grad()
def _validate(network: nn.Module, checks: _Samples, config: PriorConfig) -> float:
    """Mean loss on held-out takes, with the same noise each time."""
    state = torch.get_rng_state()
    torch.manual_seed(0)
    starts = checks.starts[:: max(len(checks.starts) // 256, 1)]
    pose, condition = checks.at(starts)
    losses = [
        prior_loss(network, pose[n : n + 64], condition[n : n + 64], config).item()  # type: ignore[arg-type]
        for n in range(0, len(pose), 64)
    ]
    torch.set_rng_state(state)
    return float(np.mean(losses))


def load_prior(folder: Path) -> Prior:
    """The network of a run."""
    kept = load_weights(folder)
    config = kept["config"]
    network = build_network(config["kind"], PriorShape(**config["shape"]))
    load_module(network, kept["weights"], folder / WEIGHTS)
    return network.eval()
