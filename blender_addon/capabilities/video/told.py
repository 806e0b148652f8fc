"""What is told of motion that came of a film."""

from __future__ import annotations

import numpy as np

from ...core.conventions import Floats
from ...core.video.points import joint_confidence
from ...core.video.tracked import Seen
from .checks import told_of_fit
from .job import VideoJob, VideoMotion


def describe(job: VideoJob, motion: VideoMotion) -> str:
    """One line, and after semicolons what it is good to know of it.

    Args:
        job: what was asked for.
        motion: what came of it.
    """
    tracked, fitted = motion.result.tracked, motion.result.fitted
    found = int((tracked.seen == Seen.FOUND).sum())
    empty = int((tracked.seen == Seen.EMPTY).sum())
    guessed = tracked.frame_count - found - empty
    parts = [
        f"{found} of {tracked.frame_count} pictures found",
        f"{guessed} guessed, {empty} without the person",
    ]
    seen = tracked.seen != Seen.EMPTY
    if seen.any():
        sure = float(joint_confidence(tracked.visibility[seen]).mean())
        parts.append(f"mean confidence {sure:.0%}")
    error = _mean(fitted.error_px)
    if error is not None:
        of_torso = _mean(fitted.error_torso) or 0.0
        parts.append(f"reprojection error {error:.1f} px, {of_torso:.1%} of the torso")
    parts.append(f"foot slip {fitted.slip_cm_s:.1f} cm/s")
    facts = job.film.facts
    again = ", tracked before" if motion.was_tracked else ""
    width, height = facts.size_px
    parts.append(f"{facts.name}: {width} × {height}, {facts.frame_rate_hz:.4g} pictures/s{again}")
    return "; ".join(parts)


def told_of(job: VideoJob, motion: VideoMotion) -> tuple[str, ...]:
    """Warnings and notes of all that took part."""
    result = motion.result
    notes = (*job.notes, *result.tracked.notes, *result.fitted.notes, *told_of_fit(job, motion))
    return tuple(dict.fromkeys(notes))


def _mean(values: Floats) -> float | None:
    """Of those that are known; None if none is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
