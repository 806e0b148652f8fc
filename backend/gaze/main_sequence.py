"""Saccades of the finished gaze against the main sequence of people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.gaze.events import ROLES
from blender_addon.core.gaze.measures import (
    BAHILL_SECONDS_PER_DEGREE,
    Saccades,
    find_saccades,
    fit_main_sequence,
    gaze_directions,
)
from blender_addon.core.gaze.pipeline import GazePipeline, GazeRequest, GazeSettings, GazeTarget
from blender_addon.core.inference.session import ModelSession

_SECONDS = 60.0
_CHARACTERS = 4
_EYES_M, _PARTNER_M = 1.6, 1.3


def measure_main_sequence(behaviour: Path, eye_head: Path) -> dict[str, Any]:
    """Fit the saccades of characters who talk with a partner straight before them.

    Args:
        behaviour, eye_head: the exported networks.

    Returns:
        main_sequence_slope, of duration over amplitude between 3 and 25 degrees, ms a degree; the
        same of Bahill et al. 1975; their ratio; the intercept; and peak velocities.
    """
    pipeline = GazePipeline(ModelSession(behaviour), ModelSession(eye_head))
    requests = [
        _sit_before_partner(role, seed) for role in range(len(ROLES)) for seed in range(_CHARACTERS)
    ]
    found = [
        find_saccades(gaze_directions(result.clip), result.clip.frame_rate_hz)
        for result in pipeline.generate(requests)
    ]
    together = Saccades(
        np.concatenate([each.amplitudes_rad for each in found]),
        np.concatenate([each.durations_s for each in found]),
        np.concatenate([each.peak_velocities_rad_s for each in found]),
    )
    return _describe(together)


def _describe(saccades: Saccades) -> dict[str, Any]:
    slope, intercept = fit_main_sequence(saccades)
    degrees = np.rad2deg(saccades.amplitudes_rad)
    speeds = np.rad2deg(saccades.peak_velocities_rad_s)
    return {
        "main_sequence_slope": 1e3 * slope,
        "main_sequence_bahill": 1e3 * BAHILL_SECONDS_PER_DEGREE,
        "main_sequence_ratio": slope / BAHILL_SECONDS_PER_DEGREE,
        "main_sequence_intercept_ms": 1e3 * intercept,
        "main_sequence_saccades": int(((degrees > 3) & (degrees < 25)).sum()),
        **{
            f"peak_velocity_{centre}_deg_s": _median(speeds[np.abs(degrees - centre) < centre / 5])
            for centre in (5, 10, 20)
        },
    }


def _median(values: np.ndarray[Any, Any]) -> float | None:
    return float(np.median(values)) if len(values) else None


def _sit_before_partner(role: int, seed: int) -> GazeRequest:
    """A head that stays where it is, so that what moves is the gaze alone."""
    frames = int(_SECONDS * MODEL_FRAME_RATE_HZ)
    eyes = np.tile(np.array([0.0, _EYES_M, 0.0], np.float32), (frames, 1))
    partner = eyes + np.array([0.0, 0.0, _PARTNER_M], np.float32)
    return GazeRequest(
        head_positions=eyes,
        head_rotations_wxyz=np.tile(np.array([1.0, 0.0, 0.0, 0.0], np.float32), (frames, 1)),
        targets=(GazeTarget("partner", "PARTNER", partner, np.ones(frames, np.float32)),),
        roles=np.full(frames, role),
        settings=GazeSettings(micro_saccades=0.0, blink_rate=0.0),
        seed=seed,
    )
