"""Strides found in a motion: when feet land and lift, told from their height and speed alone.

The same detector judges ours, the loops and the dogs; what a motion says of its own contacts is not
asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Ints
from blender_addon.core.feet.contacts import spans
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M

from .animal import AnimalMotion, Reals

NEAR_GROUND_M: Final = 0.05 * MODEL_HIP_HEIGHT_M
"""A foot lower than this over where it stands may carry."""
STANDS_BELOW: Final = 0.35
"""Of the trunk's speed; a foot that is slower may carry."""
SLOWEST_M_S: Final = 0.15
_GAP_S: Final = 0.035
"""A foot that leaves the ground, or stands, for less has not done so."""
LEFT_HIND: Final = 0
_UNEVEN: Final = 0.35
"""A foot's stride that is so much longer or shorter than the left hind's is left out."""


def foot_speeds(motion: AnimalMotion) -> Reals:
    """(T, 4) horizontal speeds of the feet, the lower of those before and after the frame.

    So a foot is still from the very frame in which it lands to the one in which it leaves.
    """
    steps = np.linalg.norm(np.diff(motion.feet_m[..., [0, 2]], axis=0), axis=-1)
    before, after = np.vstack((steps[:1], steps)), np.vstack((steps, steps[-1:]))
    return np.asarray(np.minimum(before, after) * motion.rate_hz)


def detect_contacts(motion: AnimalMotion) -> Bools:
    """(T, 4) which feet carry: near the ground, and slow beside the trunk."""
    limit = np.maximum(STANDS_BELOW * motion.speeds_m_s, SLOWEST_M_S)
    carry = (motion.heights_m < NEAR_GROUND_M) & (foot_speeds(motion) < limit[:, None])
    shortest = max(round(_GAP_S * motion.rate_hz), 1)
    for foot in range(4):
        for value in (False, True):
            for start, stop in spans(carry[:, foot] == value):
                inside = start > 0 and stop < len(carry)
                if inside and stop - start <= shortest:
                    carry[start:stop, foot] = not value
    return np.asarray(carry)


@dataclass(frozen=True, eq=False)
class FootSteps:
    """What one foot did: N stances, the motion's beginning and end left out where cut.

    Args:
        landings: (N,) frames.
        liftoffs: (N,) frames, later than the landings.
        prints_m: (N, 2) x, z: where it stood.
    """

    landings: Ints
    liftoffs: Ints
    prints_m: Reals

    def phases(self, frame_count: int) -> Reals:
        """(T,) strides made, one more at each landing, linear between; NaN outside of them."""
        if len(self.landings) < 2:
            return np.full(frame_count, np.nan)
        count = np.arange(len(self.landings), dtype=np.float64)
        frames = np.arange(frame_count)
        return np.interp(frames, self.landings, count, left=np.nan, right=np.nan)


def steps_of(motion: AnimalMotion, contacts: Bools | None = None) -> tuple[FootSteps, ...]:
    """The steps of the four feet."""
    carry = detect_contacts(motion) if contacts is None else contacts
    found = []
    for foot in range(4):
        stances = [(a, b) for a, b in spans(carry[:, foot]) if a > 0]
        flat = motion.feet_m[:, foot][:, [0, 2]]
        prints = [np.median(flat[a:b], axis=0) for a, b in stances]
        found.append(
            FootSteps(
                np.array([a for a, _ in stances], np.int64),
                np.array([b for _, b in stances], np.int64),
                np.array(prints, np.float64).reshape(-1, 2),
            )
        )
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Strides:
    """S strides, each from one landing of the left hind foot to the next.

    Args:
        frames: (S, 2) the two landings.
        seconds: (S,) how long, in the model's time.
        speeds_m_s: (S,) of the trunk.
        changes: (S,) how much the trunk's speed differs within, over its mean.
        turns_rad: (S,) how far the trunk turned.
        phases: (S, 4) when each foot landed, as part of the stride; 0 for the left hind. NaN where
            a foot's own stride does not fit.
        duties: (S, 4) part of its own stride that each foot carried; NaN likewise.
    """

    frames: Ints
    seconds: Reals
    speeds_m_s: Reals
    changes: Reals
    turns_rad: Reals
    phases: Reals
    duties: Reals

    def select(self, chosen: Bools | Ints) -> Strides:
        """Some of them."""
        return Strides(
            self.frames[chosen],
            self.seconds[chosen],
            self.speeds_m_s[chosen],
            self.changes[chosen],
            self.turns_rad[chosen],
            self.phases[chosen],
            self.duties[chosen],
        )

    @property
    def lengths_m(self) -> Reals:
        """(S,) how far the trunk went."""
        return self.seconds * self.speeds_m_s

    @property
    def whole(self) -> Bools:
        """(S,) whether every foot made one stride."""
        return np.asarray(
            np.isfinite(self.phases).all(axis=1) & np.isfinite(self.duties).all(axis=1)
        )

    def __len__(self) -> int:
        return len(self.seconds)


def join_strides(parts: list[Strides]) -> Strides:
    """Strides of several motions in one heap; their frames are of their own motions."""
    if not parts:
        return _no_strides()
    return Strides(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.seconds for part in parts]),
        np.concatenate([part.speeds_m_s for part in parts]),
        np.concatenate([part.changes for part in parts]),
        np.concatenate([part.turns_rad for part in parts]),
        np.concatenate([part.phases for part in parts]),
        np.concatenate([part.duties for part in parts]),
    )


def _no_strides() -> Strides:
    none = np.zeros(0)
    return Strides(np.zeros((0, 2), np.int64), none, none, none, none, *(np.zeros((0, 4)),) * 2)


def strides_of(motion: AnimalMotion, steps: tuple[FootSteps, ...] | None = None) -> Strides:
    """All strides of a motion."""
    feet = steps_of(motion) if steps is None else steps
    pairs = np.array(list(pairwise(feet[LEFT_HIND].landings)), np.int64).reshape(-1, 2)
    if not len(pairs):
        return _no_strides()
    root, speeds = motion.root, motion.speeds_m_s
    seconds = (pairs[:, 1] - pairs[:, 0]) / motion.rate_hz
    means = [speeds[a:b].mean() for a, b in pairs]
    spread = [np.ptp(speeds[a:b]) for a, b in pairs]
    both = [_of_foot(foot, pairs) for foot in feet]
    return Strides(
        pairs,
        seconds,
        np.array(means),
        np.array(spread) / np.maximum(means, 1e-3),
        np.array([root[b, 2] - root[a, 2] for a, b in pairs]),
        np.stack([phases for phases, _ in both], axis=-1),
        np.stack([duties for _, duties in both], axis=-1),
    )


def _of_foot(foot: FootSteps, pairs: Ints) -> tuple[Reals, Reals]:
    """(S,) when a foot lands in the left hind's strides, and (S,) its own duty there.

    At the left hind's landing the foot is somewhere in its own stride, and lands when that is over:
    a foot that lands at almost the same time, now before, now after, makes no trouble so.
    """
    phases, duties = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
    landings = foot.landings
    for row, (start, stop) in enumerate(pairs):
        own = int(np.searchsorted(landings, start, side="right")) - 1
        if own < 0 or own + 1 >= len(landings):
            continue
        length = landings[own + 1] - landings[own]
        if abs(length / (stop - start) - 1) > _UNEVEN:
            continue
        phases[row] = (1 - (start - landings[own]) / length) % 1.0
        duties[row] = (foot.liftoffs[own] - landings[own]) / length
    return phases, duties


def circular_gap(first: Reals, second: Reals) -> Reals:
    """(…) distances of two parts of a stride, at most half of one."""
    return np.asarray(np.abs((first - second + 0.5) % 1.0 - 0.5))


def circular_mean(parts: Reals, weights: Reals | None = None) -> Reals:
    """(S, F) parts of a stride to their means (F,)."""
    turns = np.exp(2j * np.pi * parts)
    share = np.ones(len(parts)) if weights is None else weights
    return np.asarray(np.angle(share @ turns) / (2 * np.pi) % 1.0)
