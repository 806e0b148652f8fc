"""One training run in a folder: what every training loop shares.

A loop reads like this, and a run that was stopped goes on as if it never had been::

    device, rng = begin(config)
    network = Network(...).to(device)
    run = Run(config, folder, network, torch.optim.Adam(network.parameters()), rng)
    for _ in run.updates():
        with run.autocast():
            loss = ...
        run.step(loss)
        if run.validation_due:
            run.validated({"loss": ...}, chosen_by="loss")

The budget is in minutes and in updates over all resumed runs; what is spent first ends it, and the
learning rate falls by a cosine over the share that is spent. So a budget changed on resuming bends
the rest of the schedule: after a larger one the rate is again as high as a run so planned has it at
that place. That is allowed, but it is not the run that was planned so from the beginning.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from blender_addon.core.errors import InputError, ModelError

from .checkpoint import (
    differences,
    load_module,
    random_states,
    read_file,
    restore_random_states,
    write_file,
)
from .options import may_change, setting

CHECKPOINT, WEIGHTS, CURVES = "checkpoint.pt", "weights.pt", "curves"
_CURVES_EVERY = 10

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunConfig:
    """What every run has; a loop's own configuration is a subclass with its own defaults."""

    device: Literal["cpu", "cuda"] = setting(
        "cpu", "Where to train; resuming elsewhere goes on, but not bit for bit.", may_change=True
    )
    precision: Literal["fp32", "bf16"] = setting(
        "fp32", "Of products; weights and losses stay in float32."
    )
    threads: int = setting(2, "Of the CPU.", least=1, may_change=True)
    seed: int = setting(7, "Of everything random.", least=0)
    learning_rate: float = setting(1e-3, "At its height.", least=0)
    final_rate: float = setting(0.02, "Share of it that is left at the end.", least=0, most=1)
    warm_up: int = setting(0, "Updates until the learning rate is at its height.", least=0)
    clip: float = setting(1.0, "Gradients longer than this are shortened to it.", least=0)
    averaging: float = setting(
        0.0, "Decay of the moving average of the weights, which is then what is kept.",
        least=0, most=1,
    )  # fmt: skip
    max_minutes: float = setting(
        60.0, "Budget over all resumed runs, validation included.", least=0, may_change=True
    )
    max_updates: int = setting(
        10_000, "Budget over all resumed runs; what is spent first ends it.",
        least=0, may_change=True,
    )  # fmt: skip
    validate_every: int = setting(100, "Updates between validations and checkpoints.", least=1)
    patience: int = setting(
        0, "Validations without progress before stopping early; 0 never does.",
        least=0, may_change=True,
    )  # fmt: skip


class Stateful(Protocol):
    """Anything besides the network that a run has to find again as it was."""

    def state_dict(self) -> dict[str, Any]:
        """Tensors, numbers and texts."""

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Become what ``state_dict`` was taken of."""


@dataclass
class Progress:
    """Where a run stands.

    Args:
        update: updates made.
        minutes: spent.
        best: least value of what chooses the weights.
        stale: validations since then.
        history: measures of every validation, with their update.
    """

    update: int = 0
    minutes: float = 0.0
    best: float = math.inf
    stale: int = 0
    history: list[dict[str, float]] = field(default_factory=list)

    def share(self, config: RunConfig) -> float:
        """How much of the budget is spent, 0 … 1."""
        spent = ((self.minutes, config.max_minutes), (self.update, config.max_updates))
        return min(max(one / most if most else 1.0 for one, most in spent), 1.0)


def find_device(config: RunConfig) -> torch.device:
    """The device asked for, never another.

    Raises:
        InputError: this machine, or this build of torch, does not have it.
    """
    if config.device == "cuda" and not torch.cuda.is_available():
        raise InputError(
            f"--device cuda was asked for, but torch {torch.__version__} finds no CUDA device; "
            "install a build of torch for CUDA and its driver, or train with --device cpu"
        )
    if config.device == "cuda" and config.precision == "bf16":
        if not torch.cuda.is_bf16_supported(including_emulation=False):
            raise InputError(
                f"{torch.cuda.get_device_name()} does not compute in bfloat16; "
                "train with --precision fp32"
            )
    return torch.device(config.device)


def begin(config: RunConfig) -> tuple[torch.device, np.random.Generator]:
    """Seed everything, before a network is built or anything is drawn.

    Returns:
        The device to train on, and the generator that is to draw the data.
    """
    device = find_device(config)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    return device, np.random.default_rng(config.seed)


class Run:
    """A network in training, its optimiser and average, and how far it is.

    Args:
        config: what decides the run. Resuming with another one is refused.
        folder: of the run; what is there is resumed.
        network: on the device, fresh.
        optimiser: of its parameters.
        rng: draws the data.
        parts: what else changes in training: data being played, carried state, a loss that learns.
        facts: what else decides the run, such as its data; compared like the configuration, and
            kept beside the weights.
        clock: seconds.

    Raises:
        InputError: the folder holds another run, or a damaged one.
    """

    def __init__(
        self,
        config: RunConfig,
        folder: Path,
        network: nn.Module,
        optimiser: torch.optim.Optimizer,
        rng: np.random.Generator,
        parts: Mapping[str, Stateful] | None = None,
        facts: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.config, self.folder = config, folder
        self.network, self.optimiser, self.rng = network, optimiser, rng
        self.device = torch.device(config.device)
        self.average = average_of(network, config.averaging) if config.averaging else None
        self.progress = Progress()
        self._parts, self._facts = {"optimiser": optimiser, **(parts or {})}, dict(facts or {})
        self._clock, self._ticked = clock, clock()
        self._curves: SummaryWriter | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CHECKPOINT).exists():
            self._resume(folder / CHECKPOINT)

    @property
    def kept(self) -> nn.Module:
        """The network whose weights are kept, in evaluation mode: the average, where there is one.

        It has to be asked for anew after each update.
        """
        kept: nn.Module = self.network if self.average is None else self.average.module
        return kept.eval()

    @property
    def share(self) -> float:
        """How much of the budget is spent, 0 … 1."""
        return self.progress.share(self.config)

    @property
    def finished(self) -> bool:
        """The budget is spent, or the run stood still for too long."""
        patience = self.config.patience
        return self.share >= 1.0 or 0 < patience <= self.progress.stale

    @property
    def validation_due(self) -> bool:
        """After this update; the last one is always followed by a validation."""
        return self.progress.update % self.config.validate_every == 0 or self.share >= 1.0

    def updates(self) -> Iterator[int]:
        """Numbers, from 1 on, of the updates that are still to be made."""
        if self.finished:
            _log.info("%s is finished; raise a budget to go on", self.folder)
            return
        folder, self._ticked = str(self.folder / CURVES), self._clock()
        # Curves drawn after the checkpoint, before the run was cut off, are drawn anew.
        with SummaryWriter(folder, purge_step=self.progress.update + 1) as self._curves:
            while not self.finished:
                for group in self.optimiser.param_groups:
                    group["lr"] = self.learning_rate()
                self.network.train()
                self.progress.update += 1
                yield self.progress.update

    def learning_rate(self) -> float:
        """Of the next update: a cosine over the budget after the warm-up."""
        config = self.config
        fallen = 0.5 * (1.0 - config.final_rate) * (1.0 + math.cos(math.pi * self.share))
        warm = min(1.0, (self.progress.update + 1) / max(config.warm_up, 1))
        return config.learning_rate * warm * (config.final_rate + fallen)

    def autocast(self) -> AbstractContextManager[Any]:
        """Products inside are made in the precision chosen."""
        desired = self.config.precision == "bf16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=desired)

    def step(self, loss: Tensor) -> None:
        """Go one step down the gradient of a loss; an update may take several."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimiser.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        self._tick()

    def note(self, **terms: Tensor | float) -> None:
        """Draw what training says, every tenth update."""
        if self.progress.update % _CURVES_EVERY == 0:
            self._draw("train", terms)

    def validated(
        self, measures: Mapping[str, float], chosen_by: str | None = None, may_stop: bool = True
    ) -> None:
        """Take down a validation, keep the weights if they are to be kept, and write a checkpoint.

        Args:
            measures: by name.
            chosen_by: the one that says which weights are best, the least; None keeps the newest.
            may_stop: False where standing still is no reason to stop.

        Raises:
            ModelError: the network has diverged. The last checkpoint is left as it was.
        """
        self._tick()
        self.progress.history.append({"update": self.progress.update, **measures})
        self._draw("validation", measures)
        if chosen_by is None or self._is_best(measures[chosen_by], may_stop):
            self._write_weights()
        self._write_checkpoint()
        said = ", ".join(f"{name} {value:.4f}" for name, value in measures.items())
        _log.info(
            "update %d, %.1f min, %.0f %%: %s",
            self.progress.update, self.progress.minutes, 100 * self.share, said,
        )  # fmt: skip

    def write_checkpoint(self) -> None:
        """Write where the run stands, between validations."""
        self._tick()
        self._write_checkpoint()

    def _is_best(self, value: float, may_stop: bool) -> bool:
        progress = self.progress
        if not math.isfinite(value):
            raise ModelError(
                f"validation is {value} after {progress.update} updates: the network has diverged; "
                "begin again in another folder, with a lower --learning-rate or --clip"
            )
        best = value < progress.best
        progress.stale = progress.stale + 1 if may_stop and not best else 0
        progress.best = min(value, progress.best)
        return best

    def _tick(self) -> None:
        now = self._clock()
        self.progress.minutes += (now - self._ticked) / 60.0
        self._ticked = now

    def _draw(self, kind: str, values: Mapping[str, Tensor | float]) -> None:
        if self._curves is not None:
            for name, value in values.items():
                number = value.item() if isinstance(value, Tensor) else value
                self._curves.add_scalar(f"{kind}/{name}", number, self.progress.update)

    def _identity(self) -> dict[str, Any]:
        return {"config": asdict(self.config), "facts": self._facts}

    def _write_weights(self) -> None:
        content = {"weights": self.kept.state_dict(), "update": self.progress.update}
        write_file(self.folder / WEIGHTS, {**self._identity(), **content})

    def _write_checkpoint(self) -> None:
        average = None if self.average is None else self.average.state_dict()
        content = {
            "progress": asdict(self.progress),
            "network": self.network.state_dict(),
            "average": average,
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
            "random": random_states(self.rng, self.device),
        }
        write_file(self.folder / CHECKPOINT, {**self._identity(), **content})

    def _resume(self, path: Path) -> None:
        """Become the run that the checkpoint is of."""
        kept = read_file(path)
        refuse_another(kept, self._identity(), may_change(type(self.config)), path)
        for change in differences(kept["config"], asdict(self.config)):
            _log.info("resuming differently: %s", change)
        load_module(self.network, kept["network"], path)
        if self.average is not None:
            load_module(self.average, kept["average"], path)
        for name, part in self._parts.items():
            part.load_state_dict(kept["parts"][name])
        restore_random_states(kept["random"], self.rng, self.device)
        self.progress = Progress(**kept["progress"])
        _log.info("resuming %s after update %d", self.folder, self.progress.update)


def average_of(network: nn.Module, decay: float) -> AveragedModel:
    """A moving average of a network's weights; buffers are copied."""
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))


def refuse_another(
    kept: Mapping[str, Any], identity: Mapping[str, Any], changeable: set[str], path: Path
) -> None:
    """Compare what decides a run.

    Raises:
        InputError: the checkpoint is another run's; says what differs, field by field.
    """
    there, here = (
        {**each["facts"], **{k: v for k, v in each["config"].items() if k not in changeable}}
        for each in (kept, identity)
    )
    if found := differences(there, here):
        raise InputError(
            f"{path} belongs to another run: {'; '.join(found)}; "
            "choose another folder with --run, or remove this one to begin anew"
        )


def load_weights(folder: Path) -> dict[str, Any]:
    """What a run has to show: weights, config, facts and update.

    Raises:
        InputError: nothing yet, or a damaged file.
    """
    return read_file(folder / WEIGHTS)
