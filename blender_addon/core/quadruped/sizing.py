"""Requests in the world of the model, where all hips are half a metre high."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..conventions import Floats
from ..ground.path import Path, Stop
from ..ground.terrain import FlatTerrain, ScaledTerrain, Terrain
from .request import QuadrupedRequest

_LATER_S: Final = 0.5
_FASTER: Final = 0.02
"""How much later at most, and faster or slower, those of a herd go."""


def at_model_size(request: QuadrupedRequest) -> QuadrupedRequest:
    """The same request in the world of the model: lengths, times, speeds and ground scaled.

    Args:
        request: in the animal's own metres and seconds.
    """
    body = request.body
    long, slow = body.length_factor, body.time_factor
    x, z, heading = request.place
    return replace(
        request,
        body=body.at_model_size(),
        path=None if request.path is None else scaled_path(request.path, long, slow),
        terrain=scaled_terrain(request.terrain, long),
        place=(x * long, z * long, heading),
        stand_s=request.stand_s * slow,
        stand_before_s=request.stand_before_s * slow,
        stand_after_s=request.stand_after_s * slow,
        gait_changes=tuple(replace(c, at_m=c.at_m * long) for c in request.gait_changes),
        marks=tuple(
            replace(mark, at_m=mark.at_m * long, seconds=mark.seconds * slow)
            for mark in request.marks
        ),
    )


def scaled_path(path: Path, length_factor: float, time_factor: float) -> Path:
    """A path whose lengths and times are multiplied."""
    stops = tuple(Stop(s.at_m * length_factor, s.seconds * time_factor) for s in path.stops)
    speeds = path.speeds_m_s * (length_factor / time_factor)
    return Path(path.points * length_factor, speeds, stops, path.closed)


def scaled_terrain(terrain: Terrain, factor: float) -> Terrain:
    """The same ground for an animal ``factor`` times as large."""
    if isinstance(terrain, FlatTerrain):
        return FlatTerrain(terrain.height_m * factor)
    return ScaledTerrain(terrain, factor)


def out_of_step(requests: Sequence[QuadrupedRequest]) -> list[QuadrupedRequest]:
    """Requests of a herd, by their seeds a little later, and a little faster or slower, each.

    One animal goes exactly as asked, and so do those of equal seeds among each other.

    Args:
        requests: in the world of the model.
    """
    if len(requests) < 2:
        return list(requests)
    return [_out_of_step(request) for request in requests]


def _out_of_step(request: QuadrupedRequest) -> QuadrupedRequest:
    if request.path is None:
        return request
    later, faster = np.random.default_rng(request.seed).uniform(
        (0.0, -_FASTER), (_LATER_S, _FASTER)
    )
    path = request.path
    return replace(
        request,
        path=Path(path.points, path.speeds_m_s * (1.0 + faster), path.stops, path.closed),
        stand_before_s=request.stand_before_s + later,
    )


def true_track(track: Floats, length_factor: float) -> Floats:
    """A track (T, 3) of x, z, heading, or (T, 2), in true metres."""
    scale = np.ones(track.shape[-1])
    scale[:2] = 1.0 / length_factor
    return np.asarray(track * scale)
