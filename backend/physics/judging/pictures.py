"""Film strips, heights of the feet and accelerations of the pelvis, to be looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.physics.figure import BODY_NAMES, PARTS

from ..grounds import Heights, level
from .feet import fell_at
from .recording import RATE_HZ, Recording
from .shapes import Placed, sole_corners

FIGURES: Final = 12
_APART_M: Final = 0.75
_DOTS: Final = 110
_TIPS: Final = {
    "left_forearm": (0.0, -0.3, 0.0), "right_forearm": (0.0, -0.3, 0.0),
    "left_toe": (0.0, 0.0, 0.07), "right_toe": (0.0, 0.0, 0.07), "head": (0.0, 0.25, 0.03),
}  # fmt: skip
_COLOURS: Final = {"left_": "tab:red", "right_": "tab:blue"}


def draw_film(path: Path, title: str, recording: Recording, heights: Heights) -> None:
    """Twelve figures from the first frame to the last, from the side, the animation in grey.

    Each is seen from where the animation's pelvis looks to the left, and drawn beside the last.
    """
    frames = np.linspace(0, recording.frames - 1, FIGURES).round().astype(np.int64)
    figure = Figure(figsize=(16, 3.6))
    axes = figure.subplots()
    for number, frame in enumerate(frames):
        one = slice(int(frame), int(frame) + 1)
        asked = Placed.of(recording.followed[one].astype(np.float64))
        view = _View.of(asked, number * _APART_M)
        _draw_ground(axes, view, heights)
        _draw_figure(axes, view, asked, grey=True)
        _draw_figure(axes, view, Placed.of(recording.poses[one]), grey=False)
        axes.text(number * _APART_M, -0.22, f"{frame / RATE_HZ:.1f} s", ha="center", fontsize=8)
    fell = fell_at(Placed.of(recording.poses), heights)
    told = "" if fell is None else f" - fell at {fell / RATE_HZ:.1f} s"
    axes.set_title(title + told, fontsize=10)
    axes.set_aspect("equal")
    axes.set_axis_off()
    _save(figure, path)


def draw_feet(path: Path, title: str, recording: Recording, heights: Heights) -> None:
    """Lowest sole corner of each foot, the animation dashed; the pelvis's acceleration below."""
    figure = Figure(figsize=(14, 6))
    upper, lower = figure.subplots(2, 1, sharex=True)
    times = np.arange(recording.frames) / RATE_HZ
    for poses, line in ((recording.poses, "-"), (recording.followed, ":")):
        corners = sole_corners(Placed.of(poses.astype(np.float64)))
        over = 100.0 * (corners[..., 1] - heights(corners[..., [0, 2]])).min(axis=2)
        for side, colour in enumerate(_COLOURS.values()):
            upper.plot(times, over[:, side], line, color=colour, linewidth=1.0)
        lower.plot(times, _acceleration(poses), line, color="black", linewidth=0.8)
    upper.axhline(0.0, color="grey", linewidth=0.5)
    upper.set_ylim(-3.0, 20.0)
    upper.set_ylabel("lowest sole corner, cm")
    lower.set_ylabel("pelvis's acceleration, m/s²")
    lower.set_ylim(0.0, 40.0)
    lower.set_xlabel("s; the animation is dotted")
    upper.set_title(title, fontsize=10)
    _save(figure, path)


def draw_falls(path: Path, falls: Floats, limp_s: float) -> None:
    """Six falls, one below the other."""
    figure = Figure(figsize=(16, 14))
    axes = figure.subplots(6, 1)
    for row, poses in zip(axes, falls[:: max(1, len(falls) // 6)], strict=False):
        frames = np.linspace(limp_s * RATE_HZ, len(poses) - 1, FIGURES).round().astype(np.int64)
        facing = Placed.of(poses[:1].astype(np.float64))
        for number, frame in enumerate(frames):
            view = _View.of(facing, number * 1.3)
            placed = Placed.of(poses[int(frame) : int(frame) + 1].astype(np.float64))
            view = _View(placed.positions[0, 0], view.ahead, view.offset_m)
            _draw_ground(row, view, level)
            _draw_figure(row, view, placed, grey=False)
        row.set_aspect("equal")
        row.set_axis_off()
    _save(figure, path)


class _View:
    """From the side: along where somebody faces, and up."""

    def __init__(self, middle: Floats, ahead: Floats, offset_m: float) -> None:
        self.middle, self.ahead, self.offset_m = middle, ahead, offset_m

    @classmethod
    def of(cls, placed: Placed, offset_m: float) -> _View:
        ahead = quaternion_rotate(placed.rotations[0, 0], np.array([0.0, 0.0, 1.0]))[[0, 2]]
        return cls(
            placed.positions[0, 0], ahead / max(float(np.linalg.norm(ahead)), 1e-9), offset_m
        )

    def flat(self, points: Floats) -> Floats:
        """(..., 2) on the picture."""
        along = (points[..., [0, 2]] - self.middle[[0, 2]]) @ self.ahead
        return np.stack((along + self.offset_m, points[..., 1]), axis=-1)

    def places(self, along: Floats) -> Floats:
        """(N, 2) places on the ground so far ahead."""
        return np.asarray(self.middle[[0, 2]] + along[:, None] * self.ahead)


def _draw_ground(axes: Any, view: _View, heights: Heights) -> None:
    along = np.linspace(-_APART_M / 2, _APART_M / 2, 40)
    axes.plot(along + view.offset_m, heights(view.places(along)), color="grey", linewidth=0.6)


def _draw_figure(axes: Any, view: _View, placed: Placed, *, grey: bool) -> None:
    colour = {"color": "0.8", "linewidth": 1.0, "zorder": 1}
    for part in PARTS:
        ends = [BODY_NAMES.index(part.parent), BODY_NAMES.index(part.name)]
        line = view.flat(placed.positions[0, ends])
        axes.plot(*line.T, **(colour if grey else _style(part.name)))
    for name, tip in _TIPS.items():
        number = BODY_NAMES.index(name)
        place = placed.positions[0, number]
        end = place + quaternion_rotate(placed.rotations[0, number], np.array(tip))
        line = view.flat(np.stack((place, end)))
        axes.plot(*line.T, **(colour if grey else _style(name)))
    if not grey:
        for side, corners in zip(_COLOURS, sole_corners(placed)[0], strict=True):
            flat = view.flat(corners)
            for kind in (flat[:4], flat[4:]):
                axes.plot(*kind[[0, 1]].T, **_style(side))


def _style(name: str) -> dict[str, Any]:
    side = next((colour for start, colour in _COLOURS.items() if name.startswith(start)), "black")
    return {"color": side, "linewidth": 1.6, "zorder": 2}


def _acceleration(poses: Floats) -> Floats:
    if len(poses) < 3:
        return np.zeros(len(poses))
    second = np.diff(poses[:, :3], n=2, axis=0) * RATE_HZ**2
    return np.pad(np.linalg.norm(second, axis=1), 1, mode="edge")


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=_DOTS, bbox_inches="tight")
