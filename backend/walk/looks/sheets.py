"""Sheets of the moments a viewer sees first: start, stop, corner, stairs.

Sixteen poses, and under them, on the same time, how high heels and toes are, how fast the feet go,
how bent the knees are, and how fast and how high the hips go. Start, stop and corner are the worst
of all walks: the longest glide, the deepest dip, the largest roll.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from backend.motion_quality.frechet import Reals
from backend.motion_quality.pictures import draw_poses
from backend.motion_quality.ways import StairsTerrain
from blender_addon.core.conventions import Ints

from ..metrics import Performance
from .feet import FLAT_M, longest_glide
from .motion import Motion
from .standing import dips, stops
from .steps import find_landings
from .turning import find_turns, turn_roll

POSES = 16
_BEFORE_S, _AFTER_S = 0.4, 1.6
_AROUND_TURN_S = 0.4
_COLOURS = ("#1f5fbf", "#c8322d")
_SIDES = ("left", "right")
_GREY, _GREEN, _PURPLE = "#444444", "#2a9d4a", "#7a3fbf"


@dataclass(frozen=True, eq=False)
class Moment:
    """Frames of a motion that are worth a sheet.

    Args:
        name: start, stop, corner, stairs.
        motion: whose.
        start, stop: frames, both drawn.
    """

    name: str
    motion: Motion
    start: int
    stop: int


def draw_moments(performances: Sequence[Performance], folder: FilePath) -> None:
    """Draw ``moment_start.png``, ``_stop``, ``_corner`` and ``_stairs``: those there are."""
    for moment in find_moments([Motion(performance) for performance in performances]):
        draw_moment(moment, folder / f"moment_{moment.name}.png")


def find_moments(motions: Sequence[Motion]) -> list[Moment]:
    """One moment of each kind that the motions hold."""
    level = [motion for motion in motions if motion.is_level]
    starting = max((m for m in level if _starts(m)), key=longest_glide, default=None)
    stopping = max((m for m in level if dips(m)), key=lambda m: max(dips(m)), default=None)
    turning = max(
        ((m, turn) for m in level for turn in find_turns(m)),
        key=lambda found: turn_roll(*found),
        default=None,
    )
    moments = []
    if starting:
        moments.append(_moment("start", starting, _starts(starting)[0], (_BEFORE_S, _AFTER_S)))
    if stopping:
        deepest = int(np.argmax(dips(stopping)))
        at = stops(stopping)[deepest][1]
        moments.append(_moment("stop", stopping, at, (_AFTER_S, _BEFORE_S)))
    if turning:
        motion, turn = turning
        around = (_AROUND_TURN_S, _AROUND_TURN_S + (turn.stop - turn.start) / motion.rate_hz)
        moments.append(_moment("corner", motion, turn.start, around))
    return moments + list(_flights(motions))


def _starts(motion: Motion) -> list[int]:
    """Frames at which a standing ends and walking follows."""
    return [
        stop
        for _, stop in motion.standing
        if motion.walking[stop:].any() and stop < len(motion.speeds)
    ]


def _flights(motions: Sequence[Motion]) -> Iterator[Moment]:
    """All the way up and down stairs."""
    for motion in motions:
        terrain = motion.performance.terrain
        if not isinstance(terrain, StairsTerrain):
            continue
        landings = np.concatenate([find_landings(motion, side) for side in (0, 1)])
        ground = terrain.heights(motion.performance.root_xz)
        climbing = landings[ground[landings] > 0] if len(landings) else landings
        if len(climbing):
            ends = int(climbing.min()), int(climbing.max())
            yield _moment("stairs", motion, ends[0], (1.0, 1.0 + (ends[1] - ends[0]) / 60.0))
            return


def _moment(name: str, motion: Motion, frame: int, around_s: tuple[float, float]) -> Moment:
    before, after = (round(seconds * motion.rate_hz) for seconds in around_s)
    return Moment(name, motion, max(frame - before, 0), min(frame + after, motion.frame_count - 1))


def draw_moment(moment: Moment, png_path: FilePath) -> None:
    """Draw one sheet and save it as PNG; its folder is made."""
    motion = moment.motion
    frames = np.linspace(moment.start, moment.stop, POSES).round().astype(np.int64)
    figure = Figure(figsize=(18, 15), dpi=80)
    figure.suptitle(f"{moment.name}: {motion.performance.name}", y=0.985)
    rows = figure.add_gridspec(
        6,
        1,
        height_ratios=(1.6, 1.6, 2, 1.6, 1.6, 1.6),
        left=0.05,
        right=0.95,
        top=0.97,
        bottom=0.04,
        hspace=0.33,
    )
    ahead, ground = motion.ahead, motion.performance.terrain.heights
    left = np.stack((ahead[:, 1], -ahead[:, 0]), axis=-1)
    for row, screen in enumerate((ahead, left)):
        poses = figure.add_subplot(rows[row])
        draw_poses(poses, motion.performance.clip, motion.joints, screen, ground, frames)
    panels = [figure.add_subplot(rows[n]) for n in range(2, 6)]
    for panel, draw in zip(panels, (_heights, _foot_speeds, _knees, _hips), strict=True):
        draw(panel, moment)
        _share_time(panel, moment, frames)
    FigureCanvasAgg(figure)
    png_path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png_path)


def _share_time(axes: Axes, moment: Moment, frames: Ints) -> None:
    """Every pose stands over its own time."""
    rate = moment.motion.rate_hz
    times = frames / rate
    half = 0.5 * (times[-1] - times[0]) / max(len(times) - 1, 1)
    axes.set_xlim(times[0] - half, times[-1] + half)
    axes.set_xticks(times, [f"{time:.2f}" for time in times])
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=8, ncols=6, frameon=False)


def _curve(axes: Axes, moment: Moment, values: Reals, colour: str, line: str, label: str) -> None:
    part = slice(moment.start, moment.stop + 1)
    time = np.arange(moment.start, moment.stop + 1) / moment.motion.rate_hz
    axes.plot(time, values[part], line, color=colour, lw=1.4, label=label)


def _heights(axes: Axes, moment: Moment) -> None:
    """Over where a foot is planted; on uneven ground over the origin, with the ground under it."""
    motion = moment.motion
    planted = np.asarray(motion.performance.planted_heights_m, np.float64)
    ground = motion.feet[..., 1] - planted - motion.heights
    if motion.is_level:
        axes.axhspan(-100 * FLAT_M, 100 * FLAT_M, color=_GREEN, alpha=0.2, label="planted")
    for side, (name, colour) in enumerate(zip(_SIDES, _COLOURS, strict=True)):
        for n, (part, line) in enumerate((("heel", "-"), ("toe", "--"))):
            joint = 2 * side + n
            height = motion.heights[:, joint].copy()
            if not motion.is_level:
                height += ground[:, joint]
            _curve(axes, moment, 100 * height, colour, line, f"{name} {part}")
        if not motion.is_level:
            under = 100 * ground[:, 2 * side]
            _curve(axes, moment, under, colour, ":", f"ground under {name} heel")
    axes.set_ylabel("foot height cm")


def _foot_speeds(axes: Axes, moment: Moment) -> None:
    """Of heel and toe the slower one: over 0 while the foot is planted, it glides."""
    motion = moment.motion
    steps = np.gradient(motion.feet[..., [0, 2]], axis=0) * motion.rate_hz
    speeds = np.linalg.norm(steps, axis=-1)
    for side, (name, colour) in enumerate(zip(_SIDES, _COLOURS, strict=True)):
        feet = slice(2 * side, 2 * side + 2)
        _curve(axes, moment, speeds[:, feet].min(axis=-1), colour, "-", f"{name} foot")
        flat = (np.abs(motion.heights[:, feet]) < FLAT_M).all(axis=-1)
        glide = np.where(flat, speeds[:, feet].min(axis=-1), np.nan)
        part = slice(moment.start, moment.stop + 1)
        time = np.arange(moment.start, moment.stop + 1) / motion.rate_hz
        axes.plot(time, glide[part], ".", color=colour, ms=6, label=f"{name} foot flat")
    axes.set_ylabel("foot speed m/s")


def _knees(axes: Axes, moment: Moment) -> None:
    for side, (name, colour) in enumerate(zip(_SIDES, _COLOURS, strict=True)):
        _curve(axes, moment, moment.motion.knees[:, side], colour, "-", f"{name} knee")
    axes.set_ylabel("knee flexion °")


def _hips(axes: Axes, moment: Moment) -> None:
    motion = moment.motion
    steps = np.gradient(motion.performance.root_xz, axis=0) * motion.rate_hz
    _curve(axes, moment, np.linalg.norm(steps, axis=-1), _GREY, "-", "hips")
    _curve(axes, moment, motion.speeds, _GREEN, "--", "hips, averaged over 0.5 s")
    if motion.performance.desired_speeds_m_s is not None:
        desired = np.asarray(motion.performance.desired_speeds_m_s)
        _curve(axes, moment, desired, "#b08900", ":", "desired")
    axes.set(ylabel="speed m/s", xlabel="s")
    height = axes.twinx()
    _curve(height, moment, 100 * motion.joints[:, 0, 1], _PURPLE, "-", "hips' height")
    height.set_ylabel("hips' height cm", color=_PURPLE)
