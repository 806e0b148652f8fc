"""What is told of a simulation besides its motion."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..feet.contacts import spans
from .clip_poses import FRAME_RATE_HZ
from .figure import GRAVITY_M_S2, MASS_KG
from .recording import Record, sole_track
from .request import PhysicsReport

_HELPS_N: Final = 0.01 * MASS_KG * GRAVITY_M_S2
_FIRM_N: Final = 0.2 * MASS_KG * GRAVITY_M_S2
"""A foot that has not landed yet, or is leaving, may slide."""
_NEAR_FRAMES: Final = 30
_TOLD: Final = 5
_INSIDE_CM: Final = 5.0
_GLIDES_M_S: Final = 3.0


def report_of(record: Record, notes: tuple[str, ...] = ()) -> PhysicsReport:
    """What is to be known of a record.

    Args:
        record: of one figure.
        notes: what was known before, in sentences.
    """
    fell = _first(record.otherwise)
    forces = np.linalg.norm(record.forces, axis=-1)
    return PhysicsReport(
        fell_s=None if fell is None else fell / FRAME_RATE_HZ,
        help_n=record.help_n,
        greatest_force_n=float(forces.max(initial=0.0)),
        worst_slip_cm_s=_worst_slip(record, len(record.poses) if fell is None else fell),
        deepest_cm=100.0 * float(record.depths.max(initial=0.0)),
        notes=(*notes, *_touch_notes(record), *_help_note(record.help_n), *_back_note(record)),
    )


def _first(flags: Bools) -> int | None:
    return int(np.argmax(flags)) if flags.any() else None


def _worst_slip(record: Record, until: int) -> float:
    """Speed of a carrying sole's slowest low corner before the figure fell, cm a second."""
    worst = 0.0
    for side in ("left_", "right_"):
        sole = sole_track(record, side)
        slowest = np.where(sole.low, sole.speeds, np.inf).min(axis=1)
        firm = sole.force_n > _FIRM_N
        carries = firm & record.simulated
        carries[1:-1] &= firm[:-2] & firm[2:]  # speeds are over three frames
        worst = max(worst, float(slowest[:until][carries[:until]].max(initial=0.0)))
    return 100.0 * worst


def _touch_notes(record: Record) -> tuple[str, ...]:
    """What is odd about what it touched."""
    inside = 100.0 * float(record.depths[0].max())
    notes = []
    if inside > _INSIDE_CM:
        notes.append(f"The body begins {inside:.0f} cm inside the ground or an obstacle")
    if not record.forces.any():
        notes.append("Nothing touched the body all the time: it is in the air")
    return tuple(notes)


def _back_note(record: Record) -> tuple[str, ...]:
    """From when to when it was blended, and whether it had far to go."""
    stretches = spans(~record.simulated)
    if not stretches:
        return ()
    words = ", ".join(f"{a / FRAME_RATE_HZ:.1f} to {b / FRAME_RATE_HZ:.1f} s" for a, b in stretches)
    notes = [f"Not simulated, but blended into the animation, from {words}"]
    moves = np.linalg.norm(np.diff(record.poses[:, [0, 2]], axis=0), axis=1) * FRAME_RATE_HZ
    fastest = float(moves[~record.simulated[1:]].max(initial=0.0))
    if fastest > _GLIDES_M_S:
        notes.append(
            f"The animation is far from where the body lies: on the way back it glides at "
            f"{fastest:.1f} m/s. Give it more time to get back"
        )
    return tuple(notes)


def _help_note(help_n: Floats) -> tuple[str, ...]:
    """When help was used, in one sentence; near stretches as one."""
    used = help_n > _HELPS_N
    if not used.any():
        return ()
    joined: list[tuple[int, int]] = []
    for start, stop in spans(used):
        if joined and start - joined[-1][1] < _NEAR_FRAMES:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    words = [f"{a / FRAME_RATE_HZ:.1f} to {b / FRAME_RATE_HZ:.1f} s" for a, b in joined[:_TOLD]]
    more = ", …" if len(joined) > _TOLD else ""
    greatest = f"up to {help_n.max():.0f} N"
    return (f"Help was used from {', '.join(words)}{more} ({greatest})",)
