"""The styles of a trained model: a vector for each captured walk, and how strides differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT, STYLE_DIMENSIONS
from blender_addon.core.walk.styles import STANDING_MOMENT_S

from ..controller import LocomotionController
from ..data import LocomotionData
from ..rollouts.windows import Windows
from .encoder import PERSON_DIMENSIONS

_AT_ONCE = 4096
_FEWEST_FRAMES = 60
_WALKS = 0.9
"""Share of its frames in which a recording walks for it to be a style of walking."""
_STRAIGHT_RAD_S = 0.3
_LEVEL_M = 0.02
_MOST_PERSISTENCE = 0.9
_HEIGHTS = INPUT_LAYOUT.slices["trajectory_heights_m"]
_TURN = OUTPUT_LAYOUT.slices["root_velocity_m_s_rad_s"].stop - 1


@dataclass(frozen=True, eq=False)
class StyleTable:
    """What a contract says of styles.

    Args:
        names: of the captured walks; of one seen in a mirror with " mirrored".
        vectors: (N, S).
        deviation: (S, S) lower triangle of the covariance between strides of one person.
        persistence: correlation of a stride with the one before it.
        standing: (S,) mean of the strides' codes of those who stand, without a person's.
        standing_deviation, standing_persistence: the same of moments of standing.
    """

    names: tuple[str, ...]
    vectors: Floats
    deviation: Floats
    persistence: float
    standing: Floats
    standing_deviation: Floats
    standing_persistence: float

    def as_settings(self) -> dict[str, Any]:
        """For a contract."""
        return {
            "style_names": list(self.names),
            "style_vectors": self.vectors.round(5).tolist(),
            "stride_deviation": self.deviation.round(5).tolist(),
            "stride_persistence": round(self.persistence, 4),
            "standing_style": self.standing.round(5).tolist(),
            "standing_deviation": self.standing_deviation.round(5).tolist(),
            "standing_persistence": round(self.standing_persistence, 4),
        }


def measure_styles(
    controller: LocomotionController, data: LocomotionData, windows: Windows
) -> StyleTable:
    """Encode every recorded walk.

    Args:
        controller: trained; in evaluation mode.
        data: the train split.
        windows: of the same.
    """
    persons = _walking_persons(data)
    names, vectors, rows, pairs = [], [], [], []
    for person, name in persons:
        frames = torch.nonzero(data.recorded & (data.person == person))[:, 0]
        styles = encode(controller, windows, frames)
        names.append(name)
        vectors.append(styles.mean(axis=0))
        styles[:, :PERSON_DIMENSIONS] = 0.0  # a person stays the same
        for strides in _strides(data, frames):
            off = styles[strides] - styles[strides].mean(axis=0)
            # Of n strides about their own mean, n − 1 are free.
            off *= np.sqrt(len(strides) / (len(strides) - 1))
            rows.append(off)
            pairs.append((off[:-1], off[1:]))
    mean, deviation, persistence = _standing(controller, data, windows)
    walking = _spread(rows, pairs)
    return StyleTable(tuple(names), np.array(vectors), *walking, mean, deviation, persistence)


def _standing(
    controller: LocomotionController, data: LocomotionData, windows: Windows
) -> tuple[Floats, Floats, float]:
    """Mean, lower triangle of the covariance and persistence of moments of standing."""
    stands = data.gait == GAITS.index("stand")
    step = round(STANDING_MOMENT_S * MODEL_FRAME_RATE_HZ)
    # Of a sequence every so many frames, and only in the middle of standing.
    chosen = stands & (data.remaining % step == 0)
    for ahead in (-step, step):
        chosen &= stands.roll(ahead)
    frames = torch.nonzero(chosen)[:, 0]
    if len(frames) < 2:
        return np.zeros(STYLE_DIMENSIONS), *_spread([], [])
    off = encode(controller, windows, frames)
    off[:, :PERSON_DIMENSIONS] = 0.0
    mean = off.mean(axis=0)
    off = off - mean
    follows = np.diff(frames.numpy()) == step
    return mean, *_spread([off], [(off[:-1][follows], off[1:][follows])])


def _spread(rows: list[Floats], pairs: list[tuple[Floats, Floats]]) -> tuple[Floats, float]:
    """Lower triangle of the covariance of (n, S) deviations, and their correlation in time."""
    if not rows:  # nobody was recorded for two strides
        return np.zeros((STYLE_DIMENSIONS, STYLE_DIMENSIONS)), 0.0
    off = np.concatenate(rows)
    covariance = off.T @ off / len(off) + 1e-8 * np.eye(off.shape[1])
    before, after = (np.concatenate(each) for each in zip(*pairs, strict=True))
    size = np.sqrt((before**2).sum() * (after**2).sum())
    persistence = float((before * after).sum() / max(size, 1e-9))
    return np.linalg.cholesky(covariance), float(np.clip(persistence, 0.0, _MOST_PERSISTENCE))


@torch.no_grad()
def encode(controller: LocomotionController, windows: Windows, frames: torch.Tensor) -> Floats:
    """Style vectors (n, S) of frames (n,), each person's code taken from the frame itself."""
    parts = []
    for each in frames.split(_AT_ONCE):
        strides = windows.strides(each)
        parts.append(controller.styles(strides, [strides])[0])
    return torch.cat(parts).double().cpu().numpy()


def _walking_persons(data: LocomotionData) -> list[tuple[int, str]]:
    """Persons who walk straight on level ground in what was recorded of them, and their names.

    Where nobody does, all who were recorded in motion.
    """
    found: list[tuple[int, str]] = []
    others: list[tuple[int, str]] = []
    walk = GAITS.index("walk")
    for person in range(int(data.person.max()) + 1):
        own = data.recorded & (data.person == person)
        style = int(data.style[own][0]) if int(own.sum()) >= _FEWEST_FRAMES else -1
        if style < 0:
            continue
        walks = (data.gait[own] == walk).float().mean() >= _WALKS
        straight = data.outputs[own, _TURN].abs().mean() < _STRAIGHT_RAD_S
        level = data.trajectory[own, _HEIGHTS].abs().mean() < _LEVEL_M
        chosen = found if walks and straight and level else others
        name = data.style_names[style]
        mirrored = name in (known for _, known in chosen)
        chosen.append((person, f"{name} mirrored" if mirrored else name))
    return found or others


def _strides(data: LocomotionData, frames: torch.Tensor) -> list[Ints]:
    """Places in ``frames`` at which the strides of a sequence are whole, two or more a sequence."""
    number, phase = frames.numpy(), data.phase[frames].numpy()
    begins = np.flatnonzero((np.diff(number) == 1) & (np.diff(phase) < -np.pi)) + 1
    ends = data.remaining[frames].numpy() + number  # the same within a sequence
    groups = [begins[ends[begins] == end] for end in np.unique(ends[begins])]
    return [group for group in groups if len(group) > 1]
