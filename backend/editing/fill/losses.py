"""How far a filled motion is from the true one, each term against what the cubic would miss.

A gap of five frames is off by millimetres, one of sixty by decimetres; a stander by less than a
dancer. So every term is divided by what is to be expected of the cubic for that kind of gap, its
length and the label: short gaps and quiet motion count as much as long and lively ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from backend.training.options import setting
from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.editing.fill.features import CHANNELS, align, prepare_windows
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS

from . import kinematics
from .samples import KINDS, Samples

TERMS: Final = ("places", "hips", "turns", "speeds", "hips_speed", "feet", "bends")
_FEET: Final = COMMON_SKELETON.indices(FOOT_JOINTS)
_EDGES: Final = (0, 4, 6, 9, 13, 19, 27, 37, 49)
_TINY: Final = 1e-8
_LEAST_JERK_M: Final = 3e-4


@dataclass(frozen=True)
class LossWeights:
    """How much each term counts."""

    places: float = setting(1.0, "Global positions of joints.", least=0)
    hips: float = setting(0.7, "Way of the hips.", least=0)
    turns: float = setting(1.0, "Global rotations of joints.", least=0)
    speeds: float = setting(0.5, "Velocities of joints.", least=0)
    hips_speed: float = setting(0.4, "Velocity of the hips.", least=0)
    feet: float = setting(0.5, "Velocity of feet in contact.", least=0)
    bends: float = setting(0.2, "Acceleration of joints.", least=0)
    jerk: float = setting(0.03, "Amount of jerk, as a squared ratio.", least=0)


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows as the network sees them, and what is true, aligned alike."""

    features: Tensor
    fade: Tensor
    root: Tensor
    rotations: Tensor
    true_places: Tensor
    true_turns: Tensor
    contacts: Tensor
    judged: Tensor
    kinds: Ints
    gaps: Ints
    labels: Ints


def make_batch(samples: Samples) -> Batch:
    """The cubic of samples with what the network sees, and the truth beside it."""
    windows = prepare_windows(
        samples.root_positions, samples.rotations_wxyz, samples.known, samples.inside
    )
    true_root, true_rotations = align(
        samples.root_positions, samples.rotations_wxyz, windows.origins, windows.turns_wxyz
    )
    root, rotations = (_tensor(each) for each in (true_root, true_rotations))
    places, turns = kinematics.forward(root, rotations)
    judged = samples.inside & ~samples.known.all(-1)
    return Batch(
        _tensor(windows.features),
        _tensor(windows.fade),
        _tensor(windows.root_positions),
        _tensor(windows.rotations_wxyz),
        places,
        turns,
        torch.from_numpy(samples.contacts).float(),
        torch.from_numpy(judged).float(),
        samples.kinds,
        samples.gaps,
        samples.labels,
    )


def _tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))


def pose(batch: Batch, difference: Tensor) -> tuple[Tensor, Tensor]:
    """World places (B, T, J, 3) and turns (B, T, J, 4) of the cubic and a difference to it."""
    shape = (*difference.shape[:2], CHANNELS, 3)
    faded = difference.reshape(shape) * batch.fade[..., None]
    rotations = kinematics.multiply(batch.rotations, kinematics.from_vector(faded[..., 1:, :]))
    return kinematics.forward(batch.root + faded[..., 0, :], rotations)


def terms_of(batch: Batch, places: Tensor, turns: Tensor) -> dict[str, Tensor]:
    """Every term, (B,) means over the frames missing; metres, metres per frame, radians / 2."""
    judged = batch.judged
    off = places - batch.true_places
    steps, hops = off[:, 1:] - off[:, :-1], off[:, 2:] - 2 * off[:, 1:-1] + off[:, :-2]
    touched = torch.maximum(judged[:, 1:], judged[:, :-1])
    around = torch.maximum(torch.maximum(judged[:, 2:], judged[:, 1:-1]), judged[:, :-2])
    planted = batch.contacts[:, 1:] * batch.contacts[:, :-1]
    slips = _norm(steps[..., _FEET, :]) * planted
    sides = torch.sign((turns * batch.true_turns).sum(-1, keepdim=True))
    turned = _norm(turns * sides - batch.true_turns)
    return {
        "places": _mean(_norm(off).mean(-1), judged),
        "hips": _mean(_norm(off[..., 0, :]), judged),
        "turns": _mean(turned.mean(-1), judged),
        "speeds": _mean(_norm(steps).mean(-1), touched),
        "hips_speed": _mean(_norm(steps[..., 0, :]), touched),
        "feet": _mean(slips.mean(-1), touched),
        "bends": _mean(_norm(hops).mean(-1), around),
    }


def jerk_gap(batch: Batch, places: Tensor) -> Tensor:
    """(B,) squared log ratio of mean jerk to the true motion's in the frames missing."""
    judged = batch.judged[:, 1:-2]
    made, true = (_mean(_jerk(each), judged) for each in (places, batch.true_places))
    return torch.log((made + _LEAST_JERK_M) / (true + _LEAST_JERK_M)).square()


def _jerk(places: Tensor) -> Tensor:
    return _norm(places[:, 3:] - 3 * places[:, 2:-1] + 3 * places[:, 1:-2] - places[:, :-3]).mean(
        -1
    )


def _norm(vectors: Tensor) -> Tensor:
    return torch.sqrt(vectors.square().sum(-1) + _TINY)


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum(1) / mask.sum(1).clamp(min=1.0)


class Expected:
    """What the cubic misses, by kind of gap, length and label: geometric means of samples.

    Args:
        table: (terms, kinds, bins) logarithms.
        labels: (terms, labels) to add to them.
    """

    def __init__(self, table: Floats, labels: Floats) -> None:
        self.table, self.labels = table, labels

    def of(self, batch: Batch) -> dict[str, Tensor]:
        """(B,) of every term."""
        bins = _bins(batch.gaps)
        logs = self.table[:, batch.kinds, bins] + self.labels[:, batch.labels]
        return {
            name: torch.from_numpy(np.exp(each).astype(np.float32))
            for name, each in zip(TERMS, logs, strict=True)
        }


def measure_expected(batches: list[Batch], labels: int) -> Expected:
    """Fit what the cubic misses to batches, as a product of a length's and a label's share."""
    rows, kinds, bins, names = [], [], [], []
    for batch in batches:
        found = terms_of(batch, *kinematics.forward(batch.root, batch.rotations))
        rows.append(np.stack([np.log(found[name].numpy() + _floor(name)) for name in TERMS]))
        kinds.append(batch.kinds)
        bins.append(_bins(batch.gaps))
        names.append(batch.labels)
    logs = np.concatenate(rows, axis=1)
    kind, length, label = (np.concatenate(each) for each in (kinds, bins, names))
    cell = kind * len(_EDGES) + length
    table = np.zeros((len(TERMS), len(KINDS) * len(_EDGES)))
    shares = np.zeros((len(TERMS), labels))
    for _ in range(8):
        table = _group_means(logs - shares[:, label], cell, table.shape[1])
        shares = _group_means(logs - table[:, cell], label, labels)
    return Expected(table.reshape(len(TERMS), len(KINDS), len(_EDGES)), shares)


def _group_means(values: Floats, group: Ints, count: int) -> Floats:
    sums = np.stack([np.bincount(group, row, count) for row in values])
    numbers = np.bincount(group, minlength=count)
    # A group never seen is what all are on average.
    return np.where(numbers > 0, sums / np.maximum(numbers, 1), values.mean(1, keepdims=True))


def _floor(term: str) -> float:
    """What counts as nothing: half a millimetre, a tenth of a degree."""
    return 1e-3 if term == "turns" else 5e-4


def _bins(gaps: Ints) -> Ints:
    return np.asarray(np.searchsorted(_EDGES, gaps, side="right") - 1, np.int64)
