"""Every edit as the product makes it, of one clip: what it needs beside it is drawn by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.editing.opened import (
    open_clean,
    open_fill,
    open_follow,
    open_map,
    open_restyle,
    open_vary,
)
from blender_addon.core.editing.clean.settings import CleanSettings
from blender_addon.core.editing.connect.join import connect
from blender_addon.core.editing.connect.settings import ConnectSettings
from blender_addon.core.editing.edited import Edited
from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.editing.follow.settings import FollowSettings
from blender_addon.core.editing.loop.make import make_loop
from blender_addon.core.editing.loop.settings import LoopSettings
from blender_addon.core.editing.restyle.settings import RestyleSettings
from blender_addon.core.editing.vary.settings import VarySettings
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.clip import MotionClip
from tests.editing.data.corpus_samples import walk

_MODELS: Final = Path(__file__).resolve().parents[3] / "onnx_models"
_BEND: Final = np.array([[0, 0, 0], [0, 0, 1.5], [1, 0, 2.5]], np.float32)

Run = Callable[[MotionClip, Progress], Edited]


@dataclass(frozen=True)
class Made:
    """An edit.

    Args:
        name: of it.
        keeps_time: whether the result has the frames of the clip.
        open: loads its models and gives what makes it.
    """

    name: str
    keeps_time: bool
    open: Callable[[], Run]

    def __call__(self, clip: MotionClip, progress: Progress | None = None) -> Edited:
        """Edit a clip."""
        return _opened(self)(clip, progress or Progress())


@cache
def _opened(made: Made) -> Run:
    return made.open()


@cache
def filler() -> FillPipeline:
    """The filler."""
    return open_fill(_MODELS)


def _fill() -> Run:
    def run(clip: MotionClip, progress: Progress) -> Edited:
        known = np.ones(clip.frame_count, bool)
        known[clip.frame_count // 3 : clip.frame_count // 2] = False
        return filler().fill(clip, known, on_progress=progress)

    return run


def _clean() -> Run:
    pipeline = open_clean(_MODELS)
    return lambda clip, progress: pipeline.clean(clip, CleanSettings(), on_progress=progress)


def _restyle() -> Run:
    pipeline, steady = open_restyle(_MODELS), walk(30.0)
    slow = replace(steady, root_positions=steady.root_positions * np.array([1, 0.97, 0.7]))
    few = RestyleSettings(steps=20)
    return lambda clip, progress: pipeline.restyle(clip, slow, few, on_progress=progress)


def _vary() -> Run:
    pipeline = open_vary(_MODELS)
    return lambda clip, progress: pipeline.vary(clip, VarySettings(), 1, on_progress=progress)


def _follow() -> Run:
    pipeline = open_follow(_MODELS)
    rough = FollowSettings(clean=False)
    return lambda clip, progress: pipeline.follow(clip, _BEND, rough, on_progress=progress)


def _loop() -> Run:
    return lambda clip, progress: make_loop(clip, LoopSettings(), filler(), progress)


def _connect() -> Run:
    return lambda clip, progress: connect(clip, clip, ConnectSettings(), filler(), progress)


EDITS: Final[tuple[Made, ...]] = (
    Made("fill", True, _fill),
    Made("clean", True, _clean),
    Made("restyle", True, _restyle),
    Made("vary", True, _vary),
    Made("follow", False, _follow),
    Made("loop", False, _loop),
    Made("connect", False, _connect),
)


def map_of(clips: list[MotionClip]) -> Any:
    """Windows of clips on the map."""
    return open_map(_MODELS).latents(clips)
