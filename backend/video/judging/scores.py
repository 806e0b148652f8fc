"""All measures of one system on one film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.points import JOINTS

from . import motion_errors, path_errors, pose_errors
from .picture_errors import picture_errors
from .truth import FilmTruth, Reals, about_hips

_CM, _MM = 100.0, 1000.0


@dataclass(frozen=True, eq=False)
class Followed:
    """What a system made of a film: as much of it as it says.

    Args:
        seen_m: (T, 14, 3) joints in the camera's axes, wherever the person is; NaN where it says
            nothing.
        points_px: (T, 14, 2) joints in the picture; None where it says nothing of that.
        clip: the motion in its world; None of a system that only lifts.
        camera: its own; None likewise.
    """

    seen_m: Reals
    points_px: Reals | None = None
    clip: MotionClip | None = None
    camera: FilmCamera | None = None


def score(followed: Followed, truth: FilmTruth) -> dict[str, Any]:
    """Every measure that can be taken of a system, by name, as ``report.DEFINITIONS`` says it.

    Args:
        followed: over the same pictures as the truth.
        truth: of the film.
    """
    found = np.where(truth.in_picture[:, None, None], followed.seen_m, np.nan)
    scores = _pose_scores(found, truth) | _motion_scores(found, truth)
    if followed.points_px is not None:
        errors = picture_errors(followed.points_px, truth.points_px, truth.in_picture)
        scores |= {"two_d_median_pct": errors.median_pct, "pck": errors.pck}
        scores |= {"two_d_median_px": errors.median_px}
    if followed.clip is not None and followed.camera is not None:
        scores |= _place_scores(followed.clip, followed.camera, found, truth)
    return scores


def _pose_scores(found: Reals, truth: FilmTruth) -> dict[str, Any]:
    true = truth.seen_m
    distances = pose_errors.joint_distances(found, true)
    return {
        "mpjpe_mm": _times(_MM, distances),
        "n_mpjpe_mm": _times(_MM, pose_errors.scaled_distances(found, true)),
        "pa_mpjpe_mm": _times(_MM, pose_errors.aligned_distances(found, true)),
        "swaps": _share(pose_errors.is_swapped(found, true), found),
        "knee_deg": _degrees(_hinge_errors(found, true, "knee")),
        "elbow_deg": _degrees(_hinge_errors(found, true, "elbow")),
        "knees_backward": _share(pose_errors.knees_backward(found).any(axis=1), found),
        "knees_backward_true": float(pose_errors.knees_backward(true).any(axis=1).mean()),
        "head_pitch_deg": _degrees(
            pose_errors.head_pitches(found) - pose_errors.head_pitches(true)
        ),
        "heading_deg": _degrees(
            pose_errors.turned(
                pose_errors.headings(_upright(found, truth.camera))
                - pose_errors.headings(truth.joints_m)
            )
        ),
        "per_joint_mm": dict(zip(JOINTS, _per_joint(distances), strict=True)),
    }


def _motion_scores(found: Reals, truth: FilmTruth) -> dict[str, Any]:
    # About the hips but in the world's axes: a camera that turns is no motion of the person.
    ours = _upright(about_hips(found), truth.camera)
    true = _upright(about_hips(truth.seen_m), truth.camera)
    drift, drift_true = (motion_errors.bone_drift(each) for each in (found, truth.seen_m))
    return {
        "jerk_ratio": motion_errors.jerk_ratio(ours, true, truth.rate_hz),
        "pop_ratio": motion_errors.pop_ratio(ours, true, truth.rate_hz),
        "lag_frames": motion_errors.lag_frames(ours, true),
        "bone_drift": drift,
        "bone_drift_true": drift_true,
    }


def _place_scores(
    clip: MotionClip, camera: FilmCamera, found: Reals, truth: FilmTruth
) -> dict[str, Any]:
    there = np.asarray(truth.camera.to_world(found), np.float64)
    raw, fitted = path_errors.root_errors(there, truth.joints_m)
    standing = path_errors.stands(truth.joints_m, truth.rate_hz) & truth.in_picture[:, None]
    own = path_errors.joints_of_clip(clip)
    under, over = path_errors.ground_errors(clip, standing)
    focal = np.asarray(camera.focal_px) / np.asarray(truth.camera.focal_px)
    return {
        "root_raw_mm": _times(_MM, raw),
        "root_mm": _times(_MM, fitted),
        "jerk_world_ratio": motion_errors.jerk_ratio(own, truth.joints_m, truth.rate_hz),
        "slip_cm_s": path_errors.slip_seen(clip),
        "slip_true_cm_s": path_errors.slip_with(standing, own, truth.rate_hz),
        "under_ground_cm": under,
        "over_ground_cm": over,
        "camera_tilt_deg": _degrees(_tilt(camera) - _tilt(truth.camera)),
        "focal_ratio": float(np.median(focal)),
    }


def _tilt(camera: FilmCamera) -> Reals:
    """(T,) radians by which a camera looks down."""
    return np.arcsin(np.clip(-camera.rotations[:, 1, 2], -1.0, 1.0))


def _upright(joints_m: Reals, camera: FilmCamera) -> Reals:
    """Joints in the camera's axes turned into the world's, not moved."""
    return np.asarray(np.einsum("tij,tpj->tpi", camera.rotations, joints_m))


def _hinge_errors(found: Reals, true: Reals, hinge: str) -> Reals:
    return pose_errors.hinge_angles(found, hinge) - pose_errors.hinge_angles(true, hinge)


def _per_joint(distances: Reals) -> list[float | None]:
    return [_times(_MM, distances[:, joint]) for joint in range(distances.shape[1])]


def _times(factor: float, values: NDArray[Any]) -> float | None:
    mean = pose_errors.mean_of(values)
    return None if mean is None else factor * mean


def _degrees(angles_rad: Reals) -> float | None:
    return pose_errors.mean_of(np.degrees(np.abs(angles_rad)))


def _share(flags: NDArray[np.bool_], found: Reals) -> float | None:
    known = np.isfinite(found).all(axis=(1, 2))
    return float(flags[known].mean()) if known.any() else None
