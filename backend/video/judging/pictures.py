"""Pictures of an evaluation: what numbers miss and eyes catch.

For each film a sheet of frames with the true points (green), those that were tracked (red) and
those of the fitted skeleton (blue); and a sheet of curves: feet over the ground, the way seen from
above, joint error and jerk over time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from backend.motion_quality.windows import joint_jerk
from blender_addon.core.feet.contacts import spans
from blender_addon.core.film.facts import FilmReader, Picture
from blender_addon.core.motion.common_skeleton import PLANTED_HEIGHTS_M
from blender_addon.core.video.points import BONES, JOINTS, joints_of, middle_of_hips
from blender_addon.core.video.tracked import TrackedPerson

from .path_errors import ANKLES, feet_of_clip, joints_of_clip, stands
from .pose_errors import joint_distances
from .scores import Followed
from .truth import FilmTruth, Reals

_GREEN, _RED, _BLUE, _GREY = "#2ca02c", "#d62728", "#1f77ff", "#888888"
_FRAMES: Final = 12
_COLUMNS: Final = 4
_LIMBS: Final = [(JOINTS.index(a), JOINTS.index(b)) for a, b in BONES]
_ROOM: Final = 0.35
"""Of the person's height, around it."""


def draw_film(
    folder: Path,
    truth: FilmTruth,
    tracked: TrackedPerson,
    followed: Followed,
    reader: FilmReader | None,
) -> None:
    """Draw both sheets of a film into a folder, which is made.

    Args:
        folder: where NAME-frames.png and NAME-curves.png go.
        truth: of the film.
        tracked: what was seen of it.
        followed: what the judged system made of it.
        reader: of its pictures; None for points on grey.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seen = joints_of(np.asarray(tracked.points_px, np.float64))
    layers = [(truth.points_px, _GREEN), (seen, _RED)]
    if followed.clip is not None and followed.points_px is not None:
        layers.append((followed.points_px, _BLUE))
    draw_frames(folder / f"{truth.name}-frames.png", layers, truth.camera.size_px, reader)
    draw_curves(folder / f"{truth.name}-curves.png", truth, followed)


def draw_real(
    folder: Path, name: str, tracked: TrackedPerson, marked_px: Reals, reader: FilmReader | None
) -> None:
    """Draw frames of a real film, marks green and what was tracked red."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = joints_of(np.asarray(tracked.points_px, np.float64))
    chosen = np.flatnonzero(np.isfinite(marked_px).any(axis=(1, 2)))
    layers = [(marked_px, _GREEN), (seen, _RED)]
    draw_frames(folder / f"{name}-frames.png", layers, tracked.size_px, reader, chosen)
    figure = Figure(figsize=(16, 3), dpi=80, layout="constrained")
    axes = figure.add_subplot()
    axes.plot(tracked.seen, drawstyle="steps-mid", label="0 empty, 1 guessed, 2 found")
    axes.plot(tracked.presence, color=_GREY, label="presence")
    axes.legend(loc="lower right")
    _save(figure, folder / f"{name}-seen.png")


def draw_frames(
    path: Path,
    layers: Sequence[tuple[Reals, str]],
    size_px: tuple[int, int],
    reader: FilmReader | None,
    chosen: Sequence[int] | np.ndarray[Any, Any] | None = None,
) -> None:
    """A sheet of frames with skeletons over them.

    Args:
        path: of the PNG.
        layers: (T, 14, 2) points in the picture, and a colour.
        size_px: of a picture.
        reader: of the pictures; None for grey.
        chosen: frames to show; evenly over the film if None.
    """
    count = len(layers[0][0])
    frames = np.linspace(0, count - 1, min(_FRAMES, count)).round().astype(int)
    frames = np.asarray(frames if chosen is None else chosen)
    rows = -(-len(frames) // _COLUMNS)
    figure = Figure(figsize=(16, 4.2 * rows), dpi=75, layout="constrained")
    pictures = _pictures(reader, frames)
    for number, frame in enumerate(frames):
        axes = figure.add_subplot(rows, _COLUMNS, number + 1)
        grey = np.full((size_px[1], size_px[0], 3), 200, np.uint8)
        picture = pictures.get(int(frame))
        axes.imshow(grey if picture is None else picture)
        for points, colour in layers:
            _draw_skeleton(axes, points[frame], colour)
        _zoom(axes, np.concatenate([points[frame] for points, _ in layers]), size_px)
        axes.set_title(f"frame {frame}", fontsize=8)
        axes.set_axis_off()
    _save(figure, path)


def _pictures(reader: FilmReader | None, frames: Any) -> dict[int, Picture | None]:
    if reader is None:
        return {}
    wanted, last = {int(frame) for frame in frames}, int(max(frames))
    pictures = enumerate(reader.pictures(0, last))
    return {number: picture for number, picture in pictures if number in wanted}


def _draw_skeleton(axes: Axes, points: Reals, colour: str) -> None:
    for a, b in _LIMBS:
        axes.plot(points[[a, b], 0], points[[a, b], 1], color=colour, linewidth=1.2)
    axes.scatter(points[:, 0], points[:, 1], s=6, color=colour)


def _zoom(axes: Axes, points: Reals, size_px: tuple[int, int]) -> None:
    known = points[np.isfinite(points).all(axis=-1)]
    if not len(known):
        return
    low, high = known.min(axis=0), known.max(axis=0)
    half = (0.5 + _ROOM) * float((high - low).max())
    middle = 0.5 * (low + high)
    axes.set_xlim(max(middle[0] - half, 0), min(middle[0] + half, size_px[0]))
    axes.set_ylim(min(middle[1] + half, size_px[1]), max(middle[1] - half, 0))


def draw_curves(path: Path, truth: FilmTruth, followed: Followed) -> None:
    """A sheet of what happens over time: errors, jerk, feet, and the way from above."""
    figure = Figure(figsize=(16, 14), dpi=75, layout="constrained")
    grid = figure.add_gridspec(4, 1, height_ratios=(1, 1, 1.3, 2.2))
    times = np.arange(truth.frame_count) / truth.rate_hz
    errors = 1e3 * joint_distances(followed.seen_m, truth.seen_m)
    axes = figure.add_subplot(grid[0])
    axes.plot(times, errors.mean(axis=1), label="MPJPE, mm")
    axes.plot(times, errors.max(axis=1), color=_GREY, linewidth=0.7, label="worst joint")
    axes.legend(loc="upper right")
    axes = figure.add_subplot(grid[1])
    axes.plot(times, joint_jerk(truth.joints_m, truth.rate_hz), color=_GREEN, label="true jerk")
    if followed.clip is not None:
        own = joints_of_clip(followed.clip)
        axes.plot(times, joint_jerk(own, truth.rate_hz), color=_BLUE, label="jerk in the world")
    axes.legend(loc="upper right")
    _draw_feet(figure.add_subplot(grid[2]), times, truth, followed)
    _draw_way(figure.add_subplot(grid[3]), truth, followed)
    _save(figure, path)


def _draw_feet(axes: Axes, times: Reals, truth: FilmTruth, followed: Followed) -> None:
    axes.set_title("feet over the ground (cm): heels solid, toes dashed; bars: truly standing")
    standing = stands(truth.joints_m, truth.rate_hz)
    for side, colour in enumerate((_BLUE, _RED)):
        true = 100.0 * (truth.joints_m[:, ANKLES[side], 1] - PLANTED_HEIGHTS_M[0])
        axes.plot(times, true, color=colour, alpha=0.3, linewidth=4)
        for first, end in spans(standing[:, side]):
            axes.hlines(-6 - 2 * side, times[first], times[end - 1], color=colour, linewidth=4)
        if followed.clip is None:
            continue
        heights = 100.0 * (feet_of_clip(followed.clip)[..., 1] - PLANTED_HEIGHTS_M)
        axes.plot(times, heights[:, 2 * side], color=colour)
        axes.plot(times, heights[:, 2 * side + 1], color=colour, linestyle="--", linewidth=0.8)
    axes.axhline(0.0, color="black", linewidth=0.5)
    axes.set_ylim(-12, 40)


def _draw_way(axes: Axes, truth: FilmTruth, followed: Followed) -> None:
    axes.set_title("the way of the hips and of standing ankles from above, true green, found blue")
    found = np.asarray(truth.camera.to_world(followed.seen_m), np.float64)
    joints = ((truth.joints_m, _GREEN), (found, _BLUE if followed.clip is not None else _GREY))
    for world, colour in joints:
        hips = middle_of_hips(world)
        axes.plot(hips[:, 0], -hips[:, 2], color=colour)
        axes.plot(hips[:1, 0], -hips[:1, 2], "o", color=colour)
        standing = stands(truth.joints_m, truth.rate_hz)
        for side, ankle in enumerate(ANKLES):
            places = world[standing[:, side], ankle]
            axes.plot(places[:, 0], -places[:, 2], ".", color=colour, markersize=2)
    axes.set_aspect("equal", adjustable="datalim")


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure).print_png(str(path))
