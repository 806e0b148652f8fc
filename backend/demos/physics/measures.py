"""What the physics demo's report says of the motion."""

from __future__ import annotations

from typing import Any

import numpy as np

from blender_addon.capabilities.physics.job import PhysicsJob, PhysicsMotion

from .story import PUSHES


def measure(job: PhysicsJob, motion: PhysicsMotion) -> dict[str, Any]:
    """When it fell, how far from the animation it came before, and that nothing held it."""
    told, rate = motion.result.report, motion.result.clip.frame_rate_hz
    end = len(motion.result.clip.root_positions)
    until = end if told.fell_s is None else round(told.fell_s * rate)
    asked = job.request.clip.root_positions[:until, [0, 2]]
    came = motion.result.clip.root_positions[: len(asked), [0, 2]]
    strayed = np.linalg.norm(came - asked[: len(came)], axis=-1)
    return {
        "pushes": [{"at_s": p.at_s, "on": p.body, "n_s": round(p.strength, 1)} for p in PUSHES],
        "fell_s": None if told.fell_s is None else round(told.fell_s, 2),
        "honest": told.is_honest,
        "most_help_n": round(float(np.max(told.help_n, initial=0.0)), 2),
        "largest_force_n": round(told.greatest_force_n),
        "slip_cm_s": round(told.worst_slip_cm_s, 1),
        "deepest_cm": round(told.deepest_cm, 2),
        "strayed_mean_m": round(float(strayed.mean()), 3),
        "notes": list(told.notes),
        "duration_s": round(motion.result.clip.duration_s, 2),
    }
