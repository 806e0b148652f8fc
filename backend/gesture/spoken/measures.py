"""How speech-driven motion is measured: the same as everywhere, with accents for beats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backend.gesture.lstm.state import decode_states
from backend.gesture.measures.beats import beat_alignment
from backend.gesture.measures.fgd import RATE_HZ as WINDOW_RATE_HZ
from backend.gesture.measures.fgd import WINDOW, fgd, latents_of
from backend.gesture.measures.kinematic import (
    acceleration_cm_s2,
    jerk_cm_s3,
    position_error_cm,
)
from backend.gesture.measures.poses import seen_positions
from backend.gesture.readers.corpus import RATE_HZ
from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip

from .strokes import find_strokes
from .takes import Talker


def measure_talk(generated: Sequence[Floats], talkers: Sequence[Talker]) -> dict[str, Any]:
    """Generated states (T, S) against recorded ones; None where takes are too short to tell.

    Returns:
        ``fgd`` of the upper body; ``beat_alignment`` of strokes' apexes to accents, of what was
        recorded and with accents half a second late (chance); ``ape_cm``; ``acceleration`` and
        ``jerk`` relative to the recorded.
    """
    made = [decode_states(states, RATE_HZ) for states in generated]
    recorded = [decode_states(talker.states, RATE_HZ) for talker in talkers]
    pairs = list(zip(made, recorded, strict=True))
    long = [pair for pair in pairs if pair[0].duration_s > 2 * WINDOW / WINDOW_RATE_HZ]
    distance = None
    if long:
        distance = fgd(*(latents_of(clips, "upper") for clips in zip(*long, strict=True)))
    seen = [(seen_positions(a), seen_positions(b)) for a, b in pairs]
    return {
        "fgd": distance,
        "beat_alignment": _alignment(made, talkers),
        "beat_alignment_recorded": _alignment(recorded, talkers),
        "beat_alignment_chance": _alignment(recorded, talkers, late_s=0.5),
        "ape_cm": float(np.mean([position_error_cm(a, b) for a, b in seen])),
        "acceleration": _ratio([(acceleration_cm_s2(a, RATE_HZ), acceleration_cm_s2(b, RATE_HZ))
                                for a, b in seen]),
        "jerk": _ratio([(jerk_cm_s3(a, RATE_HZ), jerk_cm_s3(b, RATE_HZ)) for a, b in seen]),
    }  # fmt: skip


def _alignment(
    clips: Sequence[MotionClip], talkers: Sequence[Talker], late_s: float = 0.0
) -> float:
    """Mean over the takes, each counted by its strokes."""
    scores, counts = [], []
    for clip, talker in zip(clips, talkers, strict=True):
        apexes = np.array([stroke.time_s for stroke in find_strokes(clip)])
        scores.append(beat_alignment(apexes, np.asarray(talker.prosody.accents_s) + late_s))
        counts.append(len(apexes))
    return float(np.average(scores, weights=counts)) if sum(counts) else 0.0


def _ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    recorded = sum(b for _, b in pairs)
    return sum(a for a, _ in pairs) / recorded if recorded > 0 else None
