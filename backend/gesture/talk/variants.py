"""From takes to what the network learns of: many variants of each, with their stills.

Recordings are few and their gestures wide: signals are to be seen from afar. So each take is played
at other speeds, mirrored, brought a share of the way to rest, its wrists shifted, its elbows
lowered; and every variant is described by its own stills, as a plan describes a talker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.gesture.talk.layout import condition_of, features_of
from blender_addon.core.gesture.talk.pauses import find_spans, speeds
from blender_addon.core.gesture.talk.reaching import reach
from blender_addon.core.gesture.talk.stills import Arm, ArmPlan, Still
from blender_addon.core.gesture.talk.upper_body import (
    ARM_PARTS,
    REST_WRISTS,
    arm_chain,
    mirrored,
    wrists,
)
from blender_addon.core.maths.rotations import make_continuous, quaternion_nlerp
from blender_addon.core.maths.smoothing import gaussian_smooth

from .data import Take, toward_rest

TURNS = 1.35
"""Of speeds: where hands go in circles, they never stop, but are told where they turn."""
HANGS_M = 0.12
"""A still hand so near to where it hangs does hang."""
_SPEEDS = (0.75, 1.35)
_NEARER = (0.0, 0.6)  # share of the way to rest
_AS_IS = 0.25  # share of variants that stay as wide as recorded
_SHIFT_M = 0.06
_LOWERED = (0.0, 0.6)
_SHOULDER = np.array([[0.18, 0.13, -0.015], [-0.18, 0.13, -0.015]], np.float32)
_REACH_M = 0.515
_FORGOTTEN = 0.08  # chance that a still is not told


@dataclass(frozen=True, eq=False)
class Variant:
    """Features (T, F) and condition (T, C) of one variant of a take."""

    features: Floats
    condition: Floats


def make_variants(takes: Sequence[Take], count: int, seed: int) -> list[Variant]:
    """So many variants of each take.

    Args:
        takes: recordings.
        count: of variants of each.
        seed: of all that is drawn.
    """
    rng = np.random.default_rng(seed)
    found = []
    for take in takes:
        for _ in range(count):
            pose = vary(take.pose, rng)
            plan = plan_of(pose, rng)
            found.append(Variant(features_of(pose), condition_of(plan)))
    return found


def plain(take: Take) -> Variant:
    """A take as it is."""
    return Variant(features_of(take.pose), condition_of(plan_of(take.pose)))


def vary(pose: Floats, rng: np.random.Generator) -> Floats:
    """One variant (T', 13, 4) of an upper body (T, 13, 4)."""
    pose = mirrored(pose) if rng.random() < 0.5 else pose
    speed = float(np.exp(rng.uniform(*np.log(_SPEEDS))))
    at = np.arange(0.0, len(pose) - 1, speed)
    low = at.astype(np.int64)
    pose = quaternion_nlerp(pose[low], pose[low + 1], (at - low).astype(np.float32)[:, None])
    if rng.random() > _AS_IS:
        pose = toward_rest(pose, float(rng.uniform(*_NEARER)))
        pose = _shifted(pose, rng)
    return make_continuous(pose)


def _shifted(pose: Floats, rng: np.random.Generator) -> Floats:
    """Wrists held elsewhere while they are up, elbows lower."""
    out = pose.copy()
    for side, part in enumerate(ARM_PARTS):
        places, turns = arm_chain(pose[:, part], side)
        wrist = places[:, 3]
        up = np.clip(np.linalg.norm(wrist - REST_WRISTS[side], axis=1) / 0.25, 0.0, 1.0)
        up = gaussian_smooth(up, 3.0)[:, None].astype(np.float32)
        desired = wrist + up * rng.normal(scale=_SHIFT_M, size=3).astype(np.float32)
        off = desired - _SHOULDER[side]
        far = np.linalg.norm(off, axis=1, keepdims=True)
        desired = _SHOULDER[side] + off * np.minimum(1.0, _REACH_M / far)
        lowered = up * np.float32(rng.uniform(*_LOWERED))
        out[:, part] = reach(places, turns, desired, lowered, side)
    return out


def plan_of(pose: Floats, rng: np.random.Generator | None = None) -> ArmPlan:
    """The stills of a recorded upper body, as a plan that would ask for it.

    Args:
        pose: (T, 13, 4).
        rng: with it, some stills are left out.
    """
    places = wrists(pose)
    arms = [_arm(places[:, side], side, rng) for side in (0, 1)]
    return ArmPlan(len(pose), (arms[0], arms[1]))


def _arm(places: Floats, side: int, rng: np.random.Generator | None) -> Arm:
    last = len(places) - 1
    spans = [(a, b) for a, b in find_spans(speeds(places), TURNS) if 0 < a and b < last]
    if rng is not None:
        spans = [span for span in spans if rng.random() >= _FORGOTTEN]
    spans = [(0, 0), *spans, (last, last)]
    found: list[Still] = []
    for a, b in spans:
        begin = max(a, found[-1].stop + 1) if found else a
        if begin <= b:
            hangs = bool(np.linalg.norm(places[begin] - REST_WRISTS[side]) < HANGS_M)
            drift = places[b] - places[begin]
            found.append(Still(begin, b, places[begin], drift, hangs))
    return tuple(found)
