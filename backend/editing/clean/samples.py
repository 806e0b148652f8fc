"""What the cleaning network learns from: recordings, damaged in many ways and filtered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.mocap.recordings import Recording
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.clean.layout import features_of, gates
from blender_addon.core.editing.clean.repair import repair
from blender_addon.core.editing.clean.tracks import tracks_of
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.mirror import mirror_clip

from .damage import LIMBS, Damaged, jitter, spikes

_JITTER_DEG: Final = (0.6, 7.0)
_ROOT_M: Final = (0.002, 0.02)
_HOLE_FRAMES: Final = (4, 36)
_HOLE_EVERY: Final = 90


@dataclass(frozen=True, eq=False)
class Sample:
    """A whole clip, damaged, filtered, and as it was.

    Args:
        features: (T, F) float16.
        filtered, true: (T, 1 + J, 4).
        gate: (T, 1 + J) float16.
        weight: of each of its frames.
    """

    features: Floats
    filtered: Floats
    true: Floats
    gate: Floats
    weight: float


def make_samples(
    recordings: Sequence[Recording], variants: int, seed: int, shortest: int
) -> Iterator[Sample]:
    """Every recording, damaged in so many ways, every other time mirrored.

    Args:
        recordings: at 30 Hz.
        variants: of each.
        seed: of all draws.
        shortest: frames that a clip needs.
    """
    weights = label_weights(recordings)
    long = [each for each in recordings if each.clip.frame_count >= shortest]
    for variant in range(variants):
        rng = np.random.default_rng((seed, variant))
        for each in long:
            clip = mirror_clip(each.clip) if rng.random() < 0.5 else each.clip
            yield make_sample(clip, mixed_damage(clip, rng), weights[each.label])


def label_weights(recordings: Sequence[Recording]) -> dict[str, float]:
    """How much a frame of each label counts: scarce ones more, by the root of their share."""
    frames: dict[str, int] = {}
    for each in recordings:
        frames[each.label] = frames.get(each.label, 0) + each.clip.frame_count
    total = sum(frames.values())
    return {label: float(np.sqrt(total / count)) for label, count in frames.items()}


def make_sample(clip: MotionClip, damaged: Damaged, weight: float = 1.0) -> Sample:
    """What the network is given of a damaged clip, and what it should answer."""
    captured = tracks_of(damaged.clip)
    repaired = repair(captured, ~damaged.missing, clip.frame_rate_hz, clip.skeleton)
    features = features_of(repaired.tracks, captured, repaired.known, repaired.noise)
    true = tracks_of(clip)
    gate = gates(repaired.known, repaired.noise)
    return Sample(
        features.astype(np.float16), repaired.tracks, true, gate.astype(np.float16), weight
    )


def mixed_damage(clip: MotionClip, rng: np.random.Generator) -> Damaged:
    """Jitter that swells and fades, of all joints or some; spikes; holes; or nothing."""
    damaged = clip
    if rng.random() < 0.75:
        damaged = _tremble(damaged, rng)
    if rng.random() < 0.35:
        damaged = spikes(damaged, rng.uniform(0.002, 0.03), rng.uniform(0.3, 1.5), rng).clip
    return Damaged(damaged, _holes(clip, rng))


def _tremble(clip: MotionClip, rng: np.random.Generator) -> MotionClip:
    frames, joints = clip.frame_count, clip.skeleton.joint_count
    spread = np.deg2rad(np.exp(rng.uniform(*np.log(_JITTER_DEG))))
    by_joint = np.exp(rng.normal(0.0, 0.35, joints))
    if rng.random() < 0.25:
        by_joint *= rng.random(joints) < rng.uniform(0.1, 0.7)
    swell = np.ones(frames)
    if rng.random() < 0.3:
        at = np.arange(0, frames + 60, 60)
        swell = np.interp(np.arange(frames), at, rng.uniform(0.0, 1.4, len(at)))
    root = np.exp(rng.uniform(*np.log(_ROOT_M))) if rng.random() < 0.4 else 0.0
    memory = rng.uniform(0.2, 0.75) if rng.random() < 0.3 else 0.0
    return jitter(
        clip, spread * swell[:, None] * by_joint, rng, root_m=root * swell, memory=memory
    ).clip


def _holes(clip: MotionClip, rng: np.random.Generator) -> Bools:
    """(T, 1 + J) limbs, single joints or everything missing for a while, now and then."""
    missing = np.zeros((clip.frame_count, 1 + clip.skeleton.joint_count), bool)
    if rng.random() < 0.4:
        return missing
    for _ in range(1 + clip.frame_count // _HOLE_EVERY):
        count = int(rng.integers(*_HOLE_FRAMES))
        if clip.frame_count < count + 8:
            continue
        start = int(rng.integers(4, clip.frame_count - count - 3))
        missing[np.ix_(range(start, start + count), _lost(clip, rng))] = True
    return missing


def _lost(clip: MotionClip, rng: np.random.Generator) -> list[int]:
    """Tracks that are lost together."""
    kind = rng.random()
    if kind < 0.65:
        limb = clip.skeleton.indices(LIMBS[rng.integers(len(LIMBS))])
        return [1 + joint for joint in limb[rng.integers(0, 2) :]]
    if kind < 0.9:
        return [int(n) for n in rng.choice(1 + clip.skeleton.joint_count, 3, replace=False)]
    return list(range(1 + clip.skeleton.joint_count))
