"""Where a film's camera stands in a world that has the size of the skeleton."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...ground.terrain import ScaledTerrain, Terrain
from ...maths.rotations import normalise
from ...motion.common_skeleton import HEEL_HEIGHT_M
from ..camera import FilmCamera
from ..request import CameraChoice
from ..settings import CameraKind
from ..tracked import TrackedPerson
from .body import Body, Doubles
from .camera import camera_of, looking, steady_camera
from .evidence import Evidence
from .gaps import legs_unseen, with_standing_legs
from .ground import (
    ANKLES,
    plane_under,
    size_by_ground,
    steps_on_ground,
    up_in_camera,
    uprightness,
)
from .levelling import travelling_lean

_EYE_M: Final = 1.5
_PERSON_SURE: Final = 0.12
"""Standard deviation of the logarithm of a size that was lifted."""
_DEPTH_S: Final = 0.3


@dataclass(frozen=True, eq=False)
class Setting:
    """A camera over ground, both as large as the skeleton wants them.

    Args:
        camera: T frames; lengths as of a world in which the skeleton is the person.
        size: how many times as large the true world is.
        stands: (T, 2) how likely each ankle stands on the ground.
        steps: (T, 2, 3) where it is then, camera axes.
        notes: what the user should know.
    """

    camera: FilmCamera
    size: float
    stands: Doubles
    steps: Doubles
    notes: tuple[str, ...] = ()


def settle_camera(
    choice: CameraChoice,
    tracked: TrackedPerson,
    evidence: Evidence,
    body: Body,
    shape: Doubles,
    place: Doubles,
    lifted_size: float,
    terrain: Terrain | None,
) -> Setting:
    """The camera in a world of the skeleton's size, from what is known of it and from the feet.

    Args:
        choice: what is known.
        tracked: whose film it took.
        evidence: what was seen.
        body: the skeleton.
        shape: (T, 14, 3) joints about the middle of the hips, camera axes, in the skeleton's size.
        place: (T, 3) of the middle of the hips, camera axes, by rays alone.
        lifted_size: how many times as large the person is as the skeleton, as it was lifted.
        terrain: the ground in the true world; None where nobody stands on it.
    """
    camera = camera_of(choice, tracked)
    if choice.kind is CameraKind.GUESS:
        return _guessed(camera, tracked, evidence, body, shape, place)
    ankles = place[:, None] + shape[:, ANKLES]
    if terrain is None:
        made = shrunk(camera, lifted_size)
        return Setting(made, lifted_size, np.zeros(ankles.shape[:2]), ankles)
    there = np.einsum("tij,tpj->tpi", camera.rotations, ankles)
    places = there + camera.positions_m[:, None] / lifted_size
    weights = evidence.joint_weights[:, ANKLES]
    stands = steps_on_ground(places, weights, np.array([0.0, 1.0, 0.0]), evidence.rate_hz)
    ground = float(np.nanmedian(terrain.heights((places * lifted_size)[..., [0, 2]])))
    found, sigma = size_by_ground(camera, ankles, stands, ground)
    prior = np.log(lifted_size)
    share = _PERSON_SURE**2 / (_PERSON_SURE**2 + sigma**2) if np.isfinite(sigma) else 0.0
    size = float(np.exp(prior + share * (found - prior)))
    return Setting(shrunk(camera, size), size, stands, ankles)


def shrunk(camera: FilmCamera, size: float) -> FilmCamera:
    """The camera in a world so many times as small."""
    return replace(camera, positions_m=camera.positions_m / size)


def _guessed(
    camera: FilmCamera,
    tracked: TrackedPerson,
    evidence: Evidence,
    body: Body,
    shape: Doubles,
    place: Doubles,
) -> Setting:
    """A camera that does not move, over ground that the feet stand on, ahead of the person."""
    focal = float(camera.focal_px[0])
    up = up_in_camera(shape, evidence.joint_weights)
    notes: tuple[str, ...] = ()
    if up is None:
        up = np.array([0.0, -1.0, 0.0])
        notes = ("nobody stands upright in the film; the camera is taken to be level",)
    else:
        up = _without_walking(tracked, evidence, focal, up, shape, place)
    unseen = legs_unseen(evidence)
    shape = with_standing_legs(body, shape, np.broadcast_to(up, place.shape), unseen)
    ankles = place[:, None] + shape[:, ANKLES]
    weights = np.maximum(evidence.joint_weights[:, ANKLES], 0.3 * unseen[:, None])
    stands = steps_on_ground(ankles, weights, up, evidence.rate_hz)
    plane = plane_under(ankles, stands, up)
    if plane is None:
        height = _EYE_M
        notes = (*notes, "no foot is seen standing; the camera's height is a guess")
    else:
        up, below = plane
        height = HEEL_HEIGHT_M - below
    made = _over_ground(tracked, focal, up, height)
    return Setting(made, 1.0, stands, ankles, notes)


def _over_ground(
    tracked: TrackedPerson, focal_px: float, up: Doubles, height_m: float
) -> FilmCamera:
    # Up in the camera is (-sin roll · cos tilt, -cos roll · cos tilt, -sin tilt).
    tilt = float(np.arcsin(np.clip(-up[2], -1.0, 1.0)))
    roll = float(np.arctan2(-up[0], -up[1]))
    place = np.array([0.0, height_m, 0.0])
    return steady_camera(tracked, focal_px, looking(tilt, roll), place, is_known=False)


def _without_walking(
    tracked: TrackedPerson,
    evidence: Evidence,
    focal_px: float,
    up: Doubles,
    shape: Doubles,
    place: Doubles,
) -> Doubles:
    """Up (3,) with the lean of somebody who travels taken out."""
    camera = _over_ground(tracked, focal_px, up, 0.0)
    directions, share = uprightness(shape, evidence.joint_weights)
    if not share.any():
        return up
    lean = travelling_lean(evidence, camera, place) @ camera.rotations[0]
    total = (share[:, None] * (directions - lean)).sum(axis=0)
    return np.asarray(normalise(total), np.float64)


def over_origin(camera: FilmCamera, place: Doubles) -> FilmCamera:
    """The camera moved on the level, so that a place (3,) in the world comes to x = z = 0."""
    away = np.array([place[0], 0.0, place[2]])
    return replace(camera, positions_m=camera.positions_m - away)


def ground_under(terrain: Terrain, size: float) -> Terrain:
    """The ground in a world so many times as small."""
    return terrain if size == 1.0 else ScaledTerrain(terrain, 1.0 / size)
