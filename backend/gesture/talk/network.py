"""Two networks that move an upper body from still to still: the one that measures better ships.

``GestureDiffusion`` takes noise away in a few steps (DDIM); ``GestureVae`` decodes a drawn latent
in one. Both are dilated convolutions along time, so a motion may have any length; what they see
around a frame is 2 s.

Source: Ho et al. 2020, Denoising Diffusion Probabilistic Models; Song et al. 2021, Denoising
Diffusion Implicit Models; Nichol & Dhariwal 2021 for the cosine schedule; Ramesh et al. 2022 for
predicting the clean sample; Kingma & Welling 2014 and Sohn et al. 2015 for the conditional VAE; van
den Oord et al. 2016 for gated dilated convolutions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.training.options import setting
from blender_addon.core.gesture.talk.layout import CONDITION_LAYOUT, POSE_LAYOUT, REST_FEATURES

POSE, CONDITION = POSE_LAYOUT.size, CONDITION_LAYOUT.size
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
LATENT = 8
"""Numbers of the VAE's latent at each frame."""


@dataclass(frozen=True)
class PriorShape:
    """How large."""

    width: int = setting(128, "Channels of each layer.", least=8)
    drop: float = setting(0.1, "Share of channels left out at random.", least=0, most=1)


class _Block(nn.Module):
    """A gated dilated convolution with a residual."""

    def __init__(self, width: int, dilation: int, level: int, drop: float) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, width)
        self.gated = nn.Conv1d(width, 2 * width, 3, padding=dilation, dilation=dilation)
        self.level = nn.Linear(level, 2 * width) if level else None
        self.out = nn.Conv1d(width, width, 1)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor, level: Tensor | None) -> Tensor:
        """(B, W, T) to (B, W, T)."""
        inner = self.gated(x)  # B × 2W × T
        if self.level is not None and level is not None:
            inner = inner + self.level(level)[..., None]
        gate, value = inner.chunk(2, dim=1)
        return x + self.out(self.drop(torch.sigmoid(gate) * torch.tanh(value)))


class _Stack(nn.Module):
    """Blocks of rising dilation between two projections."""

    def __init__(self, inputs: int, outputs: int, shape: PriorShape, level: int = 0) -> None:
        super().__init__()
        self.start = nn.Conv1d(inputs, shape.width, 1)
        self.blocks = nn.ModuleList(_Block(shape.width, d, level, shape.drop) for d in DILATIONS)
        self.stop = nn.Conv1d(shape.width, outputs, 1)

    def forward(self, x: Tensor, level: Tensor | None = None) -> Tensor:
        """(B, T, inputs) to (B, T, outputs)."""
        x = self.start(x.transpose(1, 2))
        for block in self.blocks:
            x = block(x, level)
        return self.stop(functional.silu(x)).transpose(1, 2)


class _Normalised(nn.Module):
    """Mean and spread of poses and conditions, kept with the weights."""

    def __init__(self) -> None:
        super().__init__()
        for name, size in (("pose", POSE), ("condition", CONDITION)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_spread", torch.ones(size))

    def set_spread(self, pose: Tensor, condition: Tensor) -> None:
        """Measure poses (N, F) and conditions (N, C) of the training data."""
        for name, values in (("pose", pose), ("condition", condition)):
            getattr(self, f"{name}_mean").copy_(values.mean(0))
            getattr(self, f"{name}_spread").copy_(values.std(0).clamp_min(0.02))


class GestureDiffusion(_Normalised):
    """The clean upper body from a noisy one."""

    kind = "diffusion"

    def __init__(self, shape: PriorShape) -> None:
        super().__init__()
        self.levels = 32
        self.embed = nn.Sequential(nn.Linear(self.levels, 64), nn.SiLU(), nn.Linear(64, 64))
        self.stack = _Stack(POSE + CONDITION, POSE, shape, 64)
        self.register_buffer("rest", torch.from_numpy(REST_FEATURES.copy()), persistent=False)

    def forward(self, noisy: Tensor, condition: Tensor, level: Tensor) -> Tensor:
        """Clean poses from noisy ones.

        Args:
            noisy: (B, T, F) poses with noise, normalised.
            condition: (B, T, C).
            level: (B, 1) 0 clean … 1 noise alone.

        Returns:
            (B, T, F) poses, in their own unit.
        """
        condition = (condition - self.condition_mean) / self.condition_spread
        steps = torch.arange(1, self.levels // 2 + 1, device=level.device, dtype=level.dtype)
        waves = level * steps * math.pi
        embedded = self.embed(torch.cat((waves.sin(), waves.cos()), dim=-1))
        clean = self.stack(torch.cat((noisy, condition), dim=-1), embedded)
        return clean * self.pose_spread + self.pose_mean

    def loss(self, pose: Tensor, condition: Tensor) -> Tensor:
        """(B, T, F) squared errors of the clean poses, normalised."""
        level = torch.rand(len(pose), 1, device=pose.device)
        signal, noise = signal_and_noise(level)
        clean = (pose - self.pose_mean) / self.pose_spread
        noisy = signal[..., None] * clean + noise[..., None] * torch.randn_like(clean)
        return self(noisy, condition, level)

    def step(
        self, noisy: Tensor, condition: Tensor, rest: Tensor, levels: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One step of DDIM with what is known put in.

        Args:
            noisy: (B, T, F) normalised.
            condition: (B, T, C).
            rest: (B, T, F) 0 … 1 how surely a number is that of the pose of rest.
            levels: (B, 2) of the noise now and after the step.

        Returns:
            Poses (B, T, F), and what is noisy for the next step.
        """
        pose = self(noisy, condition, levels[:, :1])
        pose = pose + rest * (self.rest - pose)
        clean = (pose - self.pose_mean) / self.pose_spread
        (a, s), (b, r) = (signal_and_noise(levels[:, n, None, None]) for n in (0, 1))
        return pose, b * clean + r * (noisy - a * clean) / s


def signal_and_noise(level: Tensor) -> tuple[Tensor, Tensor]:
    """Shares of both at a level, by the cosine schedule: cos and sin of a quarter turn."""
    angle = 0.5 * math.pi * (0.002 + 0.996 * level)
    return torch.cos(angle), torch.sin(angle)


class GestureVae(_Normalised):
    """An upper body from a latent."""

    kind = "vae"

    def __init__(self, shape: PriorShape) -> None:
        super().__init__()
        self.encoder = _Stack(POSE + CONDITION, 2 * LATENT, shape)
        self.decoder = _Stack(LATENT + CONDITION, POSE, shape)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        """(B, T, LATENT) and (B, T, C) to poses (B, T, F)."""
        condition = (condition - self.condition_mean) / self.condition_spread
        pose = self.decoder(torch.cat((latent, condition), dim=-1))
        return pose * self.pose_spread + self.pose_mean

    def encode(self, pose: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of variances of the latent, each (B, T, LATENT)."""
        pose = (pose - self.pose_mean) / self.pose_spread
        condition = (condition - self.condition_mean) / self.condition_spread
        mean, log_variance = self.encoder(torch.cat((pose, condition), dim=-1)).chunk(2, dim=-1)
        return mean, log_variance.clamp(-8.0, 4.0)

    def draw(self, condition: Tensor) -> Tensor:
        """(B, T, F) poses of drawn latents."""
        latent = torch.randn(*condition.shape[:2], LATENT, device=condition.device)
        return self(latent, condition)
