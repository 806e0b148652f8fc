"""``evaluate editing --pictures``: motions before and after every edit, for eyes to judge."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from backend.mocap.recordings import Recording
from blender_addon.core.editing.clean.settings import CleanSettings
from blender_addon.core.editing.connect.join import connect
from blender_addon.core.editing.connect.settings import ConnectSettings
from blender_addon.core.editing.fill.cubic import fill_cubic
from blender_addon.core.editing.loop.make import make_loop
from blender_addon.core.editing.loop.settings import LoopSettings
from blender_addon.core.editing.vary.settings import VarySettings
from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    normalise,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip

from .evaluation import Evaluation
from .opened import open_clean, open_fill, open_follow, open_restyle, open_vary
from .pictures import draw_before_after


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is drawn on one sheet.

    Args:
        name: what was edited.
        motions: by what they are.
        edited_s: from when to when; None for all of it.
    """

    name: str
    motions: Mapping[str, MotionClip]
    edited_s: tuple[float, float] | None = None


Show = Callable[[Recording, Recording], Sheet]
"""A recording, and another one where two are needed, to a sheet."""

LONGEST_S: Final = 8.0
_GAP_S: Final = 1.0
_LEAST_S: Final = 3.0
_JITTER_DEG: Final = 3.0
_PATH_M: Final = np.array([[0, 0, 0], [0, 0, 2], [1.5, 0, 3.5], [3.5, 0, 3.5]], np.float32)

_log = logging.getLogger(__name__)


def draw_edits(evaluation: Evaluation, folder: Path) -> list[Path]:
    """A sheet for each edit of the judged recordings, one of each label.

    Args:
        evaluation: what is judged, by which networks.
        folder: gets the pictures; an edit whose network is missing has none, and that is said.
    """
    chosen = choose(evaluation.val)
    drawn = []
    for edit, opened in _SHOWN.items():
        try:
            show = opened(evaluation)
        except NeuralMotionError as error:
            _log.warning("no pictures of %s: %s", edit, error)
            continue
        for each, other in zip(chosen, [*chosen[1:], *chosen[:1]], strict=True):
            if path := _draw(edit, show, each, other, folder):
                drawn.append(path)
    _log.info("%d pictures in %s", len(drawn), folder)
    return drawn


def _draw(edit: str, show: Show, each: Recording, other: Recording, folder: Path) -> Path | None:
    """A sheet's file; None, and said, where the recording cannot be edited so."""
    try:
        sheet = show(each, other)
    except NeuralMotionError as error:
        _log.warning("no picture of %s of %s: %s", edit, each.name, error)
        return None
    name = re.sub(r"\W+", "_", sheet.name)
    path = folder / f"{edit}_{name}.png"
    title = f"{edit}: {sheet.name}"
    draw_before_after(sheet.motions, path, title=title, edited_s=sheet.edited_s)
    return path


def choose(recordings: Sequence[Recording]) -> list[Recording]:
    """Of each label the longest recording, at most eight seconds from its middle."""
    longest: dict[str, Recording] = {}
    for each in recordings:
        best = longest.get(each.label)
        long_enough = each.clip.duration_s >= _LEAST_S
        if long_enough and (best is None or each.clip.duration_s > best.clip.duration_s):
            longest[each.label] = each
    return [replace(each, clip=_middle(each.clip)) for _, each in sorted(longest.items())]


def _middle(clip: MotionClip) -> MotionClip:
    frames = min(clip.frame_count, int(LONGEST_S * clip.frame_rate_hz))
    start = (clip.frame_count - frames) // 2
    return part_of(clip, start, start + frames)


def part_of(clip: MotionClip, first: int, stop: int) -> MotionClip:
    """Some frames of a clip."""
    kept = slice(first, stop)
    contacts = None if clip.contacts is None else clip.contacts[kept]
    return MotionClip(
        clip.skeleton, clip.frame_rate_hz, clip.root_positions[kept], clip.rotations_wxyz[kept],
        contacts,
    )  # fmt: skip


def _fill(evaluation: Evaluation) -> Show:
    pipeline = open_fill(evaluation.models)

    def show(each: Recording, _: Recording) -> Sheet:
        clip, rate = each.clip, each.clip.frame_rate_hz
        first = int((clip.duration_s - _GAP_S) / 2 * rate)
        known = np.ones(clip.frame_count, bool)
        known[first : first + int(_GAP_S * rate)] = False
        mask = np.repeat(known[None, :, None], 1 + clip.skeleton.joint_count, axis=2)
        root, turns = fill_cubic(clip.root_positions[None], clip.rotations_wxyz[None], mask)
        cubic = replace(clip, root_positions=root[0], rotations_wxyz=turns[0])
        motions = {"recorded": clip, "cubic": cubic, "filled": pipeline.fill(clip, known).clip}
        return Sheet(each.label, motions, (first / rate, first / rate + _GAP_S))

    return show


def _clean(evaluation: Evaluation) -> Show:
    pipeline = open_clean(evaluation.models)

    def show(each: Recording, _: Recording) -> Sheet:
        noisy = trembling(each.clip, evaluation.rng())
        cleaned = pipeline.clean(noisy, CleanSettings()).clip
        motions = {"recorded": each.clip, "trembling by 3°": noisy, "cleaned": cleaned}
        return Sheet(each.label, motions)

    return show


def trembling(clip: MotionClip, rng: np.random.Generator) -> MotionClip:
    """A clip with a jitter of 3° in every joint."""
    shape = clip.rotations_wxyz.shape[:2]
    axes = normalise(rng.normal(size=(*shape, 3)).astype(np.float32))
    angles = np.float32(np.deg2rad(_JITTER_DEG)) * rng.normal(size=shape).astype(np.float32)
    shaken = quaternion_multiply(clip.rotations_wxyz, axis_angle_to_quaternion(axes, angles))
    return replace(clip, rotations_wxyz=shaken)


def _restyle(evaluation: Evaluation) -> Show:
    pipeline = open_restyle(evaluation.models)

    def show(each: Recording, other: Recording) -> Sheet:
        made = pipeline.restyle(each.clip, other.clip)
        motions = {"before": each.clip, "reference": other.clip, made.means: made.clip}
        return Sheet(f"{each.label} as {other.label}", motions)

    return show


def _loop(evaluation: Evaluation) -> Show:
    filler = open_fill(evaluation.models)

    def show(each: Recording, _: Recording) -> Sheet:
        cycle = make_loop(each.clip, LoopSettings(), filler).clip
        return Sheet(each.label, {"before": each.clip, "cycle": cycle})

    return show


def _connect(evaluation: Evaluation) -> Show:
    filler = open_fill(evaluation.models)

    def show(each: Recording, other: Recording) -> Sheet:
        made = connect(each.clip, other.clip, ConnectSettings(), filler).clip
        motions = {"first": each.clip, "second": other.clip, "connected": made}
        return Sheet(f"{each.label} to {other.label}", motions)

    return show


def _vary(evaluation: Evaluation) -> Show:
    pipeline = open_vary(evaluation.models)

    def show(each: Recording, _: Recording) -> Sheet:
        variants = {
            f"variant {seed}": pipeline.vary(each.clip, VarySettings(), seed).clip
            for seed in (1, 2)
        }
        return Sheet(each.label, {"before": each.clip, **variants})

    return show


def _follow(evaluation: Evaluation) -> Show:
    pipeline = open_follow(evaluation.models)

    def show(each: Recording, _: Recording) -> Sheet:
        followed = pipeline.follow(each.clip, _PATH_M).clip
        return Sheet(each.label, {"before": each.clip, "followed": followed})

    return show


_SHOWN: Final[Mapping[str, Callable[[Evaluation], Show]]] = {
    "fill": _fill,
    "clean": _clean,
    "restyle": _restyle,
    "loop": _loop,
    "connect": _connect,
    "vary": _vary,
    "follow": _follow,
}
