"""Brings a skeleton to what was tracked and lifted of a person in a film."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...errors import FilmError
from ...ground.terrain import FlatTerrain
from ...jobs import OnProgress, Progress
from ...motion.clip import MotionClip
from ..camera import FilmCamera
from ..points import middle_of_hips
from ..request import FitRequest, FittedBody
from ..settings import CameraKind
from ..tracked import LiftedBody, TrackedPerson
from .body import Body, Doubles
from .camera import camera_of
from .evidence import Evidence, gather
from .extremities import point_extremities
from .ground import ANKLES, depth_by_feet
from .place import place_person
from .pose import pose_body
from .report import report_errors
from .setting import Setting, ground_under, over_origin, settle_camera
from .size import size_of

_DEPTH_S: Final = 0.3


def fit_body(
    tracked: TrackedPerson,
    lifted: LiftedBody,
    request: FitRequest,
    on_progress: OnProgress | Progress | None = None,
) -> FittedBody:
    """A skeleton that does what a person did in a film.

    Args:
        tracked: what was seen of the person.
        lifted: the same in space, as many frames.
        request: how.
        on_progress: told how much is done, 0 … 1.

    Returns:
        T frames at the film's rate. Lengths are the skeleton's: where its legs are twice as long as
        the person's, it walks twice as far, about the world's origin.

    Raises:
        FilmError: nobody is seen in any frame.
        SkeletonError: the skeleton lacks a joint that is tracked.
        SettingsError: the camera does not belong to the film.
        Cancelled: the user pressed Esc.
    """
    progress = Progress.of(on_progress)
    body = Body(request.skeleton)
    evidence = gather(tracked, lifted)
    if not evidence.known.any():
        raise FilmError(
            "nobody was found in this part of the film; choose another part, or a film in which "
            "a person is seen"
        )
    ratio = size_of(body, evidence)
    shape = evidence.lifted * ratio
    setting, place = _place(request, tracked, evidence, shape, 1.0 / ratio)
    progress(0.3)
    camera = setting.camera
    joints = camera.to_world(place[:, None] + shape)
    if not _is_scene(request):
        first = middle_of_hips(joints[np.flatnonzero(evidence.known)[:1]])[0]
        camera = over_origin(camera, first)
        joints = camera.to_world(place[:, None] + shape)
    posed = pose_body(body, joints, point_extremities(evidence, camera), evidence.rate_hz)
    progress(0.7)
    clip = MotionClip(request.skeleton, evidence.rate_hz, posed.root, posed.rotations_wxyz)
    clip, camera = _in_true_world(request, setting, camera, clip)
    fitted = body.joints(clip.root_positions, clip.rotations_wxyz)
    points, error_px, error_torso = report_errors(fitted, camera, evidence)
    progress(1.0)
    return FittedBody(
        clip, camera, points, error_px, error_torso, ~evidence.known, 0.0, setting.notes
    )


def _is_scene(request: FitRequest) -> bool:
    return request.camera.kind is CameraKind.SCENE


def _place(
    request: FitRequest,
    tracked: TrackedPerson,
    evidence: Evidence,
    shape: Doubles,
    lifted_size: float,
) -> tuple[Setting, Doubles]:
    """Camera and (T, 3) middle of the hips in its axes, by rays, size and feet."""
    terrain = request.terrain or FlatTerrain()
    first = place_person(evidence, camera_of(request.camera, tracked), shape, _DEPTH_S)
    setting = settle_camera(request.camera, tracked, evidence, shape, first, lifted_size, terrain)
    if not request.settings.on_ground:
        return setting, first
    ground = ground_under(terrain, setting.size)
    ankles = setting.camera.to_world(first[:, None] + shape[:, ANKLES])
    by_feet = depth_by_feet(
        evidence, setting.camera, shape, setting.stands, ground.heights(ankles[..., [0, 2]])
    )
    return setting, place_person(evidence, setting.camera, shape, _DEPTH_S, by_feet)


def _in_true_world(
    request: FitRequest, setting: Setting, camera: FilmCamera, clip: MotionClip
) -> tuple[MotionClip, FilmCamera]:
    """Where a known camera says that the person is, in the middle of its way."""
    if not _is_scene(request) or request.camera.known is None:
        return clip, camera
    middle = clip.root_positions.mean(axis=0) * np.array([1.0, 0.0, 1.0])
    away = middle * (setting.size - 1.0)
    return replace(clip, root_positions=clip.root_positions + away), request.camera.known


__all__ = ["Evidence", "fit_body"]
