"""What is settled for a whole film before its frames: sizes, camera, and where the person is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from ...conventions import Bools
from ...errors import FilmError
from ...ground.terrain import FlatTerrain, Terrain
from ..camera import FilmCamera
from ..request import FitRequest
from ..settings import CameraKind
from ..tracked import LiftedBody, TrackedPerson
from .body import Body, Doubles
from .camera import camera_of
from .evidence import Evidence, gather
from .gaps import bridge, guessed_frames, legs_unseen, with_standing_legs
from .ground import ANKLES, depth_by_feet, feet_at_rest, standing_places
from .levelling import stand_upright
from .place import place_person
from .proportions import proportioned
from .setting import Setting, ground_under, over_origin, settle_camera, shrunk
from .size import size_of
from .travelling import go_along
from .whole_limbs import whole_limbs

_DEPTH_S: Final = 0.3
_SURE: Final = 0.3
_TORSO_M: Final = 0.5
_TIMES: Final = 5.0
_DOUBTS: Final = (0.04, 0.2)
_MOST_STRETCH: Final = 1.08
"""By how much steps may be longer or shorter than the skeleton's legs make them, to stay where a
known camera saw them."""


@dataclass(frozen=True, eq=False)
class Layout:
    """A whole film, ready to be fitted stretch by stretch.

    Args:
        request: what is asked for.
        evidence: what was seen.
        scale: how many times as large the skeleton that is to follow is as a usual person.
        body: that skeleton in the size of a usual person: all is settled in that size.
        person: the same with the person's proportions.
        setting: camera and ground in that size.
        shape: (T, 14, 3) lifted joints about the middle of the hips, camera axes, in that size.
        place: (T, 3) of the middle of the hips, camera axes.
        seen_torso: standard deviation of what was seen, in torso lengths.
        unseen: (T,) 0 … 1 where no leg is seen.
        guessed: (T,) frames that are filled in or mostly guessed.
    """

    request: FitRequest
    evidence: Evidence
    scale: float
    body: Body
    person: Body
    setting: Setting
    shape: Doubles
    place: Doubles
    seen_torso: float
    unseen: Doubles
    guessed: Bools

    @property
    def frame_count(self) -> int:
        """T."""
        return self.evidence.frame_count

    @property
    def camera(self) -> FilmCamera:
        """In the size of a usual person."""
        return self.setting.camera

    @cached_property
    def told_camera(self) -> FilmCamera:
        """The one that the result is seen by."""
        known = self.request.camera.known
        if self.request.camera.kind is CameraKind.SCENE and known is not None:
            return known
        return shrunk(self.setting.camera, 1.0 / self.scale)

    @property
    def terrain(self) -> Terrain:
        """Of the true world."""
        return self.request.terrain or FlatTerrain()

    @cached_property
    def way(self) -> tuple[Doubles, Doubles]:
        """Factors (3,) and shift (3,) that bring places to the result's world.

        That is as large as the skeleton wants it; before a known camera the person's way is where
        the camera saw it, and only heights are the skeleton's own.
        """
        if self.request.camera.kind is not CameraKind.SCENE:
            return np.full(3, self.scale), np.zeros(3)
        size = self.setting.size
        factor = float(np.clip(size, self.scale / _MOST_STRETCH, self.scale * _MOST_STRETCH))
        middle = self.camera.to_world(self.place[:, None])[:, 0].mean(axis=0)
        shift = middle * (size - factor) * np.array([1.0, 0.0, 1.0])
        return np.array([factor, self.scale, factor]), shift

    def in_result(self, root: Doubles) -> Doubles:
        """Places (T, 3) of the person's world in the result's."""
        factors, shift = self.way
        return np.asarray(root * factors + shift)


def lay_out(tracked: TrackedPerson, lifted: LiftedBody, request: FitRequest) -> Layout:
    """Settle what concerns a whole film.

    Raises:
        FilmError: nobody is seen, or what was lifted does not belong to what was tracked.
        SkeletonError: the skeleton lacks a joint that is tracked.
        SettingsError: the camera does not belong to the film.
    """
    if len(lifted.joints_m) != tracked.frame_count:
        raise FilmError(
            f"{tracked.frame_count} frames were tracked and {len(lifted.joints_m)} lifted; "
            "lift the same part of the film"
        )
    scale = Body(request.skeleton).person_size()
    body = Body(request.skeleton.scaled(1.0 / scale))
    evidence = gather(tracked, lifted)
    if not evidence.known.any():
        raise FilmError(
            "nobody was found in this part of the film; choose another part, or a film in which "
            "a person is seen"
        )
    ratio = size_of(body, evidence)
    shape = bridge(evidence.lifted * ratio, evidence.known, evidence.rate_hz)
    told = camera_of(request.camera, tracked)
    place = place_person(evidence, told, shape, _DEPTH_S)
    if request.camera.kind is not CameraKind.GUESS:
        shape = stand_upright(evidence, told, shape, place, 1.0 / ratio)
        place = place_person(evidence, told, shape, _DEPTH_S)
    terrain = request.terrain or FlatTerrain()
    beneath = terrain if request.settings.on_ground else None
    setting = settle_camera(
        request.camera, tracked, evidence, body, shape, place, 1.0 / ratio, beneath
    )
    if request.camera.kind is not CameraKind.SCENE:
        setting = _with_moving_camera(setting, evidence, shape, place)
    setting, place = _place_by_feet(request, evidence, setting, shape, place, terrain)
    unseen = legs_unseen(evidence)
    shape = with_standing_legs(body, shape, setting.camera.rotations[:, 1], unseen)
    if request.camera.kind is not CameraKind.SCENE:
        first = np.flatnonzero(evidence.known)[0]
        start = setting.camera.to_world(place[:, None])[first, 0]
        setting = replace(setting, camera=over_origin(setting.camera, start))
    person = proportioned(body, evidence, ratio)
    shape = whole_limbs(shape, person.rest, evidence.rate_hz)
    return Layout(
        request, evidence, scale, body, person, setting, shape, place,
        _doubt(evidence, setting.camera, shape, place), unseen, guessed_frames(evidence),
    )  # fmt: skip


def _with_moving_camera(
    setting: Setting, evidence: Evidence, shape: Doubles, place: Doubles
) -> Setting:
    moving = go_along(setting.camera, evidence, shape, place)
    if moving is None:
        return setting
    note = "the camera seems to move; its way was found by the feet that stand"
    return replace(setting, camera=moving, notes=(*setting.notes, note))


def _doubt(evidence: Evidence, camera: FilmCamera, shape: Doubles, place: Doubles) -> float:
    """How far what was seen is to be doubted, in torso lengths: by how far it is from lifted."""
    rays = camera.rays(evidence.points_px)
    joints = place[:, None] + shape
    off = np.linalg.norm(joints[..., :2] - rays * joints[..., 2:], axis=-1) / _TORSO_M
    seen = evidence.weights > _SURE
    apart = float(np.median(off[seen])) if seen.any() else _DOUBTS[1]
    return float(np.clip(_TIMES * apart, *_DOUBTS))


def _place_by_feet(
    request: FitRequest,
    evidence: Evidence,
    setting: Setting,
    shape: Doubles,
    place: Doubles,
    terrain: Terrain,
) -> tuple[Setting, Doubles]:
    """Which ankles stand, and (T, 3) the middle of the hips by rays, size and feet."""
    if not request.settings.on_ground:
        return replace(setting, stands=np.zeros_like(setting.stands)), place
    ground = ground_under(terrain, setting.size)
    ankles = setting.camera.to_world(place[:, None] + shape[:, ANKLES])
    heights = np.nan_to_num(ground.heights(ankles[..., [0, 2]])).astype(np.float64)
    rest, told = feet_at_rest(evidence, setting.camera, float(np.median(heights)))
    setting = replace(setting, stands=np.where(told > 0.0, rest, 0.0))
    by_feet = depth_by_feet(evidence, setting.camera, shape, place[:, 2], setting.stands, heights)
    place = place_person(evidence, setting.camera, shape, _DEPTH_S, by_feet)
    joints = place[:, None] + shape
    steps = standing_places(evidence, setting.camera, joints, setting.stands, heights)
    return replace(setting, steps=steps), place
