"""What a walk costs next to what it cannot do without: the network's own steps.

Ratios hold on a slow machine as on a fast one, and on a busy one as on an idle one.
"""

from __future__ import annotations

import tracemalloc

import numpy as np

from backend.bench.timing import time_ratio
from blender_addon.core.ground.path import Path
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest

from .bench_walk import make_feeds, make_path

CROWDS = (64, 256, 1024)
LONG_MINUTES = 20
_SHORT_S = 10.0
_SPEED_M_S = 1.3
_CROWD_PATH_M = 2.0
_MANY = 500
_MOST_CHARACTER_FRAMES = 100_000
"""Calls that are compared treat about so many: a crowd of a thousand takes seconds for them."""


def crowd_over_step(session: ModelSession, size: int) -> float:
    """A crowd's character-frame, all of it, over the network's own step of as many characters."""
    turns = 1 if size > _MANY else 3  # of a thousand, one call takes long enough
    pipeline, requests = LocomotionPipeline(session), make_crowd(size)
    frames = _frames(pipeline, requests)
    feeds = make_feeds(session, size)
    steps = max(min(frames, _MOST_CHARACTER_FRAMES) // size, 1)

    def reference() -> None:
        for _ in range(steps):
            session.run(feeds)

    ratio = time_ratio(lambda: pipeline.generate(requests), reference, turns=turns, warm_up=0)
    return ratio * steps * size / frames


def frame_over_step(session: ModelSession, turns: int = 7) -> float:
    """One character's frame, all of it, over the network's own step of one."""
    pipeline, request = LocomotionPipeline(session), WalkRequest(make_path())
    frames = _frames(pipeline, [request])
    feeds = make_feeds(session, 1)

    def reference() -> None:
        for _ in range(frames):
            session.run(feeds)

    return time_ratio(lambda: pipeline.generate([request]), reference, turns=turns, warm_up=0)


def long_over_short(session: ModelSession, minutes: float = LONG_MINUTES) -> float:
    """A frame of a long walk over a frame of one of ten seconds."""
    pipeline = LocomotionPipeline(session)
    short, long = (WalkRequest(make_winding_path(s)) for s in (_SHORT_S, 60.0 * minutes))
    short_frames = _frames(pipeline, [short])
    repeats = max(round(20.0 * minutes / _SHORT_S), 1)
    found: list[int] = []

    def reference() -> None:
        for _ in range(repeats):
            pipeline.generate([short])

    ratio = time_ratio(
        lambda: found.append(_frames(pipeline, [long])), reference, turns=1, warm_up=0
    )
    return ratio * repeats * short_frames / found[-1]


def crowd_kb_per_frame(session: ModelSession, size: int = 256) -> float:
    """Memory that a crowd takes at most, results included, kilobytes a character-frame."""
    pipeline, requests = LocomotionPipeline(session), make_crowd(size)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        frames = _frames(pipeline, requests)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return (peak - before) / frames / 1e3


def make_crowd(size: int) -> list[WalkRequest]:
    """Characters side by side, each on a path of its own."""
    return [
        WalkRequest(make_path(1.0 + n / size, 2.0 * n, _CROWD_PATH_M), seed=n) for n in range(size)
    ]


def make_winding_path(seconds: float) -> Path:
    """A path that winds on and on, walked at one speed in about so many seconds."""
    along = np.linspace(0.0, _SPEED_M_S * seconds, max(int(2 * seconds), 2))
    points = np.column_stack((1.5 * np.sin(0.5 * along), np.zeros(len(along)), 0.9 * along))
    return Path(points, np.full(len(along), _SPEED_M_S))


def _frames(pipeline: LocomotionPipeline, requests: list[WalkRequest]) -> int:
    return sum(result.clip.frame_count for result in pipeline.generate(requests))
