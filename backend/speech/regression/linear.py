"""Ridge regression from vectors to faces, in closed form: the linear maps of the network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import layer_norm, pad

from ..heard.batches import TEACHERS, HeardClips, full_rows
from ..heard.clips import HeardClip
from .network import REACH_FRAMES, TAP_SPACING, TAPS, SpeechFaceRegression

PENALTY = 0.15
"""Per frame, on inputs of unit variance."""
_MOST_CLIPS = 550
_STEP = 2
"""Every second frame is used: neighbours say nearly the same."""


def fit_linear_maps(network: SpeechFaceRegression, data: HeardClips) -> None:
    """Set and freeze the linear map of every teacher of the data."""
    size = network.linear.in_channels
    network.linear.requires_grad_(False)
    network.linear.weight.zero_()
    network.linear.bias.zero_()
    weights = network.linear.weight.view(network.teachers, -1, size, TAPS)
    bias = network.linear.bias.view(network.teachers, -1)
    for number, teacher in enumerate(TEACHERS):
        clips = [clip for clip in data.clips if clip.teacher == teacher]
        if clips:
            spread = clips[:: max(1, len(clips) // _MOST_CLIPS)]
            fitted, offset = _fit(spread)
            known = torch.from_numpy((data.weights[number] > 0).astype("float32"))
            weights[number] = fitted.view(TAPS, size, -1).permute(2, 1, 0) * known[:, None, None]
            bias[number] = offset * known


def _fit(clips: Sequence[HeardClip]) -> tuple[Tensor, Tensor]:
    """Weights (taps · D, R) and offset (R,), of standardised vectors."""
    count, total, outer, across, faces = 0, 0.0, 0.0, 0.0, 0.0
    for clip in clips:
        windows = taps(torch.from_numpy(clip.vectors).float())[::_STEP]
        rows = torch.from_numpy(full_rows(clip))[::_STEP]
        count += len(rows)
        total, faces = total + windows.sum(0), faces + rows.sum(0)
        outer, across = outer + windows.T @ windows, across + windows.T @ rows
    mean, face = total / count, faces / count
    covariance = outer / count - torch.outer(mean, mean)
    shared = across / count - torch.outer(mean, face)
    scale = covariance.diagonal().clamp(min=1e-6)
    ridge = torch.linalg.solve(covariance + torch.diag(PENALTY * scale), shared)
    return ridge, face - mean @ ridge


def taps(vectors: Tensor) -> Tensor:
    """(T, D) to (T, taps · D): what the linear map sees at each frame."""
    heard = layer_norm(vectors, vectors.shape[-1:])
    padded = pad(heard, (0, 0, REACH_FRAMES, REACH_FRAMES))
    return torch.cat([padded[k * TAP_SPACING :][: len(heard)] for k in range(TAPS)], 1)
