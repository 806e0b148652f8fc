"""The rows of an evaluation: all systems on a film with truth, and a real film by its marks."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.video.fitting.camera import camera_of
from blender_addon.core.video.fitting.evidence import gather
from blender_addon.core.video.fitting.fit import fit_body
from blender_addon.core.video.points import joints_of
from blender_addon.core.video.request import CameraChoice, FitRequest
from blender_addon.core.video.tracked import Seen, TrackedPerson

from .hands import hands_off_deg
from .marks import Marks
from .motion_errors import bone_drift
from .ours import Lift
from .path_errors import ground_errors, joints_of_clip, slip_seen
from .picture_errors import empty_frames, picture_errors, torso_px
from .pose_errors import knees_backward
from .scores import Followed, score
from .systems import BLAZEPOSE, Shown, System
from .truth import FilmTruth, Reals

HEADLINE: Final = (
    "two_d_median_pct", "pck", "mpjpe_mm", "pa_mpjpe_mm", "root_mm", "root_raw_mm", "slip_cm_s",
    "slip_true_cm_s", "jerk_ratio", "swaps",
)  # fmt: skip
IN_PICTURE: Final = ("two_d_median_pct", "pck")
"""Measured of the points that were tracked, and as ``fit_…`` of the joints of what was made."""

_log = logging.getLogger(__name__)


def film_row(
    truth: FilmTruth, tracked: TrackedPerson, systems: Mapping[str, System], judged: str
) -> tuple[dict[str, Any], dict[str, Followed]]:
    """All systems on a film with truth.

    Args:
        truth: of the film.
        tracked: what was seen of it, over the same pictures.
        systems: by name.
        judged: the system whose measures are the film's own.

    Returns:
        The measures, and what each system made of the film.
    """
    shown = Shown(truth, tracked)
    scores: dict[str, Any] = {}
    followed: dict[str, Followed] = {}
    for name, system in systems.items():
        try:
            followed[name] = system(shown)
            scores[name] = score(followed[name], truth)
        except NeuralMotionError as error:  # the other systems are still compared
            _log.warning("%s on %s: %s", name, truth.name, error)
            scores[name] = f"failed: {error}"
    person = truth.in_picture
    own = scores.get(judged)
    headline = {key: own.get(key) for key in HEADLINE} if isinstance(own, dict) else {}
    world = scores.get(BLAZEPOSE)
    seen = world if isinstance(world, dict) else {}
    row = {
        "frames": truth.frame_count,
        "judged": judged,
        **headline,
        **{f"fit_{key}": headline.get(key) for key in IN_PICTURE},
        **{key: seen.get(key) for key in IN_PICTURE},
        "mpjpe_world_mm": seen.get("mpjpe_mm"),
        "lost": _share(tracked.seen == Seen.EMPTY, person),
        "guessed": _share(tracked.seen == Seen.GUESSED, person),
        "systems": scores,
    }
    return row, followed


def real_row(tracked: TrackedPerson, marks: Marks) -> dict[str, Any]:
    """What the tracker made of a real film, against its marks; settings were chosen by one half.

    Args:
        tracked: of the whole film.
        marks: by hand.
    """
    points = joints_of(np.asarray(tracked.points_px, np.float64))
    torsos = np.where(np.isfinite(marks.torso_px), marks.torso_px, torso_px(marks.points_px))
    row: dict[str, Any] = {"frames": tracked.frame_count}
    for half, inside in marks.halves.items():
        there = empty_frames(tracked.seen, np.where(inside, marks.empty, np.nan))
        marked = inside & np.isfinite(marks.points_px).any(axis=(1, 2))
        row[f"{half}_empty_recall"] = there.recall
        row[f"{half}_empty_precision"] = there.precision
        row[f"{half}_lost"] = there.lost
        if marked.any():
            errors = picture_errors(points, marks.points_px, marked, torsos)
            row[f"{half}_two_d_median_pct"] = errors.median_pct
            row[f"{half}_two_d_median_px"] = errors.median_px
            row[f"{half}_pck"] = errors.pck
    row["empty_recall"] = row.get("judge_empty_recall")
    row["world_bone_drift"] = bone_drift(joints_of(np.asarray(tracked.world_m, np.float64)))
    return row


def fitted_row(tracked: TrackedPerson, lift: Lift) -> dict[str, Any]:
    """What can be said of the whole fit where no truth is known, the camera being guessed.

    Args:
        tracked: of the whole film.
        lift: of a tracked person and a camera.
    """
    choice = CameraChoice()
    lifted = lift(tracked, camera_of(choice, tracked))
    fitted = fit_body(tracked, lifted, FitRequest(camera=choice))
    known = ~np.asarray(fitted.guessed)
    joints = joints_of_clip(fitted.clip)
    under, _ = ground_errors(fitted.clip, np.zeros((len(joints), 2), np.bool_))
    off = 100.0 * fitted.error_torso[known]
    return {
        "fit_two_d_pct": float(np.nanmedian(off)) if np.isfinite(off).any() else None,
        "fit_slip_cm_s": slip_seen(fitted.clip),
        "fit_knees_backward": float(knees_backward(joints)[known].any(axis=1).mean()),
        "fit_under_ground_cm": under,
        "fit_fastest_m_s2": _fastest(joints, fitted.clip.frame_rate_hz),
        "fit_hands_off_deg": hands_off_deg(fitted, tracked),
        "lifter_contradicted": float(gather(tracked, lifted).contradicted[known].mean()),
        "lifter_bone_drift": bone_drift(np.asarray(lifted.joints_m, np.float64)[known]),
    }


def _fastest(joints: Reals, rate_hz: float) -> float:
    """99.9th percentile of the joints' accelerations: people reach 100 m/s2, pops are above."""
    second = np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1) * rate_hz**2
    return float(np.percentile(second.max(axis=1), 99.9)) if len(second) else 0.0


def _share(part: np.ndarray[Any, Any], whole: np.ndarray[Any, Any]) -> float | None:
    return float((part & whole).sum() / whole.sum()) if whole.any() else None
