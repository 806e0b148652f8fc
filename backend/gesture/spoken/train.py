"""``train gesture --data beat:DIR``: speech to gesture, learned from recordings of people.

The run's folder gets the weights, ``measures.json`` and, of each held-out take, a BVH file of what
the network makes of its speech. Nothing is packed with the extension: the licences of these
recordings do not allow it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from backend.gesture.lstm.feature_sets import around
from backend.gesture.lstm.losses import joint_positions, liveliness_loss
from backend.gesture.lstm.state import decode_states
from backend.gesture.readers.corpus import RATE_HZ, SpokenCorpus
from backend.gesture.readers.reading import read_spoken
from backend.recordings.splits import TRAIN, VAL
from backend.training.checkpoint import load_module
from backend.training.options import setting, training_command
from backend.training.run import Run, RunConfig, begin, load_weights
from blender_addon.core.bvh import write_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError

from .measures import measure_talk
from .network import SpokenLstm, SpokenShape
from .takes import Talker, read_talkers

ROOT = Path(__file__).resolve().parents[3]
RUN = ROOT / ".build" / "gesture" / "spoken"
NOWHERE = Path("beat:DIR")
MEASURES, GENERATED = "measures.json", "generated"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SpokenConfig(RunConfig):
    """What decides a run."""

    batch: int = setting(32, "Sequences of an update.", least=1)
    seed_s: float = setting(0.5, "Seconds of recorded poses that a sequence begins with.", least=0)
    seconds: float = setting(3.0, "Seconds that are made from there.", least=0.5)
    liveliness_weight: float = setting(
        0.3, "Of how far speed, acceleration and jerk are from the recorded ones.", least=0
    )
    shape: SpokenShape = field(default_factory=SpokenShape)
    max_updates: int = setting(
        20_000, "Budget over all resumed runs; what is spent first ends it.",
        least=0, may_change=True,
    )  # fmt: skip
    max_minutes: float = setting(
        240.0, "Budget over all resumed runs, validation included.", least=0, may_change=True
    )
    validate_every: int = setting(250, "Updates between validations and checkpoints.", least=1)
    patience: int = setting(
        20, "Validations without progress before stopping early; 0 never does.",
        least=0, may_change=True,
    )  # fmt: skip

    @property
    def seed_frames(self) -> int:
        """Recorded poses at the beginning of a sequence."""
        return max(round(self.seed_s * RATE_HZ), 1)

    @property
    def frames(self) -> int:
        """Of a whole sequence."""
        return self.seed_frames + round(self.seconds * RATE_HZ)


def train_spoken(config: SpokenConfig, corpus: SpokenCorpus, folder: Path) -> dict[str, Any]:
    """Train on a corpus and measure on its held-out takes; both splits are read before.

    Raises:
        InputError: a take is malformed, or none is long enough; nothing has been written.
    """
    trained, held_out = (read_talkers(corpus.of(split)) for split in (TRAIN, VAL))
    run = _train(config, _long_enough(trained, config), _long_enough(held_out, config), folder)
    network = SpokenLstm(config.shape)
    load_module(network, load_weights(folder)["weights"], folder)
    generated = [continue_take(network.eval(), each, config.seed_frames) for each in held_out]
    measures = measure_talk(generated, held_out) | {"updates": run.progress.update}
    _write(folder, generated, held_out, measures)
    return measures


def _long_enough(talkers: Sequence[Talker], config: SpokenConfig) -> list[Talker]:
    found = [each for each in talkers if len(each.states) >= config.frames]
    if not found:
        longest = max((len(each.states) for each in talkers), default=0) / RATE_HZ
        raise InputError(
            f"no take is as long as a sequence, {config.frames / RATE_HZ:.1f} s; the longest has "
            f"{longest:.1f} s. Give longer ones, or a smaller --seconds"
        )
    return found


def _train(
    config: SpokenConfig, trained: Sequence[Talker], held_out: Sequence[Talker], folder: Path
) -> Run:
    device, rng = begin(config)
    network = SpokenLstm(config.shape).to(device)
    network.normalise_by(torch.from_numpy(np.concatenate([each.states for each in trained])))
    optimiser = torch.optim.Adam(network.parameters(), config.learning_rate)
    facts = {"takes": [each.name for each in trained]}
    run = Run(config, folder, network, optimiser, rng, facts=facts)
    fixed = _draw(held_out, config, np.random.default_rng(0))
    for _ in run.updates():
        run.step(_loss(config, network, *_draw(trained, config, rng)))
        if run.validation_due:
            with torch.no_grad():
                loss = float(_loss(config, network.eval(), *fixed))
            run.validated({"loss": loss}, chosen_by="loss")
    return run


def _draw(
    talkers: Sequence[Talker], config: SpokenConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """(B, T, 31·F) windows and (B, T, S) states, every beginning equally likely."""
    room = np.array([len(each.states) - config.frames + 1 for each in talkers])
    windows, states = [], []
    for n in rng.choice(len(room), config.batch, p=room / room.sum()):
        start = int(rng.integers(room[n]))
        part = slice(start, start + config.frames)
        windows.append(_windows(talkers[n].rows, part))
        states.append(talkers[n].states[part])
    return torch.from_numpy(np.stack(windows)), torch.from_numpy(np.stack(states))


def _windows(rows: Floats, part: slice) -> Floats:
    """Of a stretch: half an hour of windows at once would be half a gigabyte."""
    low, high = max(part.start - 15, 0), min(part.stop + 15, len(rows))
    return around(rows[low:high])[part.start - low : part.stop - low]


def _loss(config: SpokenConfig, network: SpokenLstm, windows: Tensor, given: Tensor) -> Tensor:
    """Distance of joints, and how lively they are, over what is made without help."""
    generated = network(windows, given[:, : config.seed_frames], config.frames)
    given = given[:, config.seed_frames :]
    made, recorded = joint_positions(generated), joint_positions(given)
    distance = (made - recorded).square().sum(-1).add(1e-8).sqrt().mean()
    drift = ((generated - given) / network.state_scale).square().mean()
    lively = liveliness_loss(made, recorded)
    loss: Tensor = 4.0 * distance + 0.1 * drift + config.liveliness_weight * lively
    return loss


@torch.no_grad()
def continue_take(network: SpokenLstm, talker: Talker, seed_frames: int) -> Floats:
    """(T, S) a whole take's motion, from its first poses and its speech."""
    windows = torch.from_numpy(around(talker.rows))[None]
    seed = torch.from_numpy(talker.states[:seed_frames])[None]
    made = network(windows, seed, len(talker.states))[0].numpy()
    return np.concatenate((talker.states[:seed_frames], made))


def _write(
    folder: Path, generated: Sequence[Floats], talkers: Sequence[Talker], measures: dict[str, Any]
) -> None:
    (folder / GENERATED).mkdir(exist_ok=True)
    for states, talker in zip(generated, talkers, strict=True):
        path = folder / GENERATED / f"{talker.name}.bvh"
        write_bvh(path, decode_states(states, RATE_HZ))
    text = json.dumps(measures, indent=1, allow_nan=False) + "\n"
    (folder / MEASURES).write_text(text, "utf-8")
    _log.info("measures: %s", measures)


@training_command(SpokenConfig, data=NOWHERE, run=RUN)
def command(data: Path, run: Path, config: SpokenConfig) -> None:
    """Learn speech to gesture from trinity:DIR, twh:DIR or beat:DIR."""
    train_spoken(config, read_spoken(str(data)), run)
