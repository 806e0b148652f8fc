"""The training loop of the policy."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch

from backend.training.checkpoint import load_module
from backend.training.options import setting
from backend.training.run import Run, RunConfig, Stateful, begin, load_weights
from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.balance import GAINS
from blender_addon.core.physics.figure import CONTROL_RATE_HZ
from blender_addon.core.physics.policy import base_controller, gains_to_settings

from ..motions import join_clips, split
from .environment import HELD_STEPS, Act, Practice, PracticeSettings
from .imitation import ImitationSettings, imitate
from .judge import JUDGED_S, Judge
from .network import NetworkShape, PolicyNetwork
from .ppo import PpoSettings, StepSize, learn, try_out
from .teacher import lessons_of

CURVE: Final = "curve.json"
_CHECKPOINT_MINUTES: Final = 1.0
_LOOKS: Final = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingConfig(RunConfig):
    """What decides a run of the policy."""

    threads: int = setting(1, "Of the CPU.", least=1, may_change=True)
    learning_rate: float = setting(6e-4, "At its height; steered besides.", least=0)
    final_rate: float = setting(0.1, "Share of it that is left at the end.", least=0, most=1)
    clip: float = setting(1.0, "Gradients longer than this are shortened to it.", least=0)
    max_minutes: float = setting(
        70.0, "Budget over all resumed runs, judging included.", least=0, may_change=True
    )
    max_updates: int = setting(
        100_000, "Budget over all resumed runs; what is spent first ends it.",
        least=0, may_change=True,
    )  # fmt: skip
    validate_every: int = setting(60, "Updates between two judgements.", least=1)
    base: Literal["none", "balance"] = setting(
        "balance", "What the policy adds to: the reference alone, or a law of feedback."
    )
    judged: int = setting(24, "Figures that are judged.", least=1)
    judged_s: float = setting(JUDGED_S, "Of their lives.", least=0.1)
    shape: NetworkShape = field(default_factory=NetworkShape)
    practice: PracticeSettings = field(default_factory=PracticeSettings)
    ppo: PpoSettings = field(default_factory=PpoSettings)
    imitation: ImitationSettings = field(default_factory=ImitationSettings)


def train(
    clips: Sequence[MotionClip],
    config: TrainingConfig,
    folder: Path,
    facts: dict[str, Any] | None = None,
    clock: Callable[[], float] = time.monotonic,
    begin_with: Path | None = None,
    taught: Path | None = None,
) -> Run:
    """Train, or go on with what is in the folder.

    Args:
        clips: walks; some of them are held out to judge by.
        config: everything that decides the run.
        folder: of the run.
        facts: what else decides it.
        clock: seconds.
        begin_with: a run whose weights a new one begins with.
        taught: folder of what plans taught; a new run begins by imitating it.

    Raises:
        InputError: the folder holds another run, or a damaged one.
    """
    _, rng = begin(config)
    learned, held_out = split(clips)
    base = base_controller(config.base)
    practice = Practice(join_clips(learned, HELD_STEPS), base, config.practice, rng)
    held_steps = round(config.judged_s * CONTROL_RATE_HZ) + 30
    judge = Judge(join_clips(held_out, held_steps), base, config.judged, config.judged_s)
    network = PolicyNetwork(config.shape)
    if begin_with is not None:
        load_module(network, load_weights(begin_with)["weights"], begin_with)
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate, eps=1e-5)
    step_size = StepSize()
    parts: dict[str, Stateful] = {"practice": practice, "step_size": step_size}
    told = {
        "clips": len(clips),
        "frames": sum(each.frame_count for each in clips),
        "base_gains": gains_to_settings(GAINS) if config.base == "balance" else {},
        **(facts or {}),
    }
    run = Run(config, folder, network, optimiser, rng, parts, told, clock)
    if run.progress.update == 0 and begin_with is None:
        for _ in range(_LOOKS):  # what is normal is known before anything is learned
            network.learn_normal(try_out(network, practice, config.ppo).observations)
        if taught is not None:
            imitate(network, lessons_of(taught, learned, base), config.imitation)
    _updates(run, config, network, practice, judge, step_size)
    return run


def _updates(
    run: Run, config: TrainingConfig, network: PolicyNetwork, practice: Practice, judge: Judge,
    step_size: StepSize,
) -> None:  # fmt: skip
    written = run.progress.minutes
    if run.progress.update == 0:
        _judged(run, judge, network, practice, {"samples": 0.0})
    for update in run.updates():
        for group in run.optimiser.param_groups:
            group["lr"] = config.learning_rate * step_size.factor
        tried = try_out(network, practice, config.ppo)
        told = learn(network, tried, config.ppo, run.step, update)
        if update > config.ppo.values_first:
            step_size.steer(told["divergence"], config.ppo.divergence)
        network.learn_normal(tried.observations)
        practice.harden()
        samples = float(update * config.ppo.horizon * config.practice.figures)
        told |= {
            "practice_reward": tried.reward,
            "rate": step_size.factor,
            "survived": practice.survived,
        }
        run.note(**told)
        if update % 10 == 0:
            shown = ", ".join(f"{name} {value:.4g}" for name, value in told.items())
            _log.info("update %d, %.1f min: %s", update, run.progress.minutes, shown)
        if run.validation_due:
            _judged(run, judge, network, practice, {"samples": samples, **told})
            written = run.progress.minutes
        elif run.progress.minutes - written >= _CHECKPOINT_MINUTES:
            run.write_checkpoint()
            written = run.progress.minutes


def _judged(
    run: Run, judge: Judge, network: PolicyNetwork, practice: Practice, told: dict[str, float]
) -> None:
    measures = judge.judge(actor(network))
    measures |= {"chosen": -measures["life_s"] - measures["reward"]}
    measures |= {"help": practice.help, "push_n_s": practice.push_n_s, **told}
    run.validated(measures, chosen_by="chosen")
    curve = [{"minutes": run.progress.minutes, **run.progress.history[-1]}]
    path = run.folder / CURVE
    before = json.loads(path.read_text("utf-8")) if path.exists() else []
    kept = [each for each in before if each["update"] < run.progress.update]
    path.write_text(json.dumps([*kept, *curve], indent=1) + "\n", "utf-8")


def actor(network: PolicyNetwork) -> Act:
    """The policy without its spread."""

    @torch.no_grad()
    def act(observations: Floats) -> Floats:
        actions = network.act(torch.from_numpy(np.asarray(observations, np.float32)))
        return network.residuals(actions).double().numpy()

    return act


def load_network(folder: Path) -> tuple[PolicyNetwork, dict[str, Any]]:
    """A run's best weights, and all that is kept beside them.

    Raises:
        InputError: there are none, or of another shape.
    """
    kept = load_weights(folder)
    network = PolicyNetwork(NetworkShape(**kept["config"]["shape"]))
    load_module(network, kept["weights"], folder)
    return network.eval(), kept


def describe(config: TrainingConfig) -> dict[str, Any]:
    """A configuration as plain values."""
    return asdict(config)
