"""Trains the lecture's network on one set of features: ``train gesture --model gesture_lstm``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from backend.gesture.measures.poses import seen_positions
from backend.training.checkpoint import load_module
from backend.training.options import setting, training_command
from backend.training.run import Run, RunConfig, begin, load_weights
from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.errors import InputError

from .feature_sets import RATE_HZ, around, columns_of
from .losses import compare_sizes, joint_positions, liveliness_loss, pooled_sizes
from .network import GestureLstm, LstmShape
from .state import LAYOUT, decode_states
from .takes import TRAIN, VAL, Dancer, load_dancers

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data"
RUN = ROOT / ".build" / "gesture" / "lstm"
FLIP_M_S = 7.0


@dataclass(frozen=True)
class LstmConfig(RunConfig):
    """What decides a run; a validation follows each epoch."""

    features: Literal["pitch", "pitch_beat", "pitch_rms", "pitch_beat_rms", "mfcc", "all"] = (
        setting("all", "What of the music is heard.")
    )
    batch: int = setting(16, "Sequences of an update.", least=1)
    seconds: float = setting(5.0, "Length of a sequence.", least=1)
    settling: float = setting(
        1.0, "Seconds at the beginning of a sequence that count for no loss.", least=0
    )
    position_weight: float = setting(4.0, "Of the distance of joints, per metre.", least=0)
    liveliness_weight: float = setting(
        1.0, "Of how far speed, acceleration and jerk are from the recorded ones.", least=0
    )
    shape: LstmShape = field(default_factory=LstmShape)
    threads: int = setting(1, "Of the CPU.", least=1, may_change=True)
    learning_rate: float = setting(1.5e-3, "At its height.", least=0)
    max_updates: int = setting(
        200, "Budget over all resumed runs; what is spent first ends it.",
        least=0, may_change=True,
    )  # fmt: skip
    validate_every: int = setting(0, "Updates between validations; 0 for one each epoch.", least=0)
    patience: int = setting(
        10, "Epochs without progress before stopping early; 0 never does.",
        least=0, may_change=True,
    )  # fmt: skip


class Sequences:
    """Random stretches of all dancers, without those in which a leg flips over.

    Flips are faults of the recordings: single frames with a joint faster than 7 m/s, in four takes
    of eleven. They are a thousandth of the frames and a tenth of all jerk.

    Args:
        dancers: trained on.
        features: name of a set.
        frames: length of a stretch; dancers that are shorter are left out.

    Raises:
        InputError: no dancer is as long.
    """

    def __init__(self, dancers: Sequence[Dancer], features: str, frames: int) -> None:
        long_enough = [d for d in dancers if len(d.states) >= frames]
        if not long_enough:
            raise InputError(
                f"none of {len(dancers)} dancers has {frames} frames, a sequence; give longer "
                "takes, or a smaller --seconds"
            )
        self.columns, self.frames = columns_of(features), frames
        self.windows = [around(d.rows[:, self.columns]) for d in long_enough]
        self.states = [d.states for d in long_enough]
        self.rows = np.concatenate([d.rows[:, self.columns] for d in long_enough])
        starts = [clean_starts(d.states, frames) for d in long_enough]
        self.begins = [(n, int(begin)) for n, each in enumerate(starts) for begin in each]

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
        """(B, T, 31·F) windows and (B, T, S) states, every beginning equally likely."""
        chosen = [self.begins[n] for n in rng.integers(len(self.begins), size=count)]
        parts = [(n, slice(begin, begin + self.frames)) for n, begin in chosen]
        windows = np.stack([self.windows[n][part] for n, part in parts])
        states = np.stack([self.states[n][part] for n, part in parts])
        return torch.from_numpy(windows), torch.from_numpy(states)

    def updates_of_epoch(self, batch: int) -> int:
        """So many updates see as many frames as there are."""
        return max(round(len(self.rows) / (batch * self.frames)), 1)


def clean_starts(states: Floats, frames: int) -> Ints:
    """Where stretches of so many frames of states (T, 134) may begin without a flip in them."""
    places = seen_positions(decode_states(states, RATE_HZ))
    speeds = np.linalg.norm(np.diff(places, axis=0), axis=-1).max(axis=1) * RATE_HZ
    flips = np.concatenate(([0], np.cumsum(speeds > FLIP_M_S)))
    starts = np.arange(len(states) - frames + 1)
    return starts[flips[starts + frames - 1] == flips[starts]]


def pose_loss(config: LstmConfig, scale: Tensor, made: Motion, given: Motion) -> Tensor:
    """Squared error of states, each by its ``scale`` (S,), and distance of joints."""
    squared = ((made.states - given.states) / scale).square()
    rotations = LAYOUT.slices["rotations"]
    others = squared[..., rotations.stop :].mean()
    distance = (made.places - given.places).square().sum(-1).add(1e-8).sqrt().mean()
    loss: Tensor = squared[..., rotations].mean() + 0.05 * others
    return loss + config.position_weight * distance


class Motion:
    """States (..., T, S) with the places (..., T, J, 3) of their joints."""

    def __init__(self, states: Tensor) -> None:
        self.states, self.places = states, joint_positions(states)


def train_lstm(
    config: LstmConfig, dancers: Sequence[Dancer], held_out: Sequence[Dancer], folder: Path
) -> Run:
    """Train until the loss on the held-out takes no longer falls; the best weights are kept."""
    device, rng = begin(config)
    sequences = Sequences(dancers, config.features, round(config.seconds * RATE_HZ))
    network = GestureLstm(config.features, config.shape).to(device)
    states = torch.from_numpy(np.concatenate(sequences.states))
    network.normalise_by(torch.from_numpy(sequences.rows), states)
    every = config.validate_every or sequences.updates_of_epoch(config.batch)
    facts = {"updates_of_epoch": sequences.updates_of_epoch(config.batch),
             "takes": sorted({d.take for d in dancers})}  # fmt: skip
    optimiser = torch.optim.Adam(network.parameters(), config.learning_rate)
    settling = round(config.settling * RATE_HZ)
    run = Run(config, folder, network, optimiser, rng, facts=facts)
    for update in run.updates():
        windows, given = sequences.draw(rng, config.batch)
        made, recorded = Motion(network(windows)[:, settling:]), Motion(given[:, settling:])
        pose = pose_loss(config, network.output_scale, made, recorded)
        lively = liveliness_loss(made.places, recorded.places)
        run.step(pose + config.liveliness_weight * lively)
        run.note(pose=pose, liveliness=lively)
        if update % every == 0 or run.share >= 1.0:
            run.validated(_validate(config, network.eval(), held_out), chosen_by="loss")
    return run


@torch.no_grad()
def _validate(
    config: LstmConfig, network: GestureLstm, held_out: Sequence[Dancer]
) -> dict[str, float]:
    """Loss of the poses over whole held-out takes, and how lively all of them together are."""
    columns = columns_of(config.features)
    made, given = [], []
    for dancer in held_out:
        windows = torch.from_numpy(around(dancer.rows[:, columns]))[None]
        made.append(Motion(network(windows)[0]))
        given.append(Motion(torch.from_numpy(dancer.states)))
    counts = torch.tensor([float(len(dancer.states)) for dancer in held_out])
    poses = [
        pose_loss(config, network.output_scale, *pair) for pair in zip(made, given, strict=True)
    ]
    pose = float((torch.stack(poses) * counts).sum() / counts.sum())
    sizes = (pooled_sizes([each.places for each in part]) for part in (made, given))
    lively = float(compare_sizes(*sizes))
    loss = pose + config.liveliness_weight * lively
    return {"loss": loss, "pose": pose, "liveliness": lively}


def load_network(folder: Path) -> tuple[GestureLstm, dict[str, Any]]:
    """The network that a run kept, and what the run says of it.

    Raises:
        InputError: the folder holds no such run.
    """
    kept = load_weights(folder)
    config = kept["config"]
    if "features" not in config:
        raise InputError(f"{folder} holds a run of another network; choose another with --run")
    network = GestureLstm(config["features"], LstmShape(**config["shape"]))
    load_module(network, kept["weights"], folder)
    return network.eval(), kept


def run_of(run: Path, features: str) -> Path:
    """Folder of a feature set's run: the comparison's name with the set's behind it."""
    return run.with_name(f"{run.name}_{features}")


def epochs_of(kept: Mapping[str, Any]) -> int:
    """Passes over the training takes until the kept weights."""
    return math.ceil(kept["update"] / kept["facts"]["updates_of_epoch"])


@training_command(LstmConfig, data=DATA, run=RUN)
def command(data: Path, run: Path, config: LstmConfig) -> None:
    """Train the lecture's LSTM on the recorded dances and the music made for them."""
    dancers, held_out = load_dancers(data, TRAIN), load_dancers(data, VAL)
    train_lstm(config, dancers, held_out, run_of(run, config.features))
