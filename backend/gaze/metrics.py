"""Measures of fixations: distributions and their distances, time on the partner, rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import ks_2samp

from blender_addon.core.conventions import Floats
from blender_addon.core.gaze.events import ROLES, decode_events

from .conversation import Recording

PARTNER_RADIUS_DEG = 5.0
QUANTITIES = ("duration", "amplitude", "direction")


@dataclass(frozen=True, eq=False)
class Looks:
    """What people did in one role.

    Args:
        directions_deg: (N, 2) of fixations, yaw and pitch.
        duration: (N,) of fixations, seconds.
        amplitude: (K,) of saccades seen from beginning to end, degrees.
        direction: (K,) of the same, degrees from −180 to 180, 0 to the left, 90 up.
        partner_share: share of the time of fixations within 5 degrees of the partner's face, mean
            over people.
        rate_hz: fixations in a second in which the eyes were seen, mean over people.
    """

    directions_deg: Floats
    duration: Floats
    amplitude: Floats
    direction: Floats
    partner_share: float
    rate_hz: float


def observe(recordings: Sequence[Recording], role: int, dequantise: bool = True) -> Looks | None:
    """What these people did in one role; None if they were never in it.

    Args:
        recordings: of people.
        role: number into ROLES.
        dequantise: durations as recorded are spread over the sampling step they were found in.
    """
    rng = np.random.default_rng(0)
    parts = [_observe_one(each, role, rng if dequantise else None) for each in recordings]
    parts = [part for part in parts if len(part[0])]
    if not parts:
        return None
    directions, duration, _, shifts = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return Looks(
        directions,
        duration,
        np.linalg.norm(shifts, axis=-1),
        np.rad2deg(np.arctan2(shifts[:, 1], shifts[:, 0])),
        float(np.mean([_share(where, duration) for where, duration, _, _ in parts])),
        float(np.mean([len(d) / (d.sum() + pause.sum()) for _, d, pause, _ in parts])),
    )


def _share(directions_deg: Floats, duration: Floats) -> float:
    """Share of one person's time on the partner."""
    near = np.linalg.norm(directions_deg, axis=-1) <= PARTNER_RADIUS_DEG
    return float(duration[near].sum() / duration.sum())


def _observe_one(
    recording: Recording, role: int, rng: np.random.Generator | None
) -> tuple[Floats, ...]:
    """Directions, durations, pauses and whole saccades of one person in one role."""
    duration_s, pause_s = recording.duration_s, recording.pause_s
    if rng is not None:
        _, duration_s, pause_s = decode_events(recording.events(rng).astype(np.float64))
        pause_s = np.where(recording.with_pause, pause_s, 0.0)
    directions = np.rad2deg(recording.direction_rad.astype(np.float64))
    mine = recording.roles == role
    seen = recording.with_pause[1:] & mine[1:]
    shifts = np.diff(directions, axis=0)[seen]
    return directions[mine], duration_s[mine], pause_s[mine], shifts


def distances(first: Looks, second: Looks) -> dict[str, float]:
    """Kolmogorov–Smirnov distance of every quantity."""
    return {
        name: float(ks_2samp(getattr(first, name), getattr(second, name)).statistic)
        for name in QUANTITIES
    }


def measure_looks(
    generated: Mapping[int, Looks], held_out: Mapping[int, Looks], trained: Mapping[int, Looks]
) -> dict[str, object]:
    """Distances of what was generated from people held out, with the floor, role by role.

    Args:
        generated, held_out, trained: by role. Roles in which people held out never were are left
            out; where those trained on never were, there is no floor.
    """
    by_role = {
        ROLES[role]: _measure_role(generated[role], looks, trained.get(role))
        for role, looks in held_out.items()
    }
    distances_of = {f"{kind}_{name}" for kind in ("ks", "floor") for name in QUANTITIES}
    means = {name: _mean([each[name] for each in by_role.values()]) for name in distances_of}
    shares = {
        f"{name}_{role}": value
        for role, found in by_role.items()
        for name, value in found.items()
        if name not in distances_of
    }
    return dict(sorted(means.items())) | shares | {"by_role": by_role}


def _measure_role(ours: Looks, held_out: Looks, trained: Looks | None) -> dict[str, float | None]:
    found: dict[str, float | None] = {
        f"ks_{name}": value for name, value in distances(ours, held_out).items()
    }
    floor = distances(trained, held_out) if trained else dict.fromkeys(QUANTITIES)
    found |= {f"floor_{name}": value for name, value in floor.items()}
    for prefix, looks in (("", ours), ("data_", held_out), ("trained_", trained)):
        if looks is not None:
            found[f"{prefix}partner_share"] = looks.partner_share
            found[f"{prefix}rate_hz"] = looks.rate_hz
    return found


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def observe_roles(recordings: Sequence[Recording], dequantise: bool = True) -> dict[int, Looks]:
    """What people did in each role that they were in."""
    found = {role: observe(recordings, role, dequantise) for role in range(len(ROLES))}
    return {role: looks for role, looks in found.items() if looks is not None}
