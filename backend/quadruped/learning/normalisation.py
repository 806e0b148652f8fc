"""By what the network's inputs and outputs are standardised."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from blender_addon.core.inference.layout import Layout
from blender_addon.core.quadruped.features import INPUT_LAYOUT, OUTPUT_LAYOUT, WINDOW_OFFSETS_FRAMES

from .frames import Frames
from .mirrored import INPUT_MIRROR, OUTPUT_MIRROR, Mirror

_LEAST_OWN_SPREAD = 0.1
_LEAST_SPREAD = 1e-3
_OUTPUT_WEIGHTS = {"root_velocity_m_s_rad_s": 3.0}
_ACTIONS = INPUT_LAYOUT.slices["trajectory_actions"]
_BODY = INPUT_LAYOUT.slices["body"]
STATE = slice(
    OUTPUT_LAYOUT.slices["joint_positions_m"].start,
    OUTPUT_LAYOUT.slices["joint_velocities_m_s"].stop,
)
"""The part of the outputs that is fed back: the pose."""


@dataclass(frozen=True, eq=False)
class Normalisation:
    """Means (F,) and (O,), factors of inputs (F,), and units of outputs (O,)."""

    input_mean: Tensor
    input_scale: Tensor
    output_mean: Tensor
    output_scale: Tensor


def measure_normalisation(frames: Frames, sees_body: bool = True) -> Normalisation:
    """Of a split, the same from both sides; without its body if that is not to be seen."""
    windows = len(WINDOW_OFFSETS_FRAMES)
    pieces = (
        frames.trajectory,
        frames.actions.repeat(1, windows),
        frames.outputs[:, STATE],
        frames.bodies[frames.body],
    )
    input_mean, own = (torch.cat(each) for each in zip(*map(_moments, pieces), strict=True))
    input_mean, own = _even(input_mean, own, INPUT_MIRROR)
    input_scale = 1.0 / _spread(own, INPUT_LAYOUT)
    # Weights of actions are told as they are, so that a rare one is not told louder.
    input_mean[_ACTIONS], input_scale[_ACTIONS] = 0.0, 2.0
    if not sees_body:
        input_scale[_BODY] = 0.0
    output_mean, own = _even(*_moments(frames.outputs), OUTPUT_MIRROR)
    output_scale = _spread(own, OUTPUT_LAYOUT)
    for name, weight in _OUTPUT_WEIGHTS.items():
        output_scale[OUTPUT_LAYOUT.slices[name]] /= weight
    contacts = OUTPUT_LAYOUT.slices["contacts"]
    output_mean[contacts], output_scale[contacts] = 0.0, 1.0  # logits
    return Normalisation(input_mean, input_scale, output_mean, output_scale)


def _moments(values: Tensor) -> tuple[Tensor, Tensor]:
    return values.mean(dim=0), values.std(dim=0)


def _even(mean: Tensor, deviation: Tensor, mirror: Mirror) -> tuple[Tensor, Tensor]:
    """As of the frames and their mirror images together."""
    other = mean[mirror.order] * mirror.sign
    squared = mean.square() + deviation.square()
    both = (mean + other) / 2
    return both, ((squared + squared[mirror.order]) / 2 - both.square()).clamp_min(0.0).sqrt()


def _spread(own: Tensor, layout: Layout) -> Tensor:
    """Halfway between a part's and each number's own: a trunk moves less than a leg, and is seen
    no less."""
    part_spread = torch.ones_like(own)
    for part in layout.slices.values():
        part_spread[part] = own[part].mean().clamp_min(_LEAST_SPREAD)
    return (part_spread * torch.maximum(own, _LEAST_OWN_SPREAD * part_spread)).sqrt()
