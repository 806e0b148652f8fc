"""How much of the network's answer is taken, by the length of a gap and by how much a body moves.

A share of one is what the network says, none is the cubic. It is measured on motion of the training
split: the share with the least error in windows of that length and liveliness.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from backend.mocap.recordings import Recording
from blender_addon.core.conventions import Floats
from blender_addon.core.editing.fill.features import add_difference, prepare_windows

from .network import VARIATION
from .validation import AFTERS, cut_windows, joint_errors

LENGTHS: Final = (3, 8, 15, 30, 60)
LONGEST_LEARNED, NOTHING_FROM = 62.0, 150.0
SPEEDS_M: Final = (0.001, 0.003, 0.006, 0.012, 0.03)
"""Middles of the classes of liveliness, metres a frame."""
CAUTION: Final = (0.0, 0.15, 1.0, 1.0, 1.0)
"""Of what is measured, by the same classes: the training split has little quiet motion, which the
network remembers, so that what is measured there is too good."""
SHARES: Final = (0.0, 0.3, 0.6, 0.8, 1.0)
_STEP: Final = 90
_LEAST_WINDOWS: Final = 8
_LEAST_CM: Final = 0.02


@dataclass(frozen=True)
class Gains:
    """What the contract says of shares.

    Args:
        lengths: of gaps in frames.
        speeds: metres a frame.
        shares: by length, then by speed.
    """

    lengths: tuple[float, ...] = (1.0,)
    speeds: tuple[float, ...] = (0.0,)
    shares: tuple[tuple[float, ...], ...] = ((1.0,),)

    def settings(self) -> dict[str, Any]:
        """As a contract's settings."""
        return {
            "gain_lengths": list(self.lengths),
            "gain_speeds": list(self.speeds),
            "gains": [list(row) for row in self.shares],
        }


def calibrate(network: nn.Module, recordings: Sequence[Recording]) -> Gains:
    """Measure the best shares.

    Args:
        network: the filler.
        recordings: of the training split.
    """
    rows = [best_shares(network, recordings, length) for length in LENGTHS]
    none = tuple(0.0 for _ in SPEEDS_M)
    # Shorter gaps are the cubic's; beyond what it has learned the network is trusted less and less.
    return Gains(
        (1.0, *map(float, LENGTHS), LONGEST_LEARNED, NOTHING_FROM),
        SPEEDS_M,
        (none, *rows, rows[-1], none),
    )


def best_shares(network: nn.Module, recordings: Sequence[Recording], gap: int) -> tuple[float, ...]:
    """By liveliness: the share with the least error, with one and with ten frames after."""
    speeds, errors = zip(
        *(_errors(network, recordings, gap, after) for after in AFTERS), strict=True
    )
    speed, error = np.concatenate(speeds), np.concatenate(errors, axis=1)
    nearest = np.argmin(np.abs(np.log(speed[:, None] / np.array(SPEEDS_M))), axis=1)
    shares = [_best(error[:, nearest == n]) for n in range(len(SPEEDS_M))]
    # A class hardly ever seen is filled as the next livelier one, if with less.
    for n in reversed(range(len(shares) - 1)):
        shares[n] = min(shares[n], shares[n + 1])
    return tuple(share * care for share, care in zip(shares, CAUTION, strict=True))


def _best(errors: Floats) -> float:
    if errors.shape[1] < _LEAST_WINDOWS:
        return SHARES[-1]
    # Ratios are compared, not centimetres: quiet windows are not to pay for lively ones.
    return SHARES[int(np.argmin(np.log(errors + _LEAST_CM).mean(axis=1)))]


def _errors(
    network: nn.Module, recordings: Sequence[Recording], gap: int, after: int
) -> tuple[Floats, Floats]:
    """Liveliness (B,) of windows and their errors (shares, B)."""
    windows = cut_windows(recordings, gap, after, _STEP)
    given = (windows.root_positions, windows.rotations_wxyz, windows.known)
    prepared = prepare_windows(*given, np.ones(given[0].shape[:2], bool))
    answers = []
    with torch.inference_mode():
        for part in torch.from_numpy(prepared.features).split(64):
            answers.append(network(part, torch.zeros(len(part), VARIATION)))
    answer = torch.cat(answers).numpy()
    ours = [joint_errors(windows, add_difference(prepared, share * answer)) for share in SHARES]
    return np.maximum(prepared.speeds, 1e-6), np.stack(ours)


def read_gains(path: Path | None) -> Gains:
    """What ``write_gains`` kept; without a file all of every answer is taken."""
    if path is None:
        return Gains()
    kept = json.loads(path.read_text("utf-8"))
    rows = tuple(tuple(row) for row in kept["gains"])
    return Gains(tuple(kept["gain_lengths"]), tuple(kept["gain_speeds"]), rows)


def write_gains(gains: Gains, path: Path) -> None:
    """Keep gains beside a run."""
    path.write_text(json.dumps(gains.settings()) + "\n", "utf-8")
