"""How well the rig follows the film: known, as the film was rendered."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.rigs.filmed.shooting import RenderedTruth
from blender_addon.capabilities.video.job import VideoJob, VideoMotion
from blender_addon.core.video.points import joints_of, middle_of_hips, torso_length
from blender_addon.core.video.tracked import Seen

Array = NDArray[np.float64]


def measure(job: VideoJob, motion: VideoMotion, filmed: RenderedTruth) -> dict[str, Any]:
    """What video.json tells.

    Args:
        job: what was asked for.
        motion: what came of it.
        filmed: where the dancer truly was.
    """
    result = motion.result
    tracked, lifted, fitted = result.tracked, result.lifted, result.fitted
    found = tracked.seen == Seen.FOUND
    truth = filmed.in_camera()
    true_px = filmed.points_px()
    seen = np.linalg.norm(joints_of(np.asarray(tracked.points_px)) - true_px, axis=-1)
    seen = seen / torso_length(true_px)[:, None]
    off = _at_hips(np.asarray(lifted.joints_m, np.float64)) - _at_hips(truth)
    error = np.asarray(fitted.error_torso)
    return {
        "rig": job.rig.object_name,
        "pictures": tracked.frame_count,
        "found": int(found.sum()),
        "guessed": int(np.asarray(fitted.guessed).sum()),
        "points_off_torso": round(float(np.nanmedian(seen)), 4),
        "joints_off_mm": round(1000.0 * float(np.linalg.norm(off, axis=-1).mean()), 1),
        "fit_off_torso": round(float(np.nanmean(error)), 4),
        "slip_cm_s": round(float(fitted.slip_cm_s), 2),
    }


def _at_hips(joints: Array) -> Array:
    return np.asarray(joints - middle_of_hips(joints)[:, None])
