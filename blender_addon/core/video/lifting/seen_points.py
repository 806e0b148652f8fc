"""What is known of a tracked person in every frame of the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...conventions import Bools, Floats
from ...errors import FilmError
from ..camera import FilmCamera
from ..tracked import Seen, TrackedPerson
from .features import Sight, look_at, point_confidence, points_of
from .gaps import SHORT_S, bridge, near
from .timeline import model_times, sample, slowed


@dataclass(frozen=True, eq=False)
class SeenPoints:
    """Points of a person in the N frames of the network.

    Args:
        rays: (N, 19, 2).
        confidence: (N, 19).
        world_m: (N, 19, 3).
        has_world: (N,).
        down: (N, 3).
        has_down: whether gravity is known.
    """

    rays: Floats
    confidence: Floats
    world_m: Floats
    has_world: Bools
    down: Floats
    has_down: bool

    def sight(self, first: int, end: int) -> Sight:
        """What the network reads of some of the frames, as a batch of one."""
        part = slice(first, end)
        known = np.full((1, len(self.rays[part])), self.has_down)
        return look_at(
            self.rays[None, part],
            self.confidence[None, part],
            self.world_m[None, part],
            self.has_world[None, part],
            self.down[None, part],
            known,
        )


def frames_seen(tracked: TrackedPerson) -> Bools:
    """(T,) frames in which there is something to lift.

    Raises:
        FilmError: there is none.
    """
    there = np.isfinite(tracked.points_px).all(axis=-1).any(axis=-1)
    seen = (tracked.seen != Seen.EMPTY) & there
    if not seen.any():
        raise FilmError(
            f"nobody was found in any of the {tracked.frame_count} pictures; choose another part "
            "of the film, or click on the person"
        )
    return np.asarray(seen)


def in_model_time(tracked: TrackedPerson, camera: FilmCamera, seen: Bools) -> SeenPoints:
    """A person's points at the network's rate, gaps bridged.

    Args:
        tracked: T pictures.
        camera: of as many.
        seen: (T,) of ``frames_seen``.
    """
    rate = tracked.frame_rate_hz
    at = model_times(tracked.frame_count, rate)
    pixels = points_of(np.where(seen[:, None, None], tracked.points_px, np.nan))
    known = np.isfinite(pixels).all(axis=-1)
    rays = bridge(camera.rays(pixels), known)
    confidence = point_confidence(np.nan_to_num(tracked.visibility)) * known
    world = points_of(tracked.world_m)
    solid = np.isfinite(world).all(axis=(1, 2)) & seen
    has_world = near(solid, round(SHORT_S * rate))
    world = bridge(world, np.broadcast_to(solid[:, None], known.shape))
    down = -camera.rotations[:, 1, :]  # the world's up in the camera's axes, turned round
    return SeenPoints(
        sample(slowed(rays, rate), at),
        np.clip(sample(slowed(confidence, rate), at), 0.0, 1.0),
        sample(slowed(world, rate), at),
        has_world[np.round(at).astype(np.int64)],
        np.asarray(sample(down, at)),
        camera.is_known,
    )
