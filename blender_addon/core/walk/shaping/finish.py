"""Recorded walks on their way to a clip: shaped, the head ahead of the body, in true time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

import numpy as np

from ...conventions import MODEL_FRAME_RATE_HZ, Floats
from ...maths.segments import Segments
from .body import Poses
from .cycles import WholeCycles
from .head import LEAD_S, lead_head
from .shape import Shaping, gather, shape_poses, velocities
from .tempo import nearest, resampled, resampled_rotations

_LOOK_S: Final = 0.6
"""How far ahead the ground is that the head is lowered for, where the way is known."""
_NEAR_M: Final = 0.4
"""Who gets no further than this within that time looks down less."""


def finish_walks(walks: Sequence[Poses], shapings: Sequence[Shaping]) -> list[Poses]:
    """Poses as they are asked for, in true time.

    Args:
        walks: M frames each.
        shapings: of each.
    """
    done = list(walks)
    asked = [number for number, shaping in enumerate(shapings) if shaping.values]
    if asked:
        for number, walk in zip(asked, _shaped(walks, shapings, asked), strict=True):
            done[number] = walk
    _lead_heads(done, shapings)
    return [_in_true_time(*pair) for pair in zip(done, shapings, strict=True)]


def _shaped(
    walks: Sequence[Poses], shapings: Sequence[Shaping], members: Sequence[int]
) -> list[Poses]:
    motions = Segments.of(*(len(walks[n].hips) for n in members))
    whole = _joined([walks[n] for n in members])
    values = gather([shapings[n] for n in members], motions)
    hips, rotations = shape_poses(
        whole, values, velocities(whole.track, motions), WholeCycles(motions)
    )
    return [
        Poses(
            hips[part], rotations[part], whole.track[part], whole.ground[part], whole.scores[part]
        )
        for part in motions.slices()
    ]


def _lead_heads(walks: Sequence[Poses], shapings: Sequence[Shaping]) -> None:
    """Turn the heads of walks, in place."""
    motions = Segments.of(*(len(walk.hips) for walk in walks))
    whole = _joined(walks)
    pace = np.concatenate(
        [
            np.broadcast_to(shaping.rate, len(walk.hips))
            for walk, shaping in zip(walks, shapings, strict=True)
        ]
    )
    headings = whole.track[:, 2]
    ahead = _later(headings, LEAD_S * pace, motions) - headings
    way = _later(whole.track[:, :2], _LOOK_S * pace, motions) - whole.track[:, :2]
    gone = np.sqrt((way * way).sum(axis=1))
    rise = _later(whole.ground, _LOOK_S * pace, motions) - whole.ground
    slope = rise / np.maximum(gone, _NEAR_M)
    lead_head(whole.rotations, headings, ahead, slope, WholeCycles(motions))
    for walk, part in zip(walks, motions.slices(), strict=True):
        walk.rotations[:] = whole.rotations[part]


def _later(values: Floats, seconds: Floats, motions: Segments) -> Floats:
    """(N, ...) values so many model seconds (N,) later, of their own motion's end at most."""
    at = np.minimum(motions.frames + seconds * MODEL_FRAME_RATE_HZ, motions.last)
    before = at.astype(np.int64)
    after = np.minimum(before + 1, motions.last)
    share = (at - before).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values[before] + share * (values[after] - values[before]))


def _in_true_time(walk: Poses, shaping: Shaping) -> Poses:
    at = shaping.at
    if at is None:
        return walk
    return Poses(
        resampled(walk.hips, at),
        resampled_rotations(walk.rotations, at),
        resampled(walk.track, at),
        resampled(walk.ground, at),
        nearest(walk.scores, at),
    )


def _joined(walks: Sequence[Poses]) -> Poses:
    return Poses(
        *(np.concatenate([getattr(walk, each.name) for walk in walks]) for each in fields(Poses))
    )
