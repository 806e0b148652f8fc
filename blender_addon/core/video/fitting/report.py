"""How well a fitted skeleton lies on what was seen."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools
from ...maths.segments import Segments
from ..camera import FilmCamera
from .body import Doubles
from .evidence import Evidence
from .gaps import SHORT_S

_MANY: Final = 0.1
_SHORTEST_TORSO: Final = 0.15
"""Of a body in the picture: of somebody seen from above or bent over the torso tells no size."""
_LEGLESS: Final = 0.5


def error_of(
    joints: Doubles, camera: FilmCamera, evidence: Evidence
) -> tuple[Doubles, Doubles, Doubles]:
    """Joints (T, 14, 3) in the picture, and how far they are from what was seen.

    Returns:
        (T, 14, 2) pixels; (T,) weighted mean distance in pixels, NaN where nothing was seen; (T,)
        the same in torso lengths.
    """
    points = camera.project(joints)
    away = np.linalg.norm(points - evidence.points_px, axis=-1)
    weights = np.where(np.isfinite(away), evidence.weights, 0.0)
    total = weights.sum(axis=1)
    mean = (weights * np.nan_to_num(away)).sum(axis=1) / np.maximum(total, 1e-9)
    error = np.where(total > 0.0, mean, np.nan)
    spread = np.ptp(evidence.points_px, axis=1).max(axis=1)
    torso = np.maximum(evidence.torso_px, np.maximum(_SHORTEST_TORSO * spread, 1.0))
    return points, error, error / torso


def notes_of(
    evidence: Evidence, guessed: Bools, unseen: Doubles, rate_hz: float
) -> tuple[str, ...]:
    """What the user should know of what was not seen.

    Args:
        evidence: of the film.
        guessed: (T,) frames that are filled in or mostly guessed.
        unseen: (T,) 0 … 1 where no leg is seen.
        rate_hz: frames a second.
    """
    notes = []
    gaps = _gaps(evidence.known, rate_hz)
    if gaps:
        longest = max(gaps) / rate_hz
        notes.append(
            f"nobody is seen in {len(gaps)} stretch{'es' if len(gaps) > 1 else ''} of up to "
            f"{longest:.1f} s; the pose before is held there"
        )
    share = float(guessed.mean())
    if share > _MANY:
        notes.append(f"{100.0 * share:.0f} % of the frames are filled in or mostly guessed")
    if unseen.mean() > _LEGLESS:
        notes.append("the legs are not in the picture; they stand at rest on the ground")
    elif unseen.max() > _LEGLESS:
        notes.append("the legs leave the picture for a while; they stand at rest meanwhile")
    return tuple(notes)


def _gaps(known: Bools, rate_hz: float) -> list[int]:
    """Frames of each stretch without anybody that is too long to be passed over."""
    lengths = Segments.of(len(known)).spans(~known).lengths
    return [int(length) for length in lengths if length > SHORT_S * rate_hz]
