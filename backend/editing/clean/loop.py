"""Training of the network that betters a robust filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from backend.editing.fill import kinematics
from backend.mocap.recordings import Recording
from backend.training.checkpoint import load_module
from backend.training.options import setting
from backend.training.run import WEIGHTS, Run, RunConfig, begin, load_weights
from blender_addon.core.conventions import Ints
from blender_addon.core.editing.clean.layout import DIFFERENCE, JOINTS, headings
from blender_addon.core.errors import InputError

from .network import CleanerShape, MotionCleaner
from .samples import Sample, make_samples

_TINY = 1e-8
_LEAST = {"places": 2e-3, "turns": 2e-3, "speeds": 1e-3, "bends": 1e-3}
"""Metres, half radians, and both by the frame: errors of the filter that count as none."""
_LEAST_JERK_M = 3e-4


@dataclass(frozen=True)
class CleanerConfig(RunConfig):
    """Everything that decides a run."""

    shape: CleanerShape = field(default_factory=CleanerShape)
    variants: int = setting(8, "Of each recording.", least=1)
    window: int = setting(64, "Frames of a training sample.", least=16)
    batch: int = setting(16, "Samples in an update.", least=1)
    places: float = setting(1.0, "Weight of errors of joints' places.", least=0)
    turns: float = setting(0.5, "Weight of errors of joints' rotations.", least=0)
    speeds: float = setting(0.3, "Weight of errors of joints' velocities.", least=0)
    bends: float = setting(0.15, "Weight of errors of joints' accelerations.", least=0)
    jerk: float = setting(0.05, "Weight of the amount of jerk, as a squared ratio.", least=0)
    weight_decay: float = setting(0.01, "Of AdamW.", least=0)
    threads: int = 1
    learning_rate: float = 1.2e-3
    warm_up: int = 200
    averaging: float = 0.998
    max_minutes: float = 55.0
    max_updates: int = 60_000
    validate_every: int = 500


def train(recordings: Sequence[Recording], run: Path, config: CleanerConfig) -> MotionCleaner:
    """Train until the budget is spent; resumes from ``run``.

    Args:
        recordings: those of ``train`` are learned from, a tenth of their takes held out.
        run: folder.
        config: see there.

    Raises:
        InputError: nothing is as long as a training sample.
    """
    learned, held_out = split_takes([each for each in recordings if each.split == "train"])
    samples = _Windows(make_samples(learned, config.variants, config.seed, config.window), config)
    checks = _Windows(make_samples(held_out, 2, config.seed + 1, config.window), config)
    device, rng = begin(config)
    network = MotionCleaner(config.shape).to(device)
    network.set_spread(samples.features[::7].float())
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=config.weight_decay)
    run_ = Run(config, run, network, optimiser, rng, facts={"frames": len(samples.features)})
    for _ in run_.updates():
        terms = loss_terms(network, samples.at(samples.draw(config.batch, rng)))
        loss = total(terms, config)
        run_.step(loss)
        run_.note(loss=loss)
        if run_.validation_due:
            run_.validated(_validate(run_.kept, checks, config), chosen_by="loss")
    return load_cleaner(run)


def split_takes(
    recordings: Sequence[Recording],
) -> tuple[list[Recording], list[Recording]]:
    """Most recordings to learn from, and every tenth of each label to choose the weights by."""
    count: dict[str, int] = {}
    learned: list[Recording] = []
    held_out: list[Recording] = []
    for each in recordings:
        count[each.label] = count.get(each.label, 0) + 1
        (held_out if count[each.label] % 10 == 5 else learned).append(each)
    return learned, held_out


class _Windows:
    """Windows of samples, drawn by the weight of their label."""

    def __init__(self, samples: Iterable[Sample], config: CleanerConfig) -> None:
        found = list(samples)
        if not found:
            raise InputError(f"no recording has {config.window} frames; give a lower --window")
        self.window = config.window
        self.features = torch.from_numpy(np.concatenate([each.features for each in found]))
        self.filtered = torch.from_numpy(np.concatenate([each.filtered for each in found]))
        self.true = torch.from_numpy(np.concatenate([each.true for each in found]))
        self.gate = torch.from_numpy(np.concatenate([each.gate for each in found]))
        turned = np.concatenate([headings(each.filtered) for each in found])
        self.headings = torch.from_numpy(np.asarray(turned, np.float32))
        lengths = np.array([len(each.features) for each in found])
        begins = np.cumsum(lengths) - lengths
        self.starts = np.concatenate(
            [np.arange(b, b + n - self.window + 1) for b, n in zip(begins, lengths, strict=True)]
        )
        weights = np.repeat([each.weight for each in found], lengths - self.window + 1)
        open_ = np.concatenate([[0], np.cumsum(self.gate.float().mean(1).numpy())])
        # Windows in which hardly anything was damaged teach little.
        weights *= 0.02 + (open_[self.starts + self.window] - open_[self.starts]) / self.window
        self.cumulated = np.cumsum(weights)

    def draw(self, count: int, rng: np.random.Generator) -> Ints:
        """First frames of so many windows."""
        at = np.searchsorted(self.cumulated, rng.random(count) * self.cumulated[-1])
        return self.starts[np.minimum(at, len(self.starts) - 1)]

    def at(self, starts: Ints) -> dict[str, Tensor]:
        """The windows that begin there."""
        frames = torch.from_numpy(starts[:, None] + np.arange(self.window))
        names = ("features", "filtered", "true", "gate", "headings")
        return {name: getattr(self, name)[frames].float() for name in names}


def apply(network: torch.nn.Module, windows: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Root places (B, T, 3) and local turns (B, T, J, 4) of the filter and the network."""
    difference = network(windows["features"])
    filtered, gate = windows["filtered"], windows["gate"]
    turns = difference[..., DIFFERENCE.slices["turns"]].unflatten(-1, (JOINTS, 3))
    moved = difference[..., DIFFERENCE.slices["place"]] * gate[..., :1]
    root = filtered[..., 0, :3] + kinematics.rotate(windows["headings"], moved)
    turned = kinematics.from_vector(turns * gate[..., 1:, None])
    return root, kinematics.multiply(filtered[..., 1:, :], turned)


def loss_terms(network: torch.nn.Module, windows: dict[str, Tensor]) -> dict[str, Tensor]:
    """(B,) errors as shares of the filter's, and the squared log ratio of jerk."""
    root, local = apply(network, windows)
    places, turns = kinematics.forward(root, local)
    with torch.no_grad():
        both = torch.stack((windows["true"], windows["filtered"]))
        known, known_turns = kinematics.forward(both[..., 0, :3], both[..., 1:, :])
        base = _errors(known[1], known_turns[1], known[0], known_turns[0])
    mine = _errors(places, turns, known[0], known_turns[0])
    terms = {name: mine[name] / (base[name] + _LEAST[name]) for name in mine}
    made, true = (_jerk(each) + _LEAST_JERK_M for each in (places, known[0]))
    terms["jerk"] = torch.log(made / true).square()
    return terms


def _errors(
    places: Tensor, turns: Tensor, true_places: Tensor, true_turns: Tensor
) -> dict[str, Tensor]:
    off = places - true_places
    sides = torch.sign((turns * true_turns).sum(-1, keepdim=True))
    return {
        "places": _norm(off).mean((1, 2)),
        "turns": _norm(turns * sides - true_turns).mean((1, 2)),
        "speeds": _norm(off.diff(dim=1)).mean((1, 2)),
        "bends": _norm(off.diff(n=2, dim=1)).mean((1, 2)),
    }


def _jerk(places: Tensor) -> Tensor:
    return _norm(places.diff(n=3, dim=1)).mean((1, 2))


def _norm(vectors: Tensor) -> Tensor:
    return torch.sqrt(vectors.square().sum(-1) + _TINY)


def total(terms: dict[str, Tensor], config: CleanerConfig) -> Tensor:
    """The loss that is made small."""
    return torch.stack([getattr(config, n) * each.mean() for n, each in terms.items()]).sum()


@torch.no_grad()
def _validate(
    network: torch.nn.Module, checks: _Windows, config: CleanerConfig
) -> dict[str, float]:
    """Mean terms over the same windows each time, drawn as in training."""
    starts = checks.draw(384, np.random.default_rng(5))
    parts = [loss_terms(network, checks.at(starts[n : n + 64])) for n in range(0, len(starts), 64)]
    terms = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return {
        "loss": float(total(terms, config)),
        **{name: float(each.mean()) for name, each in terms.items()},
    }


def load_cleaner(run: Path) -> MotionCleaner:
    """The network of a run."""
    kept = load_weights(run)
    network = MotionCleaner(CleanerShape(**kept["config"]["shape"]))
    load_module(network, kept["weights"], run / WEIGHTS)
    return network.eval()
