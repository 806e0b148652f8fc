"""Training of the locomotion network: single steps first, then roll-outs of growing length.

A network trained one step at a time drifts when it is fed its own output. So after a while it is
trained on roll-outs: the pose it predicts is the pose it gets, for tens of frames, and the loss is
taken on all of them. Source of the step: Holden et al. 2017, section 6.3; of the roll-outs: the
scheduled unrolling usual since Lee et al. 2018.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from blender_addon.core.walk.features import STYLE_DIMENSIONS

from .controller import LocomotionController
from .data import LocomotionData, Normalisation, joint_state, measure_normalisation

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides a run.

    Args:
        hidden: width of the hidden layers.
        keep: dropout keeps this share.
        weight_decay_l1: γ of the paper, on the mean |α|.
        learning_rate: at the start; falls by a cosine to a fiftieth.
        frames_per_update: batch size times roll-out length.
        rollouts: (share of the budget, frames) of each stage.
        pose_noise, trajectory_noise: standard deviation in standardised units.
        swapped_poses: share of roll-outs that begin in the pose of another recording.
        max_minutes, max_updates: the budget over all resumed runs; what is spent first ends it.
        validate_every: updates between validations.
        patience: validations without progress in the last stage before stopping early.
        seed: of everything random.
        phase_functioned: False is the ablation without phase.
    """

    hidden: int = 256
    keep: float = 0.9
    weight_decay_l1: float = 0.01
    learning_rate: float = 1e-3
    frames_per_update: int = 2048
    rollouts: tuple[tuple[float, int], ...] = ((0.1, 1), (0.25, 8), (0.35, 16), (0.3, 32))
    pose_noise: float = 0.05
    trajectory_noise: float = 0.02
    swapped_poses: float = 0.5
    max_minutes: float = 60.0
    max_updates: int = 60_000
    validate_every: int = 250
    patience: int = 12
    seed: int = 7
    phase_functioned: bool = True


def build_controller(data: LocomotionData, config: TrainingConfig) -> LocomotionController:
    """A fresh controller whose normalisation is measured on the data."""
    torch.manual_seed(config.seed)
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


def _normalisation(controller: LocomotionController) -> Normalisation:
    network = controller.network
    return Normalisation(
        network.input_mean[:-STYLE_DIMENSIONS],
        network.input_scale[:-STYLE_DIMENSIONS],
        network.output_mean,
        network.output_scale,
    )


class Windows:
    """Standardised copies of a split, cut into batches of windows."""

    def __init__(self, data: LocomotionData, by: Normalisation) -> None:
        count = data.trajectory.shape[1]
        self._data = data
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
        starts = self._data.window_starts(length, rng, count)
        return starts[:, None] + torch.arange(length)

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
    swapped = torch.rand(len(frames), 1) < swapped_poses
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


@dataclass
class Progress:
    """Where a run stands; kept in the checkpoint."""

    update: int = 0
    minutes: float = 0.0
    best: float = float("inf")
    stale: int = 0
    stage: int = 0

    def share(self, config: TrainingConfig) -> float:
        """How much of the budget is spent, 0 … 1."""
        spent = max(self.minutes / config.max_minutes, self.update / config.max_updates)
        return min(spent, 1.0)


def train(
    data: LocomotionData, held_out: LocomotionData, config: TrainingConfig, folder: Path
) -> LocomotionController:
    """Train until the time is spent or validation stands still; resumes from ``folder``.

    Args:
        data, held_out: the train and val splits.
        config: see there.
        folder: checkpoint.pt (latest), best.pt and TensorBoard curves go here.

    Returns:
        The controller that validated best in the last stage reached.
    """
    controller = build_controller(data, config)
    optimiser = torch.optim.Adam(controller.parameters(), lr=config.learning_rate)
    progress = _resume(folder, controller, optimiser, config)
    windows, check = (Windows(part, _normalisation(controller)) for part in (data, held_out))
    rng = np.random.default_rng([config.seed, progress.update])
    torch.manual_seed(config.seed + progress.update)
    with SummaryWriter(str(folder / "curves")) as curves:
        while progress.share(config) < 1.0 and progress.stale < config.patience:
            _run_until_validation(controller, optimiser, windows, config, progress, rng, curves)
            _validate(controller, check, config, progress, folder, curves)
            _save(folder / "checkpoint.pt", controller, optimiser, config, progress)
    best = torch.load(folder / "best.pt", weights_only=True)
    controller.load_state_dict(best["controller"])
    return controller.eval()


def _run_until_validation(
    controller: LocomotionController,
    optimiser: torch.optim.Optimizer,
    windows: Windows,
    config: TrainingConfig,
    progress: Progress,
    rng: np.random.Generator,
    curves: SummaryWriter,
) -> None:
    controller.train()
    started, spent = time.monotonic(), progress.minutes
    for _ in range(config.validate_every):
        share = progress.share(config)
        _, length = stage_at(config, share)
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * (0.02 + 0.49 * (1 + math.cos(math.pi * share)))
        frames = windows.draw(length, config.frames_per_update // length, rng)
        disturbances = config.pose_noise, config.trajectory_noise, config.swapped_poses
        loss = rollout_loss(controller, windows, frames, *disturbances)
        sparse = loss + config.weight_decay_l1 * controller.network.weight_magnitude()
        optimiser.zero_grad(set_to_none=True)
        sparse.backward()
        torch.nn.utils.clip_grad_norm_(controller.parameters(), 1.0)
        optimiser.step()
        progress.update += 1
        progress.minutes = spent + (time.monotonic() - started) / 60
        if progress.update % 50 == 0:
            curves.add_scalar("loss/train", loss.item(), progress.update)
        if progress.share(config) >= 1.0:
            break


_VALIDATION_FRAMES = 48


@torch.no_grad()
def validation_loss(controller: LocomotionController, windows: Windows) -> float:
    """Roll-out loss on the same windows every time."""
    controller.eval()
    frames = windows.draw(_VALIDATION_FRAMES, 192, np.random.default_rng(0))
    return rollout_loss(controller, windows, frames).item()


def _validate(
    controller: LocomotionController,
    windows: Windows,
    config: TrainingConfig,
    progress: Progress,
    folder: Path,
    curves: SummaryWriter,
) -> None:
    value = validation_loss(controller, windows)
    stage, length = stage_at(config, progress.share(config))
    last = stage == len(config.rollouts) - 1
    progress.stale = progress.stale + 1 if last and value >= progress.best else 0
    if value < progress.best:
        progress.best = value
        best = {"controller": controller.state_dict(), "config": asdict(config)}
        _write(folder / "best.pt", best)
    curves.add_scalar("loss/validation", value, progress.update)
    _log.info(
        "update %d, %.1f min, roll-out %d: validation %.4f (best %.4f)",
        progress.update, progress.minutes, length, value, progress.best,
    )  # fmt: skip


def _resume(
    folder: Path,
    controller: LocomotionController,
    optimiser: torch.optim.Optimizer,
    config: TrainingConfig,
) -> Progress:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "checkpoint.pt"
    if not path.exists():
        return Progress()
    kept = torch.load(path, weights_only=True)
    controller.load_state_dict(kept["controller"])
    optimiser.load_state_dict(kept["optimiser"])
    _log.info("resuming %s at update %d", folder, kept["progress"]["update"])
    return Progress(**kept["progress"])


def _save(
    path: Path,
    controller: LocomotionController,
    optimiser: torch.optim.Optimizer,
    config: TrainingConfig,
    progress: Progress,
) -> None:
    _write(
        path,
        {
            "controller": controller.state_dict(),
            "optimiser": optimiser.state_dict(),
            "config": asdict(config),
            "progress": asdict(progress),
        },
    )


def _write(path: Path, content: dict[str, object]) -> None:
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)
