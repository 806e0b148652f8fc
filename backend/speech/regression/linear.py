"""Ridge regression from vectors to faces, in closed form: the linear maps of the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, pad

from ..heard.batches import TEACHERS, HeardClips, full_rows
from ..heard.clips import HeardClip
from .network import REACH_FRAMES, TAP_SPACING, TAPS

PENALTY = 0.15
"""Per frame, on inputs of unit variance."""
_MOST_FRAMES = 80_000
"""That a map is fitted to; more say nothing new."""
_STEP = 2
"""Every second frame is used: neighbours say nearly the same."""


class WithLinearMaps(Protocol):
    """A network whose likely face is a linear map of vectors, one for each teacher."""

    teachers: int
    linear: nn.Conv1d


def fit_linear_maps(network: WithLinearMaps, data: HeardClips) -> None:
    """Set and freeze the linear map of every teacher of the data."""
    size = network.linear.in_channels
    network.linear.requires_grad_(False)
    outputs = network.linear.out_channels
    weights = torch.zeros(outputs, size, TAPS).view(network.teachers, -1, size, TAPS)
    bias = torch.zeros(outputs).view(network.teachers, -1)
    for number, teacher in enumerate(TEACHERS):
        clips = [clip for clip in data.clips if clip.teacher == teacher]
        if clips:
            frames = sum(len(clip.vectors) for clip in clips) // _STEP
            fitted, offset = _fit(clips[:: max(1, round(frames / _MOST_FRAMES))])
            known = torch.from_numpy((data.weights[number] > 0).astype("float32"))
            weights[number] = fitted.view(TAPS, size, -1).permute(2, 1, 0) * known[:, None, None]
            bias[number] = offset * known
    state = {"weight": weights.view(outputs, size, TAPS), "bias": bias.view(outputs)}
    network.linear.load_state_dict(state)


def _fit(clips: Sequence[HeardClip]) -> tuple[Tensor, Tensor]:
    """Weights (taps · D, R) and offset (R,), of standardised vectors."""
    size, columns = clips[0].vectors.shape[1] * TAPS, full_rows(clips[0]).shape[1]
    count, total, faces = 0, torch.zeros(size), torch.zeros(columns)
    outer, across = torch.zeros(size, size), torch.zeros(size, columns)
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
