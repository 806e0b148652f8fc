"""What the tracker saw in rendered films, beside the truth: learned from, and lent to other motion.

The errors of a landmark network depend on the view: seen from behind, wrists hide; from above, feet
shrink. So motion before a drawn camera is given the errors of a film that was seen from about
there, and the films themselves are learned from too.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.errors import FilmError, InputError
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.lifting.features import (
    JOINT_COUNT,
    POINTS,
    Sight,
    joints_seen,
    look_at,
)
from blender_addon.core.video.lifting.mirror import OTHER_SIDE
from blender_addon.core.video.lifting.seen_points import frames_seen, in_model_time
from blender_addon.core.video.lifting.timeline import model_times, sample
from blender_addon.core.video.lifting.viewpoint import turned, turns_to
from blender_addon.core.video.points import JOINTS, middle_of_hips
from blender_addon.core.video.tracked import TrackedPerson

from .noise import SPREADS_M, Detections
from .samples import Bodies, Samples, wrong_down

_WORST: Final = 0.35
"""Median error in torso lengths: beyond it, somebody else was followed, or nobody."""
_SHORTEST: Final = 20
_NEAREST: Final = 12
_FLIP: Final = np.array([-1.0, 1.0, 1.0])
_LENDERS: Final = np.array(
    [
        JOINTS.index(
            name.replace("Nose", "HeadTop").replace("Knuckles", "Hand").replace("Tip", "Foot")
        )
        for name in POINTS
    ]
)
"""(19,) the joint whose error each point is given: what is no joint takes its neighbour's."""
_OWN_ERROR: Final = np.array([0.0 if name in JOINTS else 1.0 for name in POINTS])

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Sequence30:
    """A film at the network's rate, N frames.

    Args:
        rays: (N, 19, 2) as seen.
        confidence: (N, 19).
        world_m: (N, 19, 3).
        has_world: (N,).
        joints_m: (N, 14, 3) truth, from the camera.
        down: (3,) gravity in the camera's axes.
    """

    rays: Floats
    confidence: Floats
    world_m: Floats
    has_world: Bools
    joints_m: Floats
    down: Floats


@dataclass(frozen=True, eq=False)
class Films:
    """Sequences of films behind one another, and their errors.

    Args:
        sequences: of the bank, each once as it is and once as a mirror shows it.
        starts, counts: (S,) of each in the frames.
        flat_m: (M, 19, 2) errors in the picture, metres at the hips' distance.
        solid_m: (M, 19, 3) errors of the landmark network's places, seen straight on.
        confidence: (M, 19).
        has_world: (M,).
        views: (S, 3) direction to the camera from the body, in its axes.
    """

    sequences: Sequence[Sequence30]
    starts: Ints
    counts: Ints
    flat_m: NDArray[np.float32]
    solid_m: NDArray[np.float32]
    confidence: NDArray[np.float32]
    has_world: Bools
    views: Floats


def read_films(folder: Path) -> Films:
    """Every film of a bank that the tracker followed well enough.

    Args:
        folder: of ``backend.video.films``: NNNNN.npz each.

    Raises:
        InputError: there is none.
    """
    found = [read_sequence(path) for path in sorted(folder.glob("[0-9]*.npz"))]
    kept = [each for each in found if each is not None]
    if not kept:
        raise InputError(
            f"{folder} holds no film that can be learned from ({len(found)} looked at); make some "
            "with 'python3 build.py backend films bank'"
        )
    _log.info("%d of %d films of %s are learned from", len(kept), len(found), folder)
    return gather([*kept, *(mirrored(each) for each in kept)])


def read_sequence(path: Path) -> Sequence30 | None:
    """A film at the network's rate; None where somebody else was followed, or it is too short."""
    with np.load(path, allow_pickle=False) as stored:
        film: dict[str, Any] = {name: stored[name] for name in stored.files}
    if not float(film["error_torso"]) <= _WORST:
        return None
    count = len(film["seen"])
    turns = film["camera_to_world"][:, :3, :3] * np.array([1.0, -1.0, -1.0])
    turns = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]) @ turns  # Z up to Y up
    width, height = (int(side) for side in film["size_px"])
    focal = np.full(count, float(film["focal_px"]))
    camera = FilmCamera((width, height), focal, turns, np.zeros((count, 3)))
    tracked = TrackedPerson(
        0, float(film["fps"]), (width, height), film["points_px"], film["visibility"],
        film["presence"], film["world_m"], film["seen"], film["crops_px"],
    )  # fmt: skip
    try:
        points = in_model_time(tracked, camera, frames_seen(tracked))
    except FilmError:
        return None
    if len(points.rays) < _SHORTEST:
        return None
    truth = sample(film["truth_camera_m"], model_times(count, tracked.frame_rate_hz))
    return Sequence30(
        points.rays, points.confidence, points.world_m, points.has_world, truth, points.down.mean(0)
    )


def mirrored(film: Sequence30) -> Sequence30:
    """As a mirror would show it."""
    return Sequence30(
        film.rays[:, OTHER_SIDE] * _FLIP[:2],
        film.confidence[:, OTHER_SIDE],
        film.world_m[:, OTHER_SIDE] * _FLIP,
        film.has_world,
        film.joints_m[:, OTHER_SIDE[:JOINT_COUNT]] * _FLIP,
        film.down * _FLIP,
    )


def gather(sequences: Sequence[Sequence30]) -> Films:
    """Sequences with their errors."""
    counts = np.array([len(each.rays) for each in sequences])
    errors = [_errors(each) for each in sequences]
    return Films(
        sequences,
        np.cumsum(counts) - counts,
        counts,
        np.concatenate([flat for flat, _ in errors]).astype(np.float32),
        np.concatenate([solid for _, solid in errors]).astype(np.float32),
        np.concatenate([each.confidence for each in sequences]).astype(np.float32),
        np.concatenate([each.has_world for each in sequences]),
        np.stack([_view(each) for each in sequences]),
    )


def _errors(film: Sequence30) -> tuple[Floats, Floats]:
    """(N, 19, 2) in the picture and (N, 19, 3) in space, metres."""
    hips = middle_of_hips(film.joints_m)
    flat = film.rays[:, :JOINT_COUNT] - film.joints_m[..., :2] / film.joints_m[..., 2:]
    flat = flat * hips[:, None, 2:]
    straight = turned(film.joints_m - hips[:, None], turns_to(hips[:, :2] / hips[:, 2:]))
    world = film.world_m[:, :JOINT_COUNT]
    solid = world - middle_of_hips(world)[:, None] - straight
    return flat[:, _LENDERS], solid[:, _LENDERS]


def _view(film: Sequence30) -> Floats:
    """(3,) left, up and ahead of the body: where the camera is from it."""
    axes = _axes_of(film.joints_m, film.down)
    toward = -middle_of_hips(film.joints_m)
    toward = toward / np.linalg.norm(toward, axis=-1, keepdims=True)
    return np.asarray(np.einsum("nij,ni->nj", axes, toward)[len(axes) // 2])


def _axes_of(joints_m: Floats, down: Floats) -> Floats:
    """(N, 3, 3) left, up and ahead of a standing body as columns, of its hips and of gravity."""
    left = joints_m[:, JOINTS.index("LeftUpLeg")] - joints_m[:, JOINTS.index("RightUpLeg")]
    up = np.broadcast_to(-down, left.shape)
    left = left - (left * up).sum(axis=-1, keepdims=True) * up
    left /= np.maximum(np.linalg.norm(left, axis=-1, keepdims=True), 1e-6)
    return np.stack((left, up, np.cross(left, up)), axis=-1)


class Lender:
    """Gives drawn bodies the errors of films, and draws from the films themselves.

    Args:
        films: of a bank.
        rng: draws.
    """

    def __init__(self, films: Films, rng: np.random.Generator) -> None:
        self._films, self._rng = films, rng

    def detect(self, bodies: Bodies, rng: np.random.Generator) -> Detections:
        """What the tracker would say of bodies, with the errors of films seen from about there."""
        films = self._films
        batch, count = bodies.places_m.shape[:2]
        at = self._frames(self._nearest(bodies), count)
        whole = bodies.places_m + bodies.hips_m[:, :, None]
        strength = rng.uniform(0.6, 1.2, (batch, 1, 1, 1))
        own = _OWN_ERROR[:, None] * SPREADS_M[:, None]
        flat = strength * films.flat_m[at] + own * rng.normal(size=(batch, 1, len(POINTS), 2))
        depth = np.maximum(whole[..., 2:], 0.3)
        rays = (whole[..., :2] + flat) / depth
        straight = turned(
            bodies.places_m, turns_to(bodies.hips_m[..., :2] / bodies.hips_m[..., 2:])
        )
        world = straight + strength * films.solid_m[at]
        world += own * rng.normal(size=(batch, 1, len(POINTS), 3))
        shown = rng.random((batch, 1)) < 0.75
        return Detections(rays, films.confidence[at], world, films.has_world[at] & shown)

    def samples(self, batch: int, frames: int) -> Samples:
        """Films as they were seen, people a little larger or smaller and farther or nearer."""
        films, rng = self._films, self._rng
        chosen = rng.integers(len(films.counts), size=batch)
        at = self._frames(chosen, frames) - films.starts[chosen][:, None]
        size = rng.uniform(0.92, 1.08, (batch, 1, 1, 1))
        known = rng.random(batch) < 0.6
        lens = np.where(rng.random(batch) < 0.5, 1.0, np.exp(rng.normal(0.0, 0.25, batch)))
        picked = [(films.sequences[s], frame) for s, frame in zip(chosen, at, strict=True)]
        shown = rng.random((batch, 1)) < 0.85
        down = wrong_down(np.stack([film.down for film, _ in picked]), rng)
        sight = look_at(
            np.stack([film.rays[f] for film, f in picked]) * lens[:, None, None, None],
            np.stack([film.confidence[f] for film, f in picked]),
            np.stack([film.world_m[f] for film, f in picked]),
            np.stack([film.has_world[f] for film, f in picked]) & shown,
            np.broadcast_to(down[:, None], (batch, frames, 3)),
            np.broadcast_to(known[:, None], (batch, frames)),
        )
        joints = size * np.stack([film.joints_m[f] for film, f in picked])
        return Samples(
            Sight(sight.features, sight.turns), joints_seen(joints, sight.turns).astype(np.float32)
        )

    def _nearest(self, bodies: Bodies) -> Ints:
        """(B,) a film that was seen from about where each body is."""
        middle = bodies.hips_m.shape[1] // 2
        hips = bodies.hips_m[:, middle]
        toward = -hips / np.linalg.norm(hips, axis=-1, keepdims=True)
        left = bodies.body_axes[:, middle, :, 0]
        up = -bodies.down
        left = left - (left * up).sum(axis=-1, keepdims=True) * up
        left /= np.maximum(np.linalg.norm(left, axis=-1, keepdims=True), 1e-6)
        axes = np.stack((left, up, np.cross(left, up)), axis=-1)
        view = np.einsum("bij,bi->bj", axes, toward)
        near = np.argsort(-(view @ self._films.views.T), axis=1)[:, :_NEAREST]
        return near[np.arange(len(near)), self._rng.integers(near.shape[1], size=len(near))]

    def _frames(self, chosen: Ints, count: int) -> Ints:
        """(B, T) frames of the bank: to and fro where a film is shorter."""
        films = self._films
        last = np.maximum(films.counts[chosen] - 1, 1)[:, None]
        start = self._rng.integers(0, 2 * last)
        at = np.abs((start + np.arange(count) + last) % (2 * last) - last)
        return np.asarray(films.starts[chosen][:, None] + at)
