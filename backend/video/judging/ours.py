"""Our own lifter and fit as systems, with the camera known and guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.film.facts import FilmReader
from blender_addon.core.jobs import OnProgress, Progress
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.fitting.camera import camera_of
from blender_addon.core.video.fitting.fit import fit_body
from blender_addon.core.video.lifting.lifter import Lifter
from blender_addon.core.video.points import joint_confidence, joints_of, middle_of_hips
from blender_addon.core.video.request import CameraChoice, FitRequest, TrackRequest
from blender_addon.core.video.settings import CameraKind, FitSettings
from blender_addon.core.video.tracked import LiftedBody, Seen, TrackedPerson

from .path_errors import joints_of_clip
from .scores import Followed
from .systems import PERFECT, Shown, System, perfect
from .truth import FilmTruth

LIFTER: Final = "lifter"
FIT: Final = "fit"
KNOWN: Final = "_known_camera"
"""Ends the name of a system that is told the camera."""
OFF_GROUND: Final = "_off_ground"
"""Ends the name of a fit that does not know of a level ground."""

Lift = Callable[[TrackedPerson, FilmCamera], LiftedBody]


def our_systems(lift: Lift, name: str = "") -> Mapping[str, System]:
    """Lifter and whole fit, with the camera guessed and known, and with true points.

    Args:
        lift: of a tracked person and a camera.
        name: begins the names, for another lifter than ours.
    """
    plain: dict[str, System] = {
        f"{name}{LIFTER}": lifting(lift, knows_camera=False),
        f"{name}{LIFTER}{KNOWN}": lifting(lift, knows_camera=True),
        f"{name}{FIT}": fitting(lift, knows_camera=False),
        f"{name}{FIT}{KNOWN}": fitting(lift, knows_camera=True),
        f"{name}{FIT}{KNOWN}{OFF_GROUND}": fitting(lift, knows_camera=True, on_ground=False),
    }
    ideal = {f"{each}{PERFECT}": perfect(plain[each]) for each in list(plain)[:4]}
    return plain | ideal


def lifting(lift: Lift, *, knows_camera: bool) -> System:
    """A lifter alone: bones as it finds them."""

    def system(shown: Shown) -> Followed:
        camera = camera_of(_choice(shown.truth, knows_camera), shown.tracked)
        joints = np.asarray(lift(shown.tracked, camera).joints_m, np.float64)
        return Followed(joints, joints_of(np.asarray(shown.tracked.points_px, np.float64)))

    return system


def fitting(lift: Lift, *, knows_camera: bool, on_ground: bool = True) -> System:
    """The whole of it: joints of the clip, in the axes of the camera that it says there was."""
    settings = FitSettings(on_ground=on_ground)

    def system(shown: Shown) -> Followed:
        choice = _choice(shown.truth, knows_camera)
        lifted = lift(shown.tracked, camera_of(choice, shown.tracked))
        fitted = fit_body(shown.tracked, lifted, FitRequest(camera=choice, settings=settings))
        joints = fitted.camera.to_camera(joints_of_clip(fitted.clip))
        points = np.asarray(fitted.points_px, np.float64)
        return Followed(np.asarray(joints, np.float64), points, fitted.clip, fitted.camera)

    return system


@dataclass(frozen=True, eq=False)
class Told:
    """A tracker that says what was seen before."""

    tracked: TrackedPerson

    def track(
        self,
        reader: FilmReader,
        request: TrackRequest,
        on_progress: Progress | OnProgress | None = None,
    ) -> TrackedPerson:
        """What was seen, whatever the film."""
        del reader, request, on_progress
        return self.tracked


@dataclass(frozen=True, eq=False)
class LiftedBy:
    """A function as the lifter of a pipeline."""

    by: Lift

    def lift(
        self,
        tracked: TrackedPerson,
        camera: FilmCamera,
        on_progress: Progress | OnProgress | None = None,
    ) -> LiftedBody:
        """What the function makes of it."""
        del on_progress
        return self.by(tracked, camera)


def lift_with(lifter: Lifter) -> Lift:
    """What a lifter does, without its progress."""
    return lambda tracked, camera: lifter.lift(tracked, camera)


def lift_by(system: System, truth: FilmTruth) -> Lift:
    """A system's joints as if a lifter had made them, so that the fit can be tried with others."""

    def lift(tracked: TrackedPerson, camera: FilmCamera) -> LiftedBody:
        del camera  # a system takes it from the truth
        joints = system(Shown(truth, tracked)).seen_m
        joints = joints - middle_of_hips(joints)[:, None]
        known = np.isfinite(joints).all(axis=(1, 2))
        nearest = np.flatnonzero(known)[
            np.abs(np.arange(len(known))[:, None] - np.flatnonzero(known)).argmin(axis=1)
        ]
        sure = joint_confidence(np.asarray(tracked.visibility, np.float64))
        sure[tracked.seen == Seen.EMPTY] = 0.0
        return LiftedBody(joints[nearest], sure)

    return lift


def _choice(truth: FilmTruth, knows_camera: bool) -> CameraChoice:
    if knows_camera:
        return CameraChoice(kind=CameraKind.SCENE, known=truth.camera)
    return CameraChoice(kind=CameraKind.GUESS)
