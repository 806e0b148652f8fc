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
from blender_addon.core.walk.features import STYLE_DIMENSIONS

from .controller import LocomotionController
from .data import LocomotionData, Normalisation, joint_state, measure_normalisation

ABLATIONS: dict[str, dict[str, Any]] = {
    "no-phase": {"phase_functioned": False},
    "no-rollout": {"rollouts": ((1.0, 1),)},
    "no-augmentation": {"kinds": ("captured", "uneven")},
}


@dataclass(frozen=True)
class TrainingConfig(RunConfig):
    """Everything that decides a run."""

    hidden: int = setting(256, "Width of the hidden layers.", least=1)
    keep: float = setting(0.9, "Dropout keeps this share.", least=0, most=1)
    phase_functioned: bool = setting(True, "Weights are a function of the phase.")
    weight_decay_l1: float = setting(0.01, "γ of the paper, on the mean |α|.", least=0)
    frames_per_update: int = setting(2048, "Batch size times roll-out length.", least=1)
    rollouts: tuple[tuple[float, int], ...] = setting(
        ((0.1, 1), (0.25, 8), (0.35, 16), (0.3, 32)),
        "Share of the budget and frames of a stage of roll-outs; give it once for each.",
    )
    pose_noise: float = setting(0.05, "Deviation in standardised units.", least=0)
    trajectory_noise: float = setting(0.02, "Deviation in standardised units.", least=0)
    swapped_poses: float = setting(
        0.5, "Share of roll-outs that begin in the pose of another recording.", least=0, most=1
    )
    kinds: tuple[str, ...] = setting(
        (), "A kind of prepared sequences that is trained on; without any, all are."
    )
    max_updates: int = 60_000
    validate_every: int = 250
    patience: int = 12


def train(
    data: LocomotionData, held_out: LocomotionData, config: TrainingConfig, folder: Path
) -> LocomotionController:
    """Train until the time is spent or validation stands still; resumes from ``folder``.

    Args:
        data, held_out: the train and val splits.
        config: see there.
        folder: of the run.

    Returns:
        The controller that validated best.
    """
    device, rng = begin(config)
    controller = build_controller(data, config).to(device)
    windows, check = (Windows(part, normalisation_of(controller)) for part in (data, held_out))
    optimiser = torch.optim.Adam(controller.parameters())
    facts = {"frames": len(data.phase), "frames_to_validate": len(held_out.phase)}
    run = Run(config, folder, controller, optimiser, rng, facts=facts)
    disturbances = config.pose_noise, config.trajectory_noise, config.swapped_poses
    for _ in run.updates():
        stage, length = stage_at(config, run.share)
        frames = windows.draw(length, config.frames_per_update // length, rng)
        with run.autocast():
            loss = rollout_loss(controller, windows, frames, *disturbances)
        run.step(loss + config.weight_decay_l1 * controller.network.weight_magnitude())
        run.note(loss=loss, frames=length)
        if run.validation_due:
            measures = {"loss": validation_loss(run.kept, check)}
            # Longer roll-outs first make it worse: only in the last stage standing still counts.
            run.validated(measures, chosen_by="loss", may_stop=stage == len(config.rollouts) - 1)
    return load_controller(folder)


def load_controller(folder: Path) -> LocomotionController:
    """The best controller of a run, in evaluation mode.

    Raises:
        InputError: the run has none.
    """
    kept = load_weights(folder)
    weights, config = kept["weights"], kept["config"]
    styles = len(weights["styles.weight"])
    controller = LocomotionController(
        styles, config["hidden"], config["keep"], config["phase_functioned"]
    )
    controller.load_state_dict(weights)
    return controller.eval()


def build_controller(data: LocomotionData, config: TrainingConfig) -> LocomotionController:
    """A fresh controller whose normalisation is measured on the data."""
    controller = LocomotionController(
        len(data.style_names), config.hidden, config.keep, config.phase_functioned
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


class Windows:
    """Standardised copies of a split on the device of its normalisation, cut into windows."""

    def __init__(self, data: LocomotionData, by: Normalisation) -> None:
        self._drawn_from = data  # draws are made by NumPy
        self._data = data = data.to(by.input_mean.device)
        count = data.trajectory.shape[1]
        self.trajectory = (data.trajectory - by.input_mean[:count]) * by.input_scale[:count]
        self.outputs = (data.outputs - by.output_mean) / by.output_scale
        # A fed-back pose leaves as standardised output and comes in as standardised input.
        self.state_scale = joint_state(by.output_scale) * by.input_scale[count:]
        self.state_shift = (joint_state(by.output_mean) - by.input_mean[count:]) * by.input_scale[
            count:
        ]

    def state(self, outputs: Tensor) -> Tensor:
        """Standardised outputs (B, O) to the pose part of the next standardised inputs."""
        return joint_state(outputs) * self.state_scale + self.state_shift

    def draw(self, length: int, count: int, rng: np.random.Generator) -> Tensor:
        """(count, length) frame numbers."""
        starts = self._drawn_from.window_starts(length, rng, count)
        return (starts[:, None] + torch.arange(length)).to(self.trajectory.device)

    def phase(self, frames: Tensor) -> Tensor:
        """Phase at frames."""
        return self._data.phase[frames]

    def alike(self, frames: Tensor) -> Tensor:
        """(B,) for each frame another one's place in the batch: same gait, nearest phase."""
        order = torch.argsort(self._data.gait[frames] * 10 + self._data.phase[frames])
        partner = torch.empty_like(order)
        partner[order] = order.roll(1)
        return partner

    def style(self, frames: Tensor) -> Tensor:
        """Style index at frames."""
        return self._data.style[frames]


def rollout_loss(
    controller: LocomotionController,
    windows: Windows,
    frames: Tensor,
    pose_noise: float = 0.0,
    trajectory_noise: float = 0.0,
    swapped_poses: float = 0.0,
) -> Tensor:
    """Mean squared error over windows in which the network lives on its own poses.

    Args:
        controller: in training or evaluation mode.
        windows: the data.
        frames: (B, L) consecutive frame numbers.
        pose_noise: added to the first pose, in standardised units before input scaling.
        trajectory_noise: added to the trajectory of every frame.
        swapped_poses: share of windows that begin in the pose of another one of the same gait
            and nearly the same phase.
    """
    state = windows.state(windows.outputs[frames[:, 0] - 1])
    # The pose tells whose walk it is; in another's pose the network has to ask the style vector.
    swapped = torch.rand(len(frames), 1, device=state.device) < swapped_poses
    state = torch.where(swapped, state[windows.alike(frames[:, 0])], state)
    # Pose inputs are scaled down, and so must their noise be.
    state = state + pose_noise * windows.state_scale.mean() * torch.randn_like(state)
    style = windows.style(frames[:, 0])
    errors = []
    for step in range(frames.shape[1]):
        now = frames[:, step]
        trajectory = windows.trajectory[now]
        trajectory = trajectory + trajectory_noise * torch.randn_like(trajectory)
        outputs = controller.step(torch.cat((trajectory, state), -1), style, windows.phase(now))
        errors.append((outputs - windows.outputs[now]).square().mean())
        state = windows.state(outputs)
    return torch.stack(errors).mean()


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
def validation_loss(controller: LocomotionController, windows: Windows) -> float:
    """Roll-out loss on the same windows every time, in evaluation mode."""
    frames = windows.draw(_VALIDATION_FRAMES, 192, np.random.default_rng(0))
    return rollout_loss(controller, windows, frames).item()
