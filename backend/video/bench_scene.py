"""Tracking of a film that Blender reads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from blender_addon.blender.film.movie_file import open_movie
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.video.request import TrackRequest
from blender_addon.core.video.tracking.tracker import BodyTracker


def tracked_per_second(
    film: Path, sessions: Sequence[ModelSession], frames: int, repeats: int
) -> float:
    """Pictures that are read and tracked in a second; the median of several times.

    Args:
        film: a movie file.
        sessions: person detector and landmarks.
        frames: of its beginning.
        repeats: how often; once more before, untimed.
    """
    tracker = BodyTracker(*sessions)
    request = TrackRequest(first=0, last=frames - 1)
    took = []
    for _ in range(repeats + 1):
        reader, _ = open_movie(film)
        started = time.perf_counter()
        tracker.track(reader, request)
        took.append(time.perf_counter() - started)
    return frames / float(np.median(took[1:]))
