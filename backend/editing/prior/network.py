"""Encoder and decoder of two seconds of motion, and the critic that tells real from made."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from blender_addon.core.editing.prior_features import LAYOUT, WINDOW_FRAMES

FEATURES: Final = LAYOUT.size
_QUARTER: Final = WINDOW_FRAMES // 4
CHANNELS: Final = 96
POSE_COMPONENTS: Final = 40
WAVES: Final = 15
"""Of a cosine transform over two seconds: what is slower than 3.5 Hz."""
_NARROW: Final = 32
_WIDE: Final = 48
_LOG_VARIANCES: Final = (-10.0, 2.0)


class Residual(nn.Module):
    """x plus two convolutions of it, the first one dilated."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.SiLU(),
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation),
            nn.SiLU(),
            nn.Conv1d(channels, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) to the same."""
        return x + self.layers(x)


class Normalised(nn.Module):
    """Knows the features' mean and scale, and how much each one matters to where joints are."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("scale", torch.ones(FEATURES))
        self.register_buffer("importance", torch.ones(FEATURES))


class Linear(Normalised):
    """Main components of windows: of poses first, then of their slow changes.

    Args:
        latent: numbers of a window.
    """

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.poses = nn.Parameter(torch.zeros(FEATURES, POSE_COMPONENTS))
        self.windows = nn.Parameter(torch.zeros(POSE_COMPONENTS * WAVES, latent))
        self.register_buffer("waves", cosines(WINDOW_FRAMES, WAVES))

    def encode(self, windows: Tensor) -> Tensor:
        """Windows (B, 60, F) to (B, D)."""
        poses = ((windows - self.mean) * self.importance) @ self.poses
        return (self.waves @ poses).flatten(1) @ self.windows

    def decode(self, latents: Tensor) -> Tensor:
        """Latents (B, D) to windows (B, 60, F)."""
        slow = (latents @ self.windows.T).unflatten(1, (WAVES, POSE_COMPONENTS))
        return (self.waves.T @ slow) @ self.poses.T / self.importance + self.mean


def cosines(frames: int, count: int) -> Tensor:
    """(count, frames) slowest waves of the orthonormal cosine transform."""
    time = (torch.arange(frames) + 0.5) / frames
    waves = torch.cos(torch.pi * torch.arange(count)[:, None] * time)
    waves[0] *= 0.5**0.5
    return waves * (2.0 / frames) ** 0.5


class Encoder(Normalised):
    """Windows to latents: main components, and what convolutions add to them.

    Args:
        latent: numbers of a window.
        channels: of the convolutions.
    """

    def __init__(self, latent: int, channels: int = CHANNELS) -> None:
        super().__init__()
        self.linear = Linear(latent)
        self.layers = nn.Sequential(
            nn.Conv1d(FEATURES, channels, 6, stride=2, padding=2),  # 60 frames to 30
            Residual(channels),
            Residual(channels, 3),
            nn.SiLU(),
            nn.Conv1d(channels, channels, 4, stride=2, padding=1),  # 30 to 15
            Residual(channels, 2),
            nn.SiLU(),
            nn.Conv1d(channels, _NARROW, 1),
            nn.Flatten(),
            nn.SiLU(),
        )
        self.to_mean = _silent(nn.Linear(_NARROW * _QUARTER, latent))
        self.to_log_variance = _silent(nn.Linear(_NARROW * _QUARTER, latent))

    def moments(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Windows (B, 60, F) to means and log variances (B, D)."""
        hidden = self.layers(((windows - self.mean) / self.scale).transpose(1, 2))
        mean = self.linear.encode(windows) + self.to_mean(hidden)
        return mean, self.to_log_variance(hidden).clamp(*_LOG_VARIANCES)

    def forward(self, windows: Tensor) -> Tensor:
        """Windows (B, 60, F) to means (B, D)."""
        return self.moments(windows)[0]


class Decoder(Normalised):
    """Latents to windows: main components, and what convolutions add to them.

    Args:
        latent: numbers of a window.
        told: numbers of what it is conditioned on, which come after those of the latent.
        channels: of the convolutions.
    """

    def __init__(self, latent: int, told: int = 0, channels: int = CHANNELS) -> None:
        super().__init__()
        self.latent = latent
        self.linear = Linear(latent)
        self.open = nn.Linear(latent + told, _WIDE * _QUARTER)
        self.layers = nn.Sequential(
            nn.Conv1d(_WIDE, channels, 3, padding=1),
            Residual(channels, 2),
            nn.SiLU(),
            nn.ConvTranspose1d(channels, channels, 4, stride=2, padding=1),  # 15 frames to 30
            Residual(channels),
            Residual(channels, 3),
            nn.SiLU(),
            nn.ConvTranspose1d(channels, channels, 4, stride=2, padding=1),  # 30 to 60
            Residual(channels),
            nn.SiLU(),
            _silent(nn.Conv1d(channels, FEATURES, 3, padding=1)),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Latents (B, D), with what is told (B, C) behind them, to windows (B, 60, F)."""
        added = self.layers(self.open(latents).unflatten(1, (_WIDE, _QUARTER)))
        return self.linear.decode(latents[:, : self.latent]) + added.transpose(1, 2) * self.scale


def _silent(layer: nn.Linear | nn.Conv1d) -> nn.Linear | nn.Conv1d:
    """The layer with weights of zero: at first the main components are all there is."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class Condition(nn.Module):
    """A label and a speed as a vector; label number ``labels`` stands for an unknown one."""

    def __init__(self, labels: int, size: int) -> None:
        super().__init__()
        self.unknown = labels
        self.label = nn.Embedding(labels + 1, size)
        self.speed = nn.Linear(1, size)

    def forward(self, labels: Tensor, speeds: Tensor) -> Tensor:
        """Labels (B,) and speeds (B,) m/s to (B, C); of an unknown label the speed is so too."""
        known = (labels != self.unknown).float()[:, None]
        return self.label(labels) + known * self.speed(speeds[:, None])


class Autoencoder(nn.Module):
    """Encoder and decoder together; with labels, the decoder is told what to make.

    Args:
        latent: numbers of a window.
        labels: how many the decoder is conditioned on; 0 for none.
    """

    def __init__(self, latent: int, labels: int = 0) -> None:
        super().__init__()
        self.latent = latent
        self.encoder = Encoder(latent)
        self.condition = Condition(labels, _NARROW) if labels else None
        self.decoder = Decoder(latent, _NARROW if labels else 0)

    def decode(self, latents: Tensor, labels: Tensor, speeds: Tensor) -> Tensor:
        """Latents (B, D) to windows (B, 60, F), of a label and speed where it is conditioned."""
        if self.condition is not None:
            latents = torch.cat((latents, self.condition(labels, speeds)), dim=-1)
        return self.decoder(latents)


class Critic(Normalised):
    """How real windows look, for a label and a speed.

    Source: Mao et al. 2017 (least squares); Miyato & Koyama 2018 (projection of the condition);
    Miyato et al. 2018 (spectral normalisation).

    Args:
        labels: how many there are.
    """

    def __init__(self, labels: int) -> None:
        super().__init__()
        sizes = (2 * FEATURES, 96, 128, 128)
        self.layers = nn.ModuleList(
            parametrizations.spectral_norm(nn.Conv1d(a, b, 5, stride=2, padding=2))
            for a, b in pairwise(sizes)
        )
        self.condition = Condition(labels, sizes[-1])
        self.score = nn.Linear(sizes[-1], 1)

    def forward(self, windows: Tensor, labels: Tensor, speeds: Tensor) -> tuple[Tensor, Tensor]:
        """Windows (B, 60, F) to scores (B,), real towards 1, and hidden units (B, C)."""
        x = ((windows - self.mean) / self.scale).transpose(1, 2)
        steps = nn.functional.pad(3.0 * (x[..., 1:] - x[..., :-1]), (0, 1))
        hidden = torch.cat((x, steps), dim=1)
        for layer in self.layers:
            hidden = nn.functional.leaky_relu(layer(hidden), 0.2)
        pooled = hidden.mean(dim=-1)
        told = self.condition(labels, speeds) / pooled.shape[-1] ** 0.5
        return self.score(pooled)[:, 0] + (told * pooled).sum(-1), hidden.flatten(1)
