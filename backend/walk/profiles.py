"""Random profiles of speed and turn, as people and directors want them."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.maths.smoothing import gaussian_smooth

from .synthesis import Profile

_MOST_SIDEWAYS_M_S2 = 3.0


def random_profile(rng: np.random.Generator, seconds: float) -> Profile:
    """A profile that starts, changes pace, turns, and may stop or jog."""
    frames = int(seconds * MODEL_FRAME_RATE_HZ)
    kind = rng.choice(["walk", "stops", "jog", "mixed"], p=[0.25, 0.3, 0.2, 0.25])
    speeds = gaussian_smooth(_speed_steps(rng, frames, str(kind)), rng.uniform(9, 24))
    return Profile(speeds, random_turns(rng, frames, speeds))


def _speed_steps(rng: np.random.Generator, frames: int, kind: str) -> Floats:
    """Piecewise constant and ramped speeds (T,)."""
    knots, values = [0], [0.0 if kind in ("stops", "mixed") else _pick_speed(rng, kind)]
    while knots[-1] < frames:
        hold = int(rng.uniform(0.8, 3.5) * MODEL_FRAME_RATE_HZ)
        ramp = int(rng.choice([1, rng.uniform(20, 40), rng.uniform(60, 240)], p=[0.4, 0.35, 0.25]))
        knots += [knots[-1] + hold, knots[-1] + hold + ramp]
        values += [values[-1], _pick_speed(rng, kind)]
    return np.interp(np.arange(frames), knots, values)


def _pick_speed(rng: np.random.Generator, kind: str) -> float:
    walk, jog = rng.normal(1.3, 0.25), rng.uniform(2.3, 3.5)
    chance = rng.random()
    if kind == "stops" and chance < 0.4:
        return 0.0
    if kind == "jog" and chance < 0.85:
        return float(jog)
    if kind == "mixed":
        return float([0.0, walk, jog, rng.uniform(0.5, 3.4)][rng.integers(4)])
    return float(np.clip(walk if chance > 0.2 else rng.uniform(0.5, 1.9), 0.4, 2.0))


def random_turns(rng: np.random.Generator, frames: int, speeds: Floats) -> Floats:
    """Rates of turning (T,): straights, arcs, corners, U-turns, as fast as feet can hold."""
    turns = np.zeros(frames)
    at = int(rng.uniform(0, 1.5) * MODEL_FRAME_RATE_HZ)
    while at < frames:
        kind = rng.choice(["straight", "arc", "corner", "u-turn"], p=[0.3, 0.35, 0.27, 0.08])
        angle, seconds = {
            "straight": (0.0, rng.uniform(0.5, 2.0)),
            "arc": (rng.uniform(0.2, 2.5), rng.uniform(1.5, 5.0)),
            "corner": (rng.uniform(0.5, 1.8), rng.uniform(0.5, 1.1)),
            "u-turn": (rng.uniform(2.6, 3.3), rng.uniform(1.1, 2.2)),
        }[str(kind)]
        length = int(seconds * MODEL_FRAME_RATE_HZ)
        turns[at : at + length] = rng.choice([-1, 1]) * angle / seconds
        at += length
    limit = np.clip(_MOST_SIDEWAYS_M_S2 / np.maximum(speeds, 0.3), 0, 2.6)
    # Nobody turns on the spot without stepping; while standing the heading rests.
    limit = limit * np.clip((speeds - 0.05) / 0.4, 0, 1)
    return gaussian_smooth(np.clip(turns, -limit, limit), 7.0)
