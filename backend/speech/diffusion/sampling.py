"""Motion drawn with the torch network, for validation: DDIM as the extension does it."""

from __future__ import annotations

import torch
from torch import Tensor

from .loop import StyledDiffusion
from .network import STEPS, signal_at

SAMPLING_STEPS = 8


def sampling_signals(steps: int = SAMPLING_STEPS) -> Tensor:
    """(S,) ᾱ of the steps, rising: from nearly pure noise to nearly none."""
    places = torch.linspace(STEPS, STEPS / (2 * steps), steps)
    return signal_at(places)


@torch.no_grad()
def draw_motion(model: StyledDiffusion, vectors: Tensor, style: Tensor, noise: Tensor) -> Tensor:
    """Rows (T, K) for vectors (T, D) in a style (E,), out of noise (T, K); T even."""
    network, signals = model.network, sampling_signals()
    features, styles = vectors[None].float(), style.expand(1, len(vectors), -1)
    noisy, heard = noise[None], torch.ones(1)
    clean = noisy
    for step, signal in enumerate(signals):
        if step:
            before = signals[step - 1]
            left = (noisy - before.sqrt() * clean) / (1.0 - before).sqrt()
            noisy = signal.sqrt() * clean + (1.0 - signal).sqrt() * left
        clean = network(noisy, signal[None], features, styles, heard)
    return clean[0] * network.scale + network.offset
