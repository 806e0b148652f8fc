"""Every edit as the product makes it, of one clip: what it needs beside it is drawn by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from blender_addon.core.editing.edited import Edited
from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.clip import MotionClip
from tests.editing.data.corpus_samples import walk

_MODELS: Final = Path(__file__).resolve().parents[3] / "onnx_models"
_MANIFOLD: Final = ("manifold_2016", "manifold_2016_decoder", "manifold_2016_gradient")

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


def sessions(*names: str) -> list[ModelSession]:
    """Networks of the repository."""
    missing = [name for name in names if not (_MODELS / f"{name}.onnx").is_file()]
    if missing:
        pytest.skip(f"no trained {', '.join(missing)} in {_MODELS}")
    return [ModelSession(_MODELS / f"{name}.onnx", ("CPUExecutionProvider",)) for name in names]


@cache
def filler() -> FillPipeline:
    """The filler."""
    return FillPipeline(*sessions("motion_filler"))


def _fill() -> Run:
    def run(clip: MotionClip, progress: Progress) -> Edited:
        known = np.ones(clip.frame_count, bool)
        known[clip.frame_count // 3 : clip.frame_count // 2] = False
        return filler().fill(clip, known, on_progress=progress)

    return run


def _clean() -> Run:
    from blender_addon.core.editing.clean.pipeline import CleanPipeline
    from blender_addon.core.editing.clean.settings import CleanSettings

    pipeline = CleanPipeline(filler(), *sessions("motion_cleaner"))
    return lambda clip, progress: pipeline.clean(clip, CleanSettings(), on_progress=progress)


def _restyle() -> Run:
    from blender_addon.core.editing.restyle.pipeline import RestylePipeline

    pipeline = RestylePipeline(*sessions(*_MANIFOLD))
    slow = replace(walk(30.0), root_positions=walk(30.0).root_positions * [1, 0.97, 0.7])
    return lambda clip, progress: pipeline.restyle(clip, slow, on_progress=progress)


def _vary() -> Run:
    from blender_addon.core.editing.vary.pipeline import VaryPipeline
    from blender_addon.core.editing.vary.settings import VarySettings

    pipeline = VaryPipeline(*sessions("motion_prior", "motion_prior_decoder"))
    return lambda clip, progress: pipeline.vary(clip, VarySettings(), 1, on_progress=progress)


def _follow() -> Run:
    from blender_addon.core.editing.follow.pipeline import FollowPipeline

    pipeline = FollowPipeline(*sessions(*_MANIFOLD, "manifold_2016_control"))
    bend = np.array([[0, 0, 0], [0, 0, 1.5], [1, 0, 2.5]], np.float32)
    return lambda clip, progress: pipeline.follow(clip, bend, on_progress=progress)


def _loop() -> Run:
    from blender_addon.core.editing.loop.make import make_loop
    from blender_addon.core.editing.loop.settings import LoopSettings

    return lambda clip, progress: make_loop(clip, LoopSettings(), filler(), progress)


def _connect() -> Run:
    from blender_addon.core.editing.connect.join import connect
    from blender_addon.core.editing.connect.settings import ConnectSettings

    def run(clip: MotionClip, progress: Progress) -> Edited:
        return connect(clip, clip, ConnectSettings(), filler(), progress)

    return run


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
    from blender_addon.core.editing.map.pipeline import MapPipeline

    return MapPipeline(*sessions("motion_prior")).latents(clips)
