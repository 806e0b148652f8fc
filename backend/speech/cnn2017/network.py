"""The network that hears a face: waveform and frame times in, blendshape curves out.

Source: Karras, Aila, Laine, Herva, Lehtinen 2017, ACM TOG 36(4):94, sections 3 and 4, table 1. Our
names to its terms: ``AutocorrelationFrames`` section 3.1, ``FormantNetwork`` formant analysis
network, ``ArticulationNetwork`` articulation network, ``style`` emotional state E, ``bottleneck``
and ``basis`` the output network.
Where we differ: all is computed for a whole stretch of sound at once. The articulation layers are
not padded at the ends of a window, so a window of 63 frames (16 ms each, 8 ms apart, 512 ms in all)
shrinks to one step in five halvings, and windows that overlap share nearly everything: the halving
layers of one window are dilated layers over all of them. The first coefficient of a frame, its
energy, enters as a logarithm, the others relative to it, so that loudness is one number of 32.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad, relu

SAMPLE_RATE_HZ = 16_000
FRAME_SAMPLES, HOP_SAMPLES = 256, 128
COEFFICIENTS = 32
WINDOW_FRAMES = 63
GRID_FRAMES = 2
"""Curves are computed every second frame, that is every 16 ms, and interpolated in between."""
GRID_S = GRID_FRAMES * HOP_SAMPLES / SAMPLE_RATE_HZ
CONTEXT_SAMPLES = (WINDOW_FRAMES // 2) * HOP_SAMPLES + FRAME_SAMPLES // 2
"""Samples needed on either side of the time of a frame: 4096, which are 256 ms."""
FORMANT_CHANNELS = (72, 108, 162, 243, 256)
ARTICULATION_LAYERS, ARTICULATION_CHANNELS = 5, 256
QUIET = 1e-5
"""Energy of a frame (Hann, full scale 1) that counts as silence: about −70 dB."""


class AutocorrelationFrames(nn.Module):
    """Autocorrelation coefficients of overlapping frames, as products with constant matrices.

    Mean removal, the Hann window and a Fourier transform are one linear map, and autocorrelation
    is the cosine transform of the power spectrum (Wiener-Khinchin). The transform is longer than
    frame and lags together, so nothing wraps around.
    """

    to_spectrum: Tensor
    to_lags: Tensor

    def __init__(self) -> None:
        super().__init__()
        size = FRAME_SAMPLES + COEFFICIENTS
        n = torch.arange(FRAME_SAMPLES, dtype=torch.float64)
        bins = torch.arange(size // 2 + 1, dtype=torch.float64)
        hann = 0.5 - 0.5 * torch.cos(2 * math.pi * (n + 0.5) / FRAME_SAMPLES)
        angle = 2 * math.pi / size * bins[:, None] * n
        waves = torch.cat((torch.cos(angle), torch.sin(angle))) * hann
        waves = waves - waves.mean(dim=1, keepdim=True)  # the mean of the frame drops out
        twice = torch.where((bins == 0) | (bins == size // 2), 1.0, 2.0) / size
        lags = torch.arange(COEFFICIENTS, dtype=torch.float64)
        cosines = torch.cos(2 * math.pi / size * bins[:, None] * lags) * twice[:, None]
        self.register_buffer("to_spectrum", waves.float()[:, None], persistent=False)
        self.register_buffer("to_lags", torch.cat((cosines, cosines)).float(), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """(B, N) samples to (B, F, 32): log energy, then coefficients relative to the energy."""
        spectrum = conv1d(waveform[:, None], self.to_spectrum, stride=HOP_SAMPLES)
        lags = spectrum.square().transpose(1, 2) @ self.to_lags  # B, F, 32
        energy = lags[..., :1] + QUIET
        return torch.cat((0.25 * torch.log(energy / QUIET), lags[..., 1:] / energy), -1)


class FormantNetwork(nn.Module):
    """Five convolutions along the lags of a frame, 1 × 3 with stride 2: 32 lags become one step.

    Written as products with three neighbours side by side: many times faster than a convolution
    over thousands of frames of at most 32 lags.
    """

    def __init__(self) -> None:
        super().__init__()
        sizes = (1, *FORMANT_CHANNELS)
        self.layers = nn.ModuleList(
            nn.Linear(3 * before, after) for before, after in pairwise(sizes)
        )

    def forward(self, frames: Tensor) -> Tensor:
        """(..., 32) to (..., 256)."""
        x = frames.reshape(-1, COEFFICIENTS, 1)
        for layer in self.layers:
            x = pad(x, (0, 0, 1, 0))
            x = relu(layer(torch.cat((x[:, 0:-1:2], x[:, 1::2], x[:, 2::2]), -1)))
        return x.reshape(*frames.shape[:-1], FORMANT_CHANNELS[-1])


class ArticulationNetwork(nn.Module):
    """Five convolutions over time, 3 × 1 with stride 2, the style appended to every layer's input.

    Args:
        style: size of the style vector.
    """

    def __init__(self, style: int) -> None:
        super().__init__()
        width = ARTICULATION_CHANNELS
        self.layers = nn.ModuleList(nn.Linear(3 * width, width) for _ in range(ARTICULATION_LAYERS))
        # A style constant within the window, appended to the input, is a bias that depends on it.
        self.styles = nn.ModuleList(
            nn.Linear(style, width, bias=False) for _ in range(ARTICULATION_LAYERS)
        )

    def forward(self, x: Tensor, style: Tensor, grid: int = GRID_FRAMES) -> Tensor:
        """Formants and style to articulation, one step for every ``grid`` frames.

        Args:
            x: (B, F, 256), F ≥ 63.
            style: (B, 1, E), or (B, G, E) with G the steps that come out.
            grid: 1, 2 or 4 frames.

        Returns:
            (B, G, 256), step g for the window that begins at frame ``grid`` · g.
        """
        spacing = 1  # frames between two steps of x
        for number, (layer, styled) in enumerate(zip(self.layers, self.styles, strict=True)):
            reach = 2**number // spacing  # from the middle tap to the outer ones, in steps
            stride = 2 if spacing < grid else 1
            span = x.shape[1] - 2 * reach
            taps = [x[:, k * reach : k * reach + span : stride] for k in range(3)]
            spacing *= stride
            first = 2 ** (number + 1) - 1  # frame at which the first outgoing step lies
            bias = _spread(styled(style), taps[0].shape[1], first, spacing, grid)
            x = relu(layer(torch.cat(taps, -1)) + bias)
        return x


def _spread(bias: Tensor, steps: int, first: int, spacing: int, grid: int) -> Tensor:
    """Style terms (B, G, 256) of the windows for inner steps at frames first + spacing · step."""
    if bias.shape[1] == 1:
        return bias
    frame = first + spacing * torch.arange(steps)
    window = torch.round((frame - WINDOW_FRAMES // 2) / grid).long()
    last = torch.arange(bias.shape[1])[-1]
    return bias[:, torch.minimum(torch.clamp(window, min=0), last)]


class SpeechFaceNetwork(nn.Module):
    """Sound to blendshape curves.

    Args:
        channels: how many curves.
        style: size of the style vector.
        components: width of the linear bottleneck before the curves.
        keep: dropout before the articulation layers and the bottleneck keeps this share.
    """

    frame_mean: Tensor
    frame_scale: Tensor

    def __init__(
        self, channels: int, style: int = 16, components: int = 12, keep: float = 1.0
    ) -> None:
        super().__init__()
        self.frames = AutocorrelationFrames()
        self.formants = FormantNetwork()
        self.articulation = ArticulationNetwork(style)
        self.bottleneck = nn.Linear(ARTICULATION_CHANNELS, components)
        self.basis = nn.Linear(components, channels)
        self.dropout = nn.Dropout(1.0 - keep)
        self.register_buffer("frame_mean", torch.zeros(COEFFICIENTS))
        self.register_buffer("frame_scale", torch.ones(COEFFICIENTS))
        for layer in (*self.formants.layers, *self.articulation.layers):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")  # ten layers must not fade
            nn.init.zeros_(layer.bias)

    def forward(self, frames: Tensor, style: Tensor, grid: int = GRID_FRAMES) -> Tensor:
        """Frames of coefficients to curves, one step for every ``grid`` frames.

        Args:
            frames: (B, F, 32) of ``AutocorrelationFrames``, F ≥ 63.
            style: (B, 1, E) or (B, G, E).
            grid: 1, 2 or 4.

        Returns:
            (B, G, C), step g for the middle of the window that begins at frame ``grid`` · g.
        """
        standard = (frames - self.frame_mean) * self.frame_scale
        formants = self.dropout(self.formants(standard))
        articulation = self.dropout(self.articulation(formants, style, grid))
        return cast(Tensor, self.basis(self.bottleneck(articulation)))


class SpeechFace(nn.Module):
    """What is exported: a waveform of any length and any frame times in, curves 0 … 1 out.

    Args:
        network: the trained network; it is not copied.
    """

    def __init__(self, network: SpeechFaceNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, waveform: Tensor, times: Tensor, style: Tensor) -> Tensor:
        """Curves at the desired times.

        Args:
            waveform: (N,) at 16 kHz, full scale 1; silence is put before and after it.
            times: (T,) seconds after the first sample, ascending; between the steps of the grid
                curves are interpolated.
            style: (T, E); where it changes, times are taken as evenly spaced.

        Returns:
            (T, C), 0 … 1.
        """
        right = CONTEXT_SAMPLES + GRID_FRAMES * HOP_SAMPLES  # one step beyond the last sample
        frames = self.network.frames(pad(waveform, (CONTEXT_SAMPLES, right))[None])
        steps = torch.arange((frames.shape[1] - WINDOW_FRAMES) // GRID_FRAMES + 1)
        curves = self.network(frames, _style_on_grid(style, times, steps)[None])[0]
        place = torch.minimum(relu(times / GRID_S), steps[-1])
        before = torch.minimum(torch.floor(place), steps[-2])
        share = (place - before)[:, None]
        before = before.long()
        between = curves[before] + share * (curves[before + 1] - curves[before])
        return torch.clamp(between, 0.0, 1.0)


def _style_on_grid(style: Tensor, times: Tensor, steps: Tensor) -> Tensor:
    """(G, E) style of the desired frame nearest to every step of the grid."""
    numbers = torch.arange(style.shape[0])
    pace = numbers[-1] / torch.clamp(times[-1] - times[0], min=GRID_S)
    nearest = torch.round((GRID_S * steps - times[0]) * pace).long()
    return style[torch.minimum(torch.clamp(nearest, min=0), numbers[-1])]
