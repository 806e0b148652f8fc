"""What an animator sees besides feet on the ground: legs too straight, pops, legs through legs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Bools
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M, Family
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS, PAWS, SPINE, TAIL

from .animal import AnimalMotion, Reals
from .feet import STANDING_M_S, WALKS_BELOW_M_S
from .strides import detect_contacts

_POP_RATE_HZ: Final = 60.0
"""Second differences are told as between frames of this rate."""
_LEGS: Final = np.array([leg.joints for leg in LEGS])
_THICK: Final = 0.035
"""Of the hip height: half the thickness of a lower leg; nearer than two of them, legs meet."""
_TRUNK_RADIUS: Final = 0.17
"""Of the hip height, around the spine; the shallowest of the free bodies."""
_JITTER_S: Final = 0.15
_KNEES: Final = np.array([9, 11])
"""Of ``joint_angles``: between the last two segments of the front legs."""


def straightness(motion: AnimalMotion) -> Reals:
    """(T, 4) distance from the top of each leg to its paw over the length of its segments.

    From the hip joint behind, from the top of the shoulder blade in front.
    """
    joints = joints_of(motion)[:, _LEGS]
    lengths = np.linalg.norm(np.diff(joints, axis=2), axis=-1).sum(axis=-1)
    return np.asarray(np.linalg.norm(joints[:, :, 3] - joints[:, :, 0], axis=-1) / lengths)


def standing_straightness(motion: AnimalMotion) -> Reals:
    """(4,) the same of the body as it stands: what a rig is built with, motion cannot undo."""
    if motion.body is None:
        raise ValueError(f"{motion.name} has no body, only points")
    legs = motion.body.rest_m.astype(np.float64)[_LEGS]
    lengths = np.linalg.norm(np.diff(legs, axis=1), axis=-1).sum(axis=-1)
    return np.asarray(np.linalg.norm(legs[:, 3] - legs[:, 0], axis=-1) / lengths)


def buckling(motion: AnimalMotion) -> Reals:
    """(N,) degrees by which hoofed front legs that carry are bent more at the knee than standing.

    The legs of horses and deer are straight while they carry; nothing of dogs and cats.
    """
    if motion.family is not Family.HOOFED or motion.body is None:
        return np.zeros(0)
    rest = joint_angles(motion.body.rest_m.astype(np.float64)[None])[0, _KNEES]
    bent = joint_angles(joints_of(motion))[:, _KNEES] - rest
    carry = detect_contacts(motion) if motion.labels is None else motion.labels.astype(bool)
    return np.asarray(bent[carry[:, [1, 3]]])


def stretch_cm(motion: AnimalMotion) -> float:
    """Largest difference of a bone's length from the standing body's, in the animal's own cm."""
    joints, body = joints_of(motion), motion.body
    if body is None:
        raise ValueError(f"{motion.name} has no body, only points")
    parents = body.skeleton.parents[1:]
    lengths = np.linalg.norm(joints[:, 1:] - joints[:, parents], axis=-1)
    standing = np.linalg.norm(body.skeleton.offsets[1:].astype(np.float64), axis=-1)
    return float(100.0 * np.abs(lengths - standing).max() / motion.size)


def joint_angles(joints_m: Reals) -> Reals:
    """(T, 27, 3) to (T, 12) degrees: of each leg at its two inner joints and against the trunk."""
    legs = joints_m[:, _LEGS]
    segments = np.diff(legs, axis=2)
    trunk = (joints_m[:, CHEST] - joints_m[:, HIPS])[:, None]
    parts = [
        _angle(segments[:, :, 0], np.broadcast_to(trunk, segments[:, :, 0].shape)),
        _angle(segments[:, :, 0], segments[:, :, 1]),
        _angle(segments[:, :, 1], segments[:, :, 2]),
    ]
    return np.concatenate(parts, axis=1)


def _angle(first: Reals, second: Reals) -> Reals:
    """Degrees; by both sine and cosine, as near 0 and 180 the cosine alone is all noise."""
    across = np.linalg.norm(np.cross(first, second), axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, (first * second).sum(axis=-1))))


def pops(motion: AnimalMotion) -> Reals:
    """(T − 2, 12) second differences of the joint angles, degrees a frame² at 60 Hz."""
    angles = joint_angles(joints_of(motion))
    scale = (motion.rate_hz / _POP_RATE_HZ) ** 2
    return np.asarray(np.abs(np.diff(angles, 2, axis=0)) * scale)


def head_jitter(motion: AnimalMotion) -> Reals:
    """(T,) how far the head is from its own mean over 0.15 s, a trembling rather than a nod."""
    if motion.head_m is None:
        return np.zeros(0)
    width = max(round(_JITTER_S * motion.rate_hz), 3) | 1
    half = width // 2
    if motion.frame_count <= width:
        return np.zeros(0)
    # A parabola through the window, so that what is smooth, however bent, counts as nothing.
    times = np.arange(-half, half + 1, dtype=np.float64)
    weights = np.linalg.pinv(np.vander(times, 4, increasing=True))[0]
    inside = motion.frame_count - 2 * half
    smooth = sum(w * motion.head_m[n : n + inside] for n, w in enumerate(weights))
    return np.asarray(np.linalg.norm(motion.head_m[half:-half] - smooth, axis=-1))


def paw_meetings(motion: AnimalMotion) -> Bools:
    """(T, 2) on which side a hind paw is where the front paw of its side is."""
    feet = motion.feet_m
    gaps = np.linalg.norm(feet[:, [0, 2]] - feet[:, [1, 3]], axis=-1)
    return np.asarray(gaps < 2 * _THICK * MODEL_HIP_HEIGHT_M)


def crossings(motion: AnimalMotion) -> Reals:
    """(T, 2) by how much the left paw is right of the right one, hind and fore; 0 if it is not."""
    heading = motion.root[:, 2]
    left = np.stack((np.cos(heading), -np.sin(heading)), axis=-1)
    flat = motion.feet_m[..., [0, 2]]
    apart = np.einsum("tfc,tc->tf", flat[:, [0, 1]] - flat[:, [2, 3]], left)
    return np.asarray(np.maximum(-apart, 0.0))


def legs_meet(motion: AnimalMotion) -> Bools:
    """(T, 4) whether lower legs pass through each other: hind, fore, left side, right side."""
    joints = joints_of(motion)
    lower = [joints[:, _LEGS[leg, 2:]] for leg in range(4)]
    pairs = ((0, 2), (1, 3), (0, 1), (2, 3))
    gaps = [segment_gap(lower[a], lower[b]) for a, b in pairs]
    return np.stack(gaps, axis=-1) < _THICK * MODEL_HIP_HEIGHT_M


def tail_meets_legs(motion: AnimalMotion) -> Bools:
    """(T,) whether the tail passes through a hind leg below its knee."""
    joints = joints_of(motion)
    tail = joints[:, list(TAIL[1:])]
    gaps = [segment_gap(tail, joints[:, _LEGS[leg, n : n + 2]]) for leg in (0, 2) for n in (1, 2)]
    return np.asarray(np.min(gaps, axis=0) < _THICK * MODEL_HIP_HEIGHT_M)


def segment_gap(first: Reals, second: Reals, samples: int = 7) -> Reals:
    """(T,) distance of two segments (T, 2, 3), by points along the first."""
    share = np.linspace(0.0, 1.0, samples)[:, None]
    points = first[:, :1] + share * (first[:, 1:] - first[:, :1])
    start, along = second[:, :1], second[:, 1:] - second[:, :1]
    length = np.maximum((along**2).sum(axis=-1, keepdims=True), 1e-12)
    place = np.clip(((points - start) * along).sum(axis=-1, keepdims=True) / length, 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - start - place * along, axis=-1).min(axis=-1))


def low_joints(motion: AnimalMotion) -> Reals:
    """(T,) height of the lowest joint but the paws over the ground; of the trunk its belly."""
    joints = joints_of(motion)
    above = joints[..., 1] - (0.0 if motion.below_m is None else motion.below_m)
    others = [n for n in range(joints.shape[1]) if n not in PAWS and n not in SPINE]
    belly = above[:, list(SPINE)].min(axis=1) - _TRUNK_RADIUS * MODEL_HIP_HEIGHT_M
    return np.asarray(np.minimum(above[:, others].min(axis=1), belly))


def joints_of(motion: AnimalMotion) -> Reals:
    """(T, 27, 3); of recordings there are none."""
    if motion.joints_m is None:
        raise ValueError(f"{motion.name} has no joints, only points")
    return motion.joints_m


def measure_looks(motions: Sequence[AnimalMotion]) -> dict[str, Any]:
    """What is told of whole skeletons, over a row; None where only points are known."""
    known = [m for m in motions if m.joints_m is not None]
    if not known:
        return dict.fromkeys(LOOK_KEYS)
    straight = np.concatenate([straightness(m).ravel() for m in known])
    popping = np.concatenate([pops(m).ravel() for m in known])
    moving = [m.speeds_m_s > STANDING_M_S for m in known]
    fast = [m.speeds_m_s > WALKS_BELOW_M_S for m in known]
    lows = np.concatenate([low_joints(m) for m in known]) / MODEL_HIP_HEIGHT_M
    return {
        "reach_p95": float(np.percentile(straight, 95)),
        "reach_max": float(straight.max()),
        **_reach_by_leg(known),
        "stretch_cm": max(stretch_cm(m) for m in known),
        "pops_p999_deg": float(np.percentile(popping, 99.9)),
        "pops_max_deg": float(popping.max()),
        "head_jitter_p95_h": _p95([head_jitter(m) for m in known]),
        "crossed_share": _part(crossings(m) > 0.02 for m in known),
        "legs_meet_share": _share([legs_meet(m).any(axis=1) for m in known], moving),
        "paws_meet_trot_share": _share([_in_air_meetings(m) for m in known], fast),
        "tail_in_legs_share": _share([tail_meets_legs(m) for m in known], moving),
        "lowest_joint_h": float(lows.min()),
        "joints_in_ground_share": float((lows < 0).mean()),
    }


LOOK_KEYS: Final = (
    "reach_p95",
    "reach_max",
    "reach_hind_p95",
    "reach_fore_canine_p95",
    "reach_fore_hoofed_p95",
    "reach_over_standing_p95",
    "knee_in_stance_deg",
    "stretch_cm",
    "pops_p999_deg",
    "pops_max_deg",
    "head_jitter_p95_h",
    "crossed_share",
    "legs_meet_share",
    "paws_meet_trot_share",
    "tail_in_legs_share",
    "lowest_joint_h",
    "joints_in_ground_share",
)


def _reach_by_leg(known: Sequence[AnimalMotion]) -> dict[str, float | None]:
    """Hind legs apart from front ones, these by family, and all over how straight they stand."""
    hind = [straightness(m)[:, [0, 2]].ravel() for m in known]
    fore = {
        family: [straightness(m)[:, [1, 3]].ravel() for m in known if m.family is family]
        for family in Family
    }
    over = [(straightness(m) / standing_straightness(m)).ravel() for m in known]
    knees = np.concatenate([buckling(m) for m in known])
    return {
        "reach_hind_p95": _percentile(hind),
        "reach_fore_canine_p95": _percentile(fore[Family.CANINE]),
        "reach_fore_hoofed_p95": _percentile(fore[Family.HOOFED]),
        "reach_over_standing_p95": _percentile(over),
        "knee_in_stance_deg": float(np.median(knees)) if len(knees) else None,
    }


def _percentile(parts: Sequence[Reals]) -> float | None:
    return float(np.percentile(np.concatenate(parts), 95)) if parts else None


def _in_air_meetings(motion: AnimalMotion) -> Bools:
    """(T,) a hind paw in a front paw's place while either is in the air: prints may coincide."""
    carry = detect_contacts(motion)
    both = carry[:, [0, 2]] & carry[:, [1, 3]]
    return np.asarray((paw_meetings(motion) & ~both).any(axis=1))


def _p95(parts: Sequence[Reals]) -> float | None:
    values = np.concatenate(parts) if parts else np.zeros(0)
    return float(np.percentile(values, 95) / MODEL_HIP_HEIGHT_M) if len(values) else None


def _part(parts: Iterable[Bools]) -> float:
    return float(np.concatenate([p.any(axis=1) for p in parts]).mean())


def _share(parts: Sequence[Bools], chosen: Sequence[Bools]) -> float | None:
    values = np.concatenate([p[c] for p, c in zip(parts, chosen, strict=True)])
    return float(values.mean()) if len(values) else None
