"""Which foot joints carry, and the phase of the gait that follows from it."""

from __future__ import annotations

import numpy as np

from ..conventions import Bools, Floats
from ..maths.segments import Segments
from ..motion.common_skeleton import PLANTED_HEIGHTS_M

MEDIAN_FRAMES = 7
STANDING_CYCLES_PER_S = 0.2
"""How fast the phase runs on while nobody steps (section 5.1: it advances slowly)."""


def detect_contacts(
    foot_positions: Floats,
    ground_heights: Floats,
    frame_rate_hz: float,
    *,
    speed_m_s: float | Floats = 0.5,
    height_m: float = 0.045,
) -> Bools:
    """Frames in which a foot joint is slow and near the ground.

    Args:
        foot_positions: (T, 4, 3) left heel, left toe, right heel, right toe, metres.
        ground_heights: (T, 4) height of the ground under each, metres.
        frame_rate_hz: frames per second.
        speed_m_s: slower than this counts as standing still; a number or (T,).
        height_m: lower than this over its planted height counts as near.

    Returns:
        (T, 4), cleaned by a median filter so that single frames neither make nor break a contact.
    """
    velocities = np.gradient(foot_positions, axis=0) * frame_rate_hz
    speeds = np.linalg.norm(velocities, axis=-1)
    heights = foot_positions[..., 1] - ground_heights - PLANTED_HEIGHTS_M
    limit = np.broadcast_to(np.asarray(speed_m_s), (len(speeds),))[:, None]
    return median_filter((speeds < limit) & (heights < height_m))


def median_filter(flags: Bools, frames: int = MEDIAN_FRAMES) -> Bools:
    """Running majority of flags (T, C) over an odd number of frames."""
    return Segments.of(len(flags)).majority(flags, frames)


def spans(flags: Bools) -> list[tuple[int, int]]:
    """Runs of true values in (T,) as half-open [start, stop) pairs."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def contacts_to_phase(contacts: Bools, frame_rate_hz: float) -> Floats:
    """Unwrapped gait phase, 0 (mod 2π) where the right foot lands and π where the left does.

    Args:
        contacts: (T, 4) left heel, left toe, right heel, right toe.
        frame_rate_hz: frames per second.

    Returns:
        (T,) radians, never falling; linear between landings and carried on at the neighbouring
        rate beyond the first and last; where nobody lands it advances slowly.

    Source: Holden et al. 2017, section 5.1.
    """
    landings = _alternating_landings(contacts)
    slow = 2 * np.pi * STANDING_CYCLES_PER_S / frame_rate_hz
    frames = np.arange(len(contacts))
    if len(landings) < 2:
        return np.asarray(frames * slow, np.float64)
    times = np.array([frame for frame, _ in landings])
    start = np.pi if landings[0][1] else 0.0
    phases = start + np.pi * np.arange(len(times))
    phase = np.interp(frames, times, phases)
    before, after = frames < times[0], frames > times[-1]
    phase[before] = phases[0] - (times[0] - frames[before]) * np.pi / (times[1] - times[0])
    phase[after] = phases[-1] + (frames[after] - times[-1]) * np.pi / (times[-1] - times[-2])
    return phase


def _alternating_landings(contacts: Bools) -> list[tuple[int, bool]]:
    """(frame, is left) of each landing; of two in a row on one side the first counts.

    Of two feet that land at once, as after a jump, one counts: the phase moves on in time only.
    """
    landings = []
    for side, columns in ((True, (0, 1)), (False, (2, 3))):
        carrying = contacts[:, columns[0]] | contacts[:, columns[1]]
        landings += [(start, side) for start, _ in spans(carrying) if start > 0]
    ordered: list[tuple[int, bool]] = []
    for landing in sorted(landings):
        if not ordered or (ordered[-1][1] != landing[1] and ordered[-1][0] < landing[0]):
            ordered.append(landing)
    return ordered
