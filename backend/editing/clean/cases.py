"""The kinds of damage that cleaning is judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools
from blender_addon.core.motion.clip import MotionClip

from .damage import LIMBS, Damaged, frozen, jitter, sliding, spikes, undamaged, without

HOLE_FRAMES: Final = 15
_BETWEEN_HOLES: Final = 75
_BEFORE_HOLE: Final = 12
Damage = Callable[[MotionClip, np.random.Generator], Damaged]


def _jitter(degrees: float, **more: float) -> Damage:
    return lambda clip, rng: jitter(clip, np.deg2rad(degrees), rng, **more)


def holes(clip: MotionClip, rng: np.random.Generator) -> Damaged:
    """A limb is missing for half a second, every two and a half seconds another one."""
    damaged = undamaged(clip)
    for start in hole_starts(clip):
        limb = LIMBS[int(rng.integers(len(LIMBS)))]
        more = without(damaged.clip, limb, start, HOLE_FRAMES)
        damaged = Damaged(more.clip, damaged.missing | more.missing)
    return damaged


def lost_capture(clip: MotionClip, rng: np.random.Generator) -> Damaged:
    """Everything is missing for a second, once."""
    del rng
    start = max((clip.frame_count - 30) // 2, 1)
    count = min(30, max(clip.frame_count - start - 4, 1))
    return without(clip, clip.skeleton.names, start, count, root=True)


def drop_outs(clip: MotionClip, rng: np.random.Generator) -> Damaged:
    """A limb holds its last value for half a second, and nobody says so."""
    damaged = clip
    for start in hole_starts(clip):
        limb = LIMBS[int(rng.integers(len(LIMBS)))]
        damaged = frozen(damaged, limb, start, HOLE_FRAMES).clip
    return undamaged(damaged)


def mixed(clip: MotionClip, rng: np.random.Generator) -> Damaged:
    """Jitter that comes and goes, spikes, and holes, all in one clip."""
    frames = np.arange(clip.frame_count)
    swell = np.deg2rad(3.0) * (frames % 120 < 60)[:, None]
    noisy = jitter(clip, swell, rng, root_m=0.005 * (frames % 120 < 60)).clip
    return holes(spikes(noisy, 0.01, np.deg2rad(35.0), rng).clip, rng)


def hole_starts(clip: MotionClip) -> range:
    """First frames of holes."""
    last = clip.frame_count - HOLE_FRAMES - _BEFORE_HOLE
    return range(_BEFORE_HOLE, max(last, 0), _BETWEEN_HOLES)


NONE: Final = "none"
HOLES: Final = "a limb missing for 0.5 s"
DAMAGES: Final[Mapping[str, Damage]] = {
    "jitter 1°": _jitter(1.0),
    "jitter 3°": _jitter(3.0),
    "jitter 5°": _jitter(5.0),
    "spikes in 2 % of frames": lambda clip, rng: spikes(clip, 0.02, np.deg2rad(35.0), rng),
    HOLES: holes,
    "a foot sliding 5 cm": lambda clip, rng: sliding(clip, 0.05, rng),
    NONE: lambda clip, rng: undamaged(clip),
    "hips' position jitter 1 cm": _jitter(0.0, root_m=0.01),
    "correlated jitter 3°": _jitter(3.0, memory=0.6),
    "a limb frozen for 0.5 s": drop_outs,
    "everything missing for 1 s": lost_capture,
    "jitter, spikes and holes": mixed,
}
"""By name; the first seven have targets."""


def judged_frames(name: str, damaged: Damaged, clip: MotionClip) -> Bools:
    """(T,) frames in which the error counts: holes alone where only holes are damaged."""
    if damaged.missing.any() and name != "jitter, spikes and holes":
        return np.asarray(damaged.missing.any(axis=1))
    changed = (damaged.clip.rotations_wxyz != clip.rotations_wxyz).any(axis=(1, 2))
    if "frozen" in name:
        return np.asarray(changed)
    return np.ones(clip.frame_count, bool)
