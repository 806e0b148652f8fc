"""Training of the quadruped network on roll-outs of growing length.

Source of the optimiser: Loshchilov & Hutter 2019, decoupled weight decay; its rate falls by a
cosine over the budget (the paper's warm restarts are made by ``--begin-with``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import torch

from backend.training.options import setting
from backend.training.run import Run, RunConfig, begin, load_weights
from blender_addon.core.errors import InputError

from .frames import Frames
from .network import ModeAdaptiveNetwork, Shape
from .normalisation import Normalisation, measure_normalisation
from .rollouts import Disturbances, LossWeights, losses_of, roll_out
from .validation import validate
from .windows import Windows

ABLATIONS: dict[str, dict[str, Any]] = {
    "one-expert": {"experts": 1},
    "eight-experts": {"experts": 8},
    "no-body": {"sees_body": False},
}


@dataclass(frozen=True)
class TrainingConfig(RunConfig):
    """Everything that decides a run."""

    hidden: int = setting(256, "Width of the hidden layers.", least=1)
    experts: int = setting(4, "How many sets of weights are blended.", least=1)
    keep: float = setting(1.0, "Dropout keeps this share.", least=0, most=1)
    sees_body: bool = setting(True, "The networks are told the animal's body.")
    decay: float = setting(1e-4, "Of the weights, decoupled from the loss.", least=0)
    frames_per_update: int = setting(2048, "Batch size times roll-out length.", least=2)
    rollouts: tuple[tuple[float, int], ...] = setting(
        ((0.05, 8), (0.35, 16), (0.6, 32)),
        "Share of the budget and frames of a stage of roll-outs; give it once for each.",
    )
    pose_noise: float = setting(0.1, "Of a first pose, in standardised units.", least=0)
    paw_noise: float = setting(
        0.05, "Of the paws' velocities in each frame, which the gating network sees.", least=0
    )
    place_noise: float = setting(0.03, "Of where a root begins, metres and radians.", least=0)
    trajectory_noise: float = setting(0.02, "Of a window, in standardised units.", least=0)
    paws: float = setting(0.3, "Weight of the paws' places and velocities.", least=0)
    slip: float = setting(1.0, "Weight of a standing paw's speed over the ground.", least=0)
    contacts: float = setting(0.1, "Weight of the contacts' cross-entropy.", least=0)
    track: float = setting(0.05, "Weight of the distance from the recorded root.", least=0)
    precision: Literal["fp32", "bf16"] = "bf16"
    averaging: float = 0.998
    threads: int = 1
    max_updates: int = 200_000
    validate_every: int = 500
    patience: int = 0

    @property
    def shape(self) -> Shape:
        """What is built."""
        return Shape(self.hidden, self.experts, self.keep)

    @property
    def disturbances(self) -> Disturbances:
        """In training."""
        return Disturbances(
            self.pose_noise, self.paw_noise, self.place_noise, self.trajectory_noise
        )

    @property
    def weights(self) -> LossWeights:
        """Of the losses."""
        return LossWeights(**{each.name: getattr(self, each.name) for each in fields(LossWeights)})


def train(
    data: Frames,
    held_out: Frames,
    config: TrainingConfig,
    folder: Path,
    *,
    begin_with: Path | None = None,
) -> ModeAdaptiveNetwork:
    """Train until the time is spent or validation stands still; resumes from ``folder``.

    Args:
        data, held_out: the train and val splits; their outputs are given up to the training.
        config: see there.
        folder: of the run.
        begin_with: another run's, whose weights a new one begins with.

    Returns:
        The network that validated best.

    Raises:
        InputError: the other run is of another network.
    """
    _, rng = begin(config)
    network = ModeAdaptiveNetwork(config.shape)
    facts = {"frames": len(data), "frames_to_validate": len(held_out)}
    by = measure_normalisation(data, config.sees_body)
    if begin_with is None:
        _standardise(network, by)
    else:
        facts["begun_with"] = take_over(network, begin_with, by)
    network.rest_offsets.copy_(data.offsets)
    windows, check = (Windows(part, normalisation_of(network)) for part in (data, held_out))
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=config.decay, fused=True)
    run = Run(config, folder, network, optimiser, rng, facts=facts)
    for _ in run.updates():
        stage, length = stage_at(config, run.share)
        batch = windows.draw(length, config.frames_per_update // length, rng)
        with run.autocast():
            rollout = roll_out(network, windows, batch, config.disturbances)
        losses = losses_of(rollout, windows, batch)
        run.step(losses.weighted(config.weights))
        run.note(frames=length, **losses.as_notes())
        if run.validation_due:
            measures = validate(kept_of(run), check, config.weights)
            # Longer roll-outs first make it worse: only in the last stage standing still counts.
            run.validated(measures, chosen_by="loss", may_stop=stage == len(config.rollouts) - 1)
    return load_network(folder)


def kept_of(run: Run) -> ModeAdaptiveNetwork:
    """The network whose weights a run keeps.

    Raises:
        TypeError: it is no run of ours.
    """
    if not isinstance(run.kept, ModeAdaptiveNetwork):
        raise TypeError(f"a quadruped's run trains a ModeAdaptiveNetwork; found {type(run.kept)}")
    return run.kept


def take_over(network: ModeAdaptiveNetwork, run: Path, by: Normalisation) -> int:
    """Give a fresh network another run's weights, standardised anew.

    Args:
        network: of the same shape; becomes one that says what the other one says.
        run: the other one's.
        by: what to standardise by.

    Returns:
        The update they are of.

    Raises:
        InputError: that run is of another network.
    """
    kept = load_weights(run)
    try:
        network.load_state_dict(kept["weights"])
    except RuntimeError as error:
        raise InputError(
            f"the run in {run} is of another network than this configuration asks for: "
            f"{str(error).splitlines()[-1].strip()}. Use its --hidden and --experts"
        ) from error
    restandardise(network, by)
    return int(kept["update"])


@torch.no_grad()
def restandardise(network: ModeAdaptiveNetwork, by: Normalisation) -> None:
    """Standardise inputs and outputs by other numbers, in such a way that nothing changes."""
    factor = torch.where(
        by.input_scale > 0, network.input_scale / by.input_scale.clamp_min(1e-9), 0.0
    )
    shift = (by.input_mean - network.input_mean) * network.input_scale
    first, gate = network.layers[0], network.gate[0]
    first.expert_biases.add_(first.expert_weights @ shift)
    first.expert_weights.mul_(factor)
    seen = network.gating_columns
    gate.bias.add_(gate.weight @ shift[seen])
    gate.weight.mul_(factor[seen])
    factor = network.output_scale / by.output_scale
    shift = (network.output_mean - by.output_mean) / by.output_scale
    last, experts = network.layers[-1], network.shape.experts
    last.expert_weights.mul_(factor.repeat(experts)[:, None])
    last.expert_biases.mul_(factor.repeat(experts)).add_(shift.repeat(experts))
    _standardise(network, by)


def load_network(folder: Path) -> ModeAdaptiveNetwork:
    """The best network of a run, in evaluation mode.

    Raises:
        InputError: the run has none.
    """
    kept = load_weights(folder)
    config = kept["config"]
    network = ModeAdaptiveNetwork(Shape(config["hidden"], config["experts"], config["keep"]))
    network.load_state_dict(kept["weights"])
    return network.eval()


def normalisation_of(network: ModeAdaptiveNetwork) -> Normalisation:
    """By what a network standardises."""
    names = (each.name for each in fields(Normalisation))
    return Normalisation(*(getattr(network, name) for name in names))


def _standardise(network: ModeAdaptiveNetwork, by: Normalisation) -> None:
    for each in fields(Normalisation):
        getattr(network, each.name).copy_(getattr(by, each.name))


def stage_at(config: TrainingConfig, progress: float) -> tuple[int, int]:
    """(stage number, roll-out length) when a share ``progress`` of the budget is spent."""
    spent = 0.0
    for number, (share, length) in enumerate(config.rollouts):
        spent += share
        if progress < spent:
            return number, length
    return len(config.rollouts) - 1, config.rollouts[-1][1]
