"""Batches of segments drawn from heard clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import Ridge
from torch import Tensor

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52, UPPER_FACE

from ..pairs import FACEGOOD, GRID, PHONES
from ..styles import STYLE_AXES, scale_curves, session_name
from ..teachers.grid import SHY
from .clips import HEAD_SIZE, HeardClip

TEACHERS = (GRID, FACEGOOD, PHONES)
LIPS_SIZE = 3
_LEAST_DEVIATION = 0.1
_SHY_WEIGHT = 0.3
_UPPER_WEIGHT = 0.3
_HEAD_WEIGHT = 0.3
_PUCKER = "mouthPucker"
_EYES = [n for n, name in enumerate(ARKIT_52) if name.startswith("eyeLook")]
_SCALED = 0.3
_LIP_PENALTY = 1.0


@dataclass(frozen=True)
class Batch:
    """Segments for one update; R columns are 52 curves, 3 of the head and 3 of the lips.

    Args:
        vectors: (B, T, D).
        rows: (B, T, R).
        weights: (B, T, R) how much each number counts; 0 where nobody knows it.
        session: (B,) number.
        amounts: (B, M) along the style axes, by which the curves were scaled.
    """

    vectors: Tensor
    rows: Tensor
    weights: Tensor
    session: Tensor
    amounts: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(**{name: each.to(device) for name, each in vars(self).items()})


class HeardClips:
    """All clips of a split.

    Args:
        clips: at least one.
        shares: how often a segment comes from each teacher.

    Raises:
        InputError: no clips.
    """

    def __init__(self, clips: Sequence[HeardClip], shares: Mapping[str, float]) -> None:
        if not clips:
            raise InputError("no recordings to train on; run 'backend prepare speech' first")
        self.clips = tuple(clips)
        self.sessions = tuple(sorted({session_of_clip(clip) for clip in clips}))
        self.session = np.array([self.sessions.index(session_of_clip(clip)) for clip in clips])
        self.teacher = np.array([TEACHERS.index(clip.teacher) for clip in clips])
        length = np.array([len(clip.vectors) for clip in clips], float)
        total = np.bincount(self.teacher, length, minlength=len(TEACHERS))
        chance = length / total[self.teacher] * np.array([shares[c.teacher] for c in clips])
        self.chance = chance / chance.sum()
        self.weights = np.stack([_column_weights(clips, name) for name in TEACHERS])
        self.lip_map = fit_lip_map([clip for clip in clips if clip.lips is not None])

    @property
    def teacher_of_session(self) -> list[int]:
        """Number of each session's teacher."""
        return [TEACHERS.index(name.partition("_")[0]) for name in self.sessions]

    def draw(self, count: int, frames: int, rng: np.random.Generator) -> Batch:
        """Segments at random places; where a clip is shorter, what follows counts nothing."""
        chosen = rng.choice(len(self.clips), count, p=self.chance)
        size = self.clips[0].vectors.shape[1]
        vectors = np.zeros((count, frames, size), np.float32)
        rows = np.zeros((count, frames, len(ARKIT_52) + HEAD_SIZE + LIPS_SIZE), np.float32)
        weights = np.zeros_like(rows)
        amounts = rng.uniform(-1.0, 1.0, (count, len(STYLE_AXES)))
        amounts *= rng.random((count, 1)) < _SCALED
        for number, (index, scaled) in enumerate(zip(chosen, amounts, strict=True)):
            clip = self.clips[index]
            first = int(rng.integers(max(1, len(clip.vectors) - frames + 1)))
            part = slice(first, first + frames)
            length = len(clip.vectors[part])
            vectors[number, :length] = clip.vectors[part]
            rows[number, :length] = full_rows(clip)[part]
            rows[number, :length, : len(ARKIT_52)] = scale_curves(
                clip.rows[part, : len(ARKIT_52)], scaled, ARKIT_52
            )
            weights[number, :length] = self.weights[self.teacher[index]]
            if scaled.any():  # the lips' geometry would not agree
                weights[number, :, -LIPS_SIZE:] = 0.0
        return Batch(
            torch.from_numpy(vectors), torch.from_numpy(rows), torch.from_numpy(weights),
            torch.from_numpy(self.session[chosen]), torch.from_numpy(amounts.astype(np.float32)),
        )  # fmt: skip


@dataclass(frozen=True)
class LipMap:
    """From curves to the lips' geometry, in its own deviations: opening, width and drop.

    Args:
        weights: (52, 3), 0 for the upper face.
        offsets, scale: (3,).
    """

    weights: Tensor
    offsets: Tensor
    scale: Tensor

    def errors(self, curves: Tensor, lips: Tensor) -> Tensor:
        """(B, T, 3) of curves (B, T, 52) against measured lips (B, T, 3)."""
        return (curves @ self.weights + self.offsets - lips) / self.scale


def fit_lip_map(clips: Sequence[HeardClip]) -> LipMap | None:
    """By ridge regression on measured faces; None without any."""
    if not clips:
        return None
    lower = [n for n, name in enumerate(ARKIT_52) if name not in UPPER_FACE]
    curves = np.concatenate([clip.rows[:, lower] for clip in clips])
    lips = np.concatenate([full_rows(clip)[:, -LIPS_SIZE:] for clip in clips])
    fitted = Ridge(_LIP_PENALTY).fit(curves, lips)
    weights = np.zeros((len(ARKIT_52), LIPS_SIZE), np.float32)
    weights[lower] = fitted.coef_.T
    return LipMap(
        torch.from_numpy(weights), torch.tensor(fitted.intercept_).float(),
        torch.from_numpy(lips.std(0)),
    )  # fmt: skip


def session_of_clip(clip: HeardClip) -> str:
    """Whose style a clip has: its recording day's, or its teacher's."""
    if clip.teacher == FACEGOOD:
        return session_name(clip.name)
    return clip.teacher


def full_rows(clip: HeardClip) -> Floats:
    """(T, R) with the lips, 0 where nobody measured them."""
    lips = np.zeros((len(clip.rows), LIPS_SIZE)) if clip.lips is None else clip.lips
    return np.concatenate((clip.rows, lips), axis=1, dtype=np.float32)


def _column_weights(clips: Sequence[HeardClip], teacher: str) -> Floats:
    """(R,) small movements count, but not as much as large ones; what a teacher lacks, nothing."""
    own = [clip for clip in clips if clip.teacher == teacher]
    if not own:
        return np.zeros(len(ARKIT_52) + HEAD_SIZE + LIPS_SIZE, np.float32)
    rows = np.concatenate([full_rows(clip) for clip in own[:400]])
    deviation = rows.std(0)
    weights = 1.0 / (deviation + _LEAST_DEVIATION) ** 2
    weights[:-LIPS_SIZE] *= np.asarray(own[0].known, np.float32)
    curves = weights[: len(ARKIT_52)]
    curves[[ARKIT_52.index(name) for name in UPPER_FACE]] *= _UPPER_WEIGHT
    curves[_EYES] = 0.0  # where someone looks is not heard
    if teacher == GRID:
        shy = [ARKIT_52.index(name) for name in SHY if name != _PUCKER]
        curves[shy] *= _SHY_WEIGHT
    head = slice(len(ARKIT_52), -LIPS_SIZE)
    weights[head] *= _HEAD_WEIGHT * (_LEAST_DEVIATION / (deviation[head] + 0.01)) ** 2
    lips = 0.0 if own[0].lips is None else 0.5 / (deviation[-LIPS_SIZE:] + 0.003) ** 2
    weights[-LIPS_SIZE:] = lips
    return (weights / (weights * deviation**2).sum()).astype(np.float32) * 30.0
