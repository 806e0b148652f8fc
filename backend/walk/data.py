"""Prepared sequences in memory, and windows drawn from them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from blender_addon.core.errors import InputError
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.walk.features import (
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    PAST_SAMPLES,
    WINDOW_OFFSETS_FRAMES,
)

from .styles.strides import stride_frames

_JOINT_INPUT_SCALE = 0.1
"""Joint inputs count less than the trajectory, so that the character obeys (section 6.3)."""
_OUTPUT_WEIGHTS = {"root_velocity_m_s_rad_s": 3.0, "phase_rate_rad_s": 3.0}
_LEAST_OWN_SPREAD = 0.1
_RAREST_SHARE = {"stand": 0.15, "walk": 0.6, "jog": 0.25}


@dataclass(frozen=True)
class Normalisation:
    """Means and factors of inputs (without style) and outputs."""

    input_mean: Tensor
    input_scale: Tensor
    output_mean: Tensor
    output_scale: Tensor


@dataclass(frozen=True)
class LocomotionData:
    """All frames of a split, one after the other.

    Args:
        trajectory: (N, F_t) trajectory inputs.
        outputs: (N, O).
        phase: (N,) radians.
        style: (N,) index.
        remaining: (N,) frames left in the same sequence, this one included.
        gait: (N,) index of the strongest gait.
        weight: (N,) how often a frame is drawn within its gait.
        strides: (N, K) the frames that show the stride around each.
        person: (N,) whose walk it is; that of a mirrored one is another person.
        recorded: (N,) whether it is of a recording as it is, walking or running.
        style_names: captured walks whose style a style is.
    """

    trajectory: Tensor
    outputs: Tensor
    phase: Tensor
    style: Tensor
    remaining: Tensor
    gait: Tensor
    weight: Tensor
    strides: Tensor
    person: Tensor
    recorded: Tensor
    style_names: tuple[str, ...]

    def to(self, device: torch.device) -> LocomotionData:
        """The same on a device."""
        tensors = {name: each for name, each in vars(self).items() if isinstance(each, Tensor)}
        return replace(self, **{name: each.to(device) for name, each in tensors.items()})

    def window_starts(self, length: int) -> WindowStarts:
        """Where windows of ``length`` frames may begin, each with a frame before it."""
        usable = self.remaining >= length
        usable[0] = False
        usable[1:] &= self.remaining[:-1] == self.remaining[1:] + 1
        starts = torch.nonzero(usable)[:, 0].numpy()
        gait = self.gait[starts].numpy()
        share = np.array([_RAREST_SHARE[name] for name in GAITS])
        weight = self.weight[starts].numpy()
        present = np.bincount(gait, weight, minlength=len(GAITS))
        weight = weight * (share / np.maximum(present, 1e-9))[gait]
        return WindowStarts(starts, np.cumsum(weight / weight.sum()))


@dataclass(frozen=True, eq=False)
class WindowStarts:
    """Frames at which windows may begin.

    Args:
        frames: (M,).
        cumulated: (M,) probability of a frame and of those before it.
    """

    frames: np.ndarray
    cumulated: np.ndarray

    def draw(self, rng: np.random.Generator, count: int) -> Tensor:
        """(count,) of them."""
        places = np.searchsorted(self.cumulated, rng.random(count), side="right")
        return torch.from_numpy(self.frames[np.minimum(places, len(self.frames) - 1)])


def load_split(folder: Path, split: str, kinds: Sequence[str] = ()) -> LocomotionData:
    """Read what ``prepare`` wrote.

    Args:
        folder: its output.
        split: train or val.
        kinds: captured, bent, blended, uneven; empty takes all.

    Raises:
        InputError: nothing was prepared there.
    """
    files = sorted((folder / split).glob("*.npz"))
    files = [file for file in files if not kinds or file.name.split("_")[0] in kinds]
    if not files:
        raise InputError(
            f"no prepared sequences in {folder / split}; run 'backend prepare walk' first"
        )
    parts = [dict(np.load(file, allow_pickle=False)) for file in files]
    lengths = [len(part["phase"]) for part in parts]
    starts = np.cumsum([0, *lengths[:-1]])
    trajectory = _joined([part["trajectory"] for part in parts])
    gait = _strongest_gait(trajectory)
    captured = [file.name.split("_")[0] in _RECORDED for file in files]
    styles = [int(part["style"]) for part in parts]
    persons = [_person(file.stem, style) for file, style in zip(files, styles, strict=True)]
    numbers = {person: number for number, person in enumerate(sorted(set(persons)))}
    return LocomotionData(
        trajectory=torch.from_numpy(trajectory),
        outputs=torch.from_numpy(_joined([part["outputs"] for part in parts])),
        phase=torch.from_numpy(_joined([part["phase"] % (2 * np.pi) for part in parts])),
        style=_each(styles, lengths),
        remaining=torch.from_numpy(np.concatenate([np.arange(n, 0, -1) for n in lengths])),
        gait=torch.from_numpy(gait),
        weight=_each([float(part["weight"]) for part in parts], lengths),
        strides=torch.from_numpy(
            np.concatenate(
                [start + stride_frames(p["phase"]) for start, p in zip(starts, parts, strict=True)]
            )
        ),
        person=_each([numbers[person] for person in persons], lengths),
        recorded=_each(captured, lengths) & torch.from_numpy(gait != GAITS.index("stand")),
        style_names=tuple(json.loads((folder / "styles.json").read_text("utf-8"))),
    )


_RECORDED = ("captured", "uneven")


def _person(stem: str, style: int) -> tuple[int, int, str]:
    """Of a sequence: its style, or where that is held out its source; and its side."""
    _, source, seed = stem.split("_")[:3]
    return style, (int(source) if style < 0 else -1), seed[-1]


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts).astype(np.float32)


def _each(values: Sequence[float], lengths: Sequence[int]) -> Tensor:
    """One value a sequence, for each of its frames."""
    return torch.from_numpy(np.repeat(np.array(values), lengths))


def _strongest_gait(trajectory: np.ndarray) -> np.ndarray:
    part = INPUT_LAYOUT.slices["trajectory_gaits"]
    gaits = trajectory[:, part].reshape(-1, len(WINDOW_OFFSETS_FRAMES), len(GAITS))
    return gaits[:, PAST_SAMPLES].argmax(axis=-1)


def measure_normalisation(data: LocomotionData) -> Normalisation:
    """Means, and one factor for each part of the layout, which keeps proportions within it."""
    state = joint_state(data.outputs)
    inputs = torch.cat((data.trajectory, state), dim=1)
    input_scale = _part_scales(inputs, INPUT_LAYOUT.slices, stop=inputs.shape[1])
    input_scale[data.trajectory.shape[1] :] *= _JOINT_INPUT_SCALE
    spread = 1 / _part_scales(data.outputs, OUTPUT_LAYOUT.slices, data.outputs.shape[1])
    # A trunk moves less than an arm, and is seen no less: halfway to each number's own spread.
    own = torch.maximum(data.outputs.std(dim=0), _LEAST_OWN_SPREAD * spread)
    output_scale = (spread * own).sqrt()
    for name, weight in _OUTPUT_WEIGHTS.items():
        output_scale[OUTPUT_LAYOUT.slices[name]] /= weight
    return Normalisation(inputs.mean(0), input_scale, data.outputs.mean(0), output_scale)


def _part_scales(values: Tensor, parts: dict[str, slice], stop: int) -> Tensor:
    scale = torch.ones(stop)
    for part in parts.values():
        if part.stop <= stop:
            scale[part] = 1 / values[:, part].std(dim=0).mean().clamp_min(1e-4)
    return scale


_POSITIONS = OUTPUT_LAYOUT.slices["joint_positions_m"]
_VELOCITIES = OUTPUT_LAYOUT.slices["joint_velocities_m_s"]


def joint_state(outputs: Tensor) -> Tensor:
    """The part of outputs (..., O) that is fed back: joint positions and velocities."""
    return outputs[..., _POSITIONS.start : _VELOCITIES.stop]
