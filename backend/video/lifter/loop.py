"""The lifter's training loop."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
from torch import Tensor, nn

from backend.mocap.recordings import Recording
from backend.training.checkpoint import load_module
from backend.training.options import setting
from backend.training.run import WEIGHTS, Run, RunConfig, begin, load_weights
from blender_addon.core.errors import InputError
from blender_addon.core.video.lifting.features import INPUT_LAYOUT, JOINT_COUNT

from .bodies import build_bank
from .judging import judged_sequences, validate
from .mixing import Mixer
from .network import Lifter, LifterShape
from .samples import Samples, join

_MEASURED: Final = 40
_STEADY: Final = 1e-6
JUDGED_FOLDERS: Final = ("cmu", "cmu_more")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LifterConfig(RunConfig):
    """What decides a run of the lifter."""

    shape: LifterShape = field(default_factory=LifterShape)
    threads: int = setting(1, "Of the CPU.", least=1, may_change=True)
    precision: Literal["fp32", "bf16"] = setting("bf16", "Of products; losses stay in float32.")
    learning_rate: float = setting(1.5e-3, "At its height.", least=0)
    warm_up: int = setting(300, "Updates until the learning rate is at its height.", least=0)
    averaging: float = setting(0.998, "Decay of the weights' moving average.", least=0, most=1)
    decay: float = setting(0.005, "Weight decay.", least=0)
    batch: int = setting(48, "Sequences in a batch.", least=1)
    frames: int = setting(81, "Of a sequence.", least=9)
    calm: float = setting(3.0, "Weight of the error of velocities.", least=0)
    films: str = setting("", "Folder of rendered films and what was seen in them; none without.")
    begin_with: str = setting("", "Folder of a run whose weights to begin with.")
    without_world: bool = setting(False, "The landmark network's own places are not seen.")
    without_confidence: bool = setting(False, "Confidences are not seen.")
    without_noise: bool = setting(False, "Points tremble evenly, whatever was measured.")
    max_updates: int = setting(100_000, "Budget.", least=0, may_change=True)
    validate_every: int = setting(500, "Updates between validations.", least=1)


def train(recordings: Sequence[Recording], folder: Path, config: LifterConfig) -> None:
    """Train, or go on with, the lifter.

    Args:
        recordings: of both splits.
        folder: of the run.
        config: what decides it.

    Raises:
        InputError: nothing to learn from, or nothing to judge by.
    """
    device, rng = begin(config)
    learned = [each for each in recordings if each.split == "train"]
    held_out = [
        each for each in recordings if each.split == "val" and each.folder in JUDGED_FOLDERS
    ]
    if not learned or not held_out:
        raise InputError(
            f"found {len(learned)} recordings to learn from and {len(held_out)} of CMU to judge "
            "by, expected some of both; prepare the recordings anew, CMU's among them"
        )
    films = Path(config.films) if config.films else None
    mixer = Mixer(build_bank(learned), rng, films, only_even=config.without_noise)
    judged = judged_sequences(build_bank(held_out, mirrored=False))
    first = join([mixer.draw(config.batch, config.frames) for _ in range(_MEASURED)])
    network = Lifter(*_spread(first), config.shape).to(device)
    if config.begin_with:
        begun = Path(config.begin_with)
        load_module(network, load_weights(begun)["weights"], begun / WEIGHTS)
    optimiser = torch.optim.AdamW(
        network.parameters(), weight_decay=config.decay, betas=(0.9, 0.99)
    )
    del first
    run = Run(config, folder, network, optimiser, rng, facts=_facts(learned))
    for _ in run.updates():
        loss, noted = _loss(run, network, mixer.draw(config.batch, config.frames), config)
        run.step(loss)
        run.note(loss=loss, **noted)
        if run.validation_due:
            run.validated(validate(masked(run.kept, config), judged))


class Masked(nn.Module):
    """A network that is not shown some of the features."""

    def __init__(self, network: nn.Module, parts: Sequence[str]) -> None:
        super().__init__()
        self.network = network
        shown = torch.ones(INPUT_LAYOUT.size)
        for part in parts:
            shown[INPUT_LAYOUT.slices[part]] = 0.0
        self.register_buffer("shown", shown)

    def forward(self, features: Tensor) -> Tensor:
        """As the network's own."""
        answer: Tensor = self.network(features * self.shown)
        return answer


def masked(network: nn.Module, config: LifterConfig) -> nn.Module:
    """The network without the features that the run does without."""
    parts = ["world", "has_world"] * config.without_world
    parts += ["confidence"] * config.without_confidence
    return Masked(network, parts) if parts else network


def _loss(
    run: Run, network: nn.Module, samples: Samples, config: LifterConfig
) -> tuple[Tensor, dict[str, Tensor]]:
    """Mean distance of the joints, and of what they move in a frame."""
    truth = torch.from_numpy(samples.joints_m)
    with run.autocast():
        made = masked(network, config)(torch.from_numpy(samples.sight.features))
    joints = made.reshape(*made.shape[:2], JOINT_COUNT, 3)
    places = _far(joints - truth).mean()
    steps = joints.diff(dim=1) - truth.diff(dim=1)
    speeds = _far(steps).mean()
    return places + config.calm * speeds, {"places": places, "speeds": speeds}


def _far(differences: Tensor) -> Tensor:
    return torch.sqrt(differences.square().sum(dim=-1) + _STEADY)


def _spread(samples: Samples) -> tuple[Any, Any]:
    flat = samples.sight.features.reshape(-1, INPUT_LAYOUT.size)
    return flat.mean(axis=0), flat.std(axis=0)


def _facts(learned: Sequence[Recording]) -> dict[str, Any]:
    return {
        "folders": sorted({each.folder for each in learned}),
        "frames": int(np.sum([each.clip.frame_count for each in learned])),
    }


def load_lifter(folder: Path) -> Lifter:
    """The network of a run, with the weights it keeps.

    Raises:
        InputError: nothing is there yet, or it is damaged.
    """
    kept = load_weights(folder)
    about = dict(kept["config"]["shape"])
    about["dilations"] = tuple(about["dilations"])
    blank = np.zeros(INPUT_LAYOUT.size)
    network = Lifter(blank, blank + 1.0, LifterShape(**about))
    load_module(network, kept["weights"], folder / WEIGHTS)
    return network.eval()
