"""Training of the locomotion network: single steps first, then roll-outs of growing length.

A network trained one step at a time drifts when it is fed its own output. So after a while it is
trained on roll-outs: the pose it predicts is the pose it gets, for tens of frames, and the loss is
taken on all of them. Source of the step: Holden et al. 2017, section 6.3; of the roll-outs: the
scheduled unrolling usual since Lee et al. 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from backend.training.options import setting
from backend.training.run import Run, RunConfig, begin, load_weights
from blender_addon.core.errors import InputError
from blender_addon.core.walk.features import STYLE_DIMENSIONS

from .controller import LocomotionController
from .data import LocomotionData, Normalisation, measure_normalisation
from .network import CONTROL_POINTS
from .rollouts.losses import Disturbances, rollout_losses
from .rollouts.windows import Windows
from .styles.strides import STRIDE_COLUMNS, STRIDE_PHASES

ABLATIONS: dict[str, dict[str, Any]] = {
    "no-phase": {"phase_functioned": False},
    "no-encoder": {"encodes_styles": False},
    "no-rollout": {"rollouts": ((1.0, 1),)},
    "no-augmentation": {"kinds": ("captured", "uneven")},
}


@dataclass(frozen=True)
class TrainingConfig(RunConfig):
    """Everything that decides a run."""

    hidden: int = setting(384, "Width of the hidden layers.", least=1)
    keep: float = setting(1.0, "Dropout keeps this share.", least=0, most=1)
    phase_functioned: bool = setting(True, "Weights are a function of the phase.")
    encodes_styles: bool = setting(
        True, "A style encoder is trained with the network; without, all walk in one style."
    )
    surprise: float = setting(1e-3, "Weight of what a stride's code tells, per nat.", least=0)
    feet: float = setting(0.3, "Weight of heels and toes as rotations put them.", least=0)
    curvature: float = setting(
        0.05, "Weight of second differences of the pose in roll-outs.", least=0
    )
    weight_decay_l1: float = setting(0.01, "γ of the paper, on the mean |α|.", least=0)
    frames_per_update: int = setting(2048, "Batch size times roll-out length.", least=1)
    rollouts: tuple[tuple[float, int], ...] = setting(
        ((0.1, 1), (0.25, 8), (0.35, 16), (0.3, 32)),
        "Share of the budget and frames of a stage of roll-outs; give it once for each.",
    )
    pose_noise: float = setting(0.05, "Deviation in standardised units.", least=0)
    trajectory_noise: float = setting(0.02, "Deviation in standardised units.", least=0)
    swapped_poses: float = setting(
        0.1, "Share of roll-outs that begin in the pose of another recording.", least=0, most=1
    )
    kinds: tuple[str, ...] = setting(
        (), "A kind of prepared sequences that is trained on; without any, all are."
    )
    max_updates: int = 60_000
    validate_every: int = 250
    patience: int = 12


def train(
    data: LocomotionData,
    held_out: LocomotionData,
    config: TrainingConfig,
    folder: Path,
    *,
    start_from: Path | None = None,
) -> LocomotionController:
    """Train until the time is spent or validation stands still; resumes from ``folder``.

    Args:
        data, held_out: the train and val splits.
        config: see there.
        folder: of the run.
        start_from: another run's, whose weights and normalisation a new one begins with.

    Returns:
        The controller that validated best.
    """
    device, rng = begin(config)
    controller = build_controller(data, config)
    if start_from is not None:
        _take_over(controller, start_from)
    controller = controller.to(device)
    windows, check = (Windows(part, normalisation_of(controller)) for part in (data, held_out))
    optimiser = torch.optim.Adam(controller.parameters())
    facts = {"frames": len(data.phase), "frames_to_validate": len(held_out.phase)}
    if start_from is not None:
        facts["start"] = load_weights(start_from)["update"]
    run = Run(config, folder, controller, optimiser, rng, facts=facts)
    disturbances = Disturbances(config.pose_noise, config.trajectory_noise, config.swapped_poses)
    for _ in run.updates():
        stage, length = stage_at(config, run.share)
        frames = windows.draw(length, config.frames_per_update // length, rng)
        with run.autocast():
            losses = rollout_losses(controller, windows, frames, disturbances)
        loss = losses.weighted(config.feet, config.curvature, config.surprise)
        run.step(loss + config.weight_decay_l1 * controller.network.weight_magnitude())
        run.note(frames=length, **losses.as_notes())
        if run.validation_due:
            measures = validation_losses(run.kept, check)
            # Longer roll-outs first make it worse: only in the last stage standing still counts.
            run.validated(measures, chosen_by="loss", may_stop=stage == len(config.rollouts) - 1)
    return load_controller(folder)


def _take_over(controller: LocomotionController, run: Path) -> None:
    """Give a fresh controller another run's weights, so that it says the same as that one.

    Its inputs are standardised as they were there, its outputs as the fresh one's.
    """
    fresh = normalisation_of(controller)
    mean, scale = fresh.output_mean.clone(), fresh.output_scale.clone()
    weights = load_weights(run)["weights"]
    try:
        controller.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(
            f"the run in {run} is of another network than this configuration asks for: "
            f"{str(error).splitlines()[-1].strip()}. Use its --hidden and options"
        ) from error
    restandardise(controller, mean, scale)


@torch.no_grad()
def restandardise(controller: LocomotionController, mean: Tensor, scale: Tensor) -> None:
    """Standardise outputs by another mean and scale (O,), in such a way that nothing changes."""
    network, encoder = controller.network, controller.encoder
    factor = network.output_scale / scale
    shift = (network.output_mean - mean) / scale
    last = network.layers[-1]
    last.control_weights.mul_(factor.repeat(CONTROL_POINTS)[:, None])
    last.control_biases.mul_(factor.repeat(CONTROL_POINTS)).add_(shift.repeat(CONTROL_POINTS))
    if encoder is not None:
        columns = torch.from_numpy(STRIDE_COLUMNS).repeat(STRIDE_PHASES)
        for first in (encoder.person[1], encoder.stride[1]):
            first.bias.sub_(first.weight @ (shift / factor)[columns])
            first.weight.div_(factor[columns])
    network.output_mean.copy_(mean)
    network.output_scale.copy_(scale)


def load_controller(folder: Path) -> LocomotionController:
    """The best controller of a run, in evaluation mode.

    Raises:
        InputError: the run has none.
    """
    kept = load_weights(folder)
    config = kept["config"]
    names = ("hidden", "keep", "phase_functioned", "encodes_styles")
    controller = LocomotionController(*(config[name] for name in names))
    controller.load_state_dict(kept["weights"])
    return controller.eval()


def build_controller(data: LocomotionData, config: TrainingConfig) -> LocomotionController:
    """A fresh controller whose normalisation is measured on the data."""
    controller = LocomotionController(
        config.hidden, config.keep, config.phase_functioned, config.encodes_styles
    )
    measured = measure_normalisation(data)
    network = controller.network
    network.input_mean[:-STYLE_DIMENSIONS] = measured.input_mean
    network.input_scale[:-STYLE_DIMENSIONS] = measured.input_scale
    network.output_mean.copy_(measured.output_mean)
    network.output_scale.copy_(measured.output_scale)
    return controller


def normalisation_of(controller: LocomotionController) -> Normalisation:
    """What the controller standardises by, without its style."""
    network = controller.network
    return Normalisation(
        network.input_mean[:-STYLE_DIMENSIONS],
        network.input_scale[:-STYLE_DIMENSIONS],
        network.output_mean,
        network.output_scale,
    )


def stage_at(config: TrainingConfig, progress: float) -> tuple[int, int]:
    """(stage number, roll-out length) when a share ``progress`` of the budget is spent."""
    spent = 0.0
    for number, (share, length) in enumerate(config.rollouts):
        spent += share
        if progress < spent:
            return number, length
    return len(config.rollouts) - 1, config.rollouts[-1][1]


_VALIDATION_FRAMES = 48


@torch.no_grad()
def validation_losses(controller: LocomotionController, windows: Windows) -> dict[str, float]:
    """Roll-out losses on the same windows every time, in evaluation mode."""
    frames = windows.draw(_VALIDATION_FRAMES, 192, np.random.default_rng(0))
    with torch.random.fork_rng():
        torch.manual_seed(0)  # the same other strides of a person, too
        losses = rollout_losses(controller, windows, frames)
    return {name: value.item() for name, value in losses.as_notes().items()}
