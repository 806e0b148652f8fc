"""A four-legged rig's way on one sheet: its bones in seven poses, and how high its feet are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from blender_addon.blender.axes import BLENDER_TO_CORE
from blender_addon.capabilities.quadruped.rig.read import QuadrupedRig
from blender_addon.capabilities.quadruped.rig.residual import QuadrupedResidual

Array = NDArray[np.float64]

_POSES: Final = 7
_COLOURS: Final = ("#1f5fbf", "#5fb0ff", "#c8322d", "#ff8a6f")
_TRUNK: Final = "#444444"
_LEGS: Final = ("LH", "LF", "RH", "RF")


def draw_poses(
    png_path: Path,
    title: str,
    rig: QuadrupedRig,
    residual: QuadrupedResidual,
    seen: Mapping[str, Array],
) -> None:
    """Draw poses from the side and from the front, and the heights of the four tips.

    Args:
        png_path: where to; its folder is made.
        title: over the sheet.
        rig: the animal.
        residual: of T frames.
        seen: (T, 4, 4) of each bone in the scene.
    """
    figure = Figure(figsize=(16, 10), layout="constrained")
    side, front, feet = figure.subplots(3, 1, height_ratios=(3, 3, 2))
    figure.suptitle(title)
    count = len(residual.paws_m)
    lines = _lines(rig, seen)
    chosen = np.linspace(0.4 * count, 0.55 * count, _POSES).astype(int)
    size = rig.hip_height_m
    for axes, view in ((side, 2), (front, 0)):
        for number, frame in enumerate(chosen.tolist()):
            _draw_pose(axes, lines, frame, view, (2.5 if view == 2 else 1.6) * size * number)
        axes.set_aspect("equal")
        axes.axhline(0.0, color="#999999", lw=0.8)
        axes.set_axis_off()
        axes.autoscale_view()
    for foot, name in enumerate(_LEGS):
        heights = 100.0 * residual.paws_m[:, foot, 1]
        feet.plot(heights, color=_COLOURS[foot], lw=1, label=name)
        stands = np.flatnonzero(residual.contacts[:, foot])
        feet.plot(stands, np.full(len(stands), -1.0 - foot), "|", color=_COLOURS[foot], ms=4)
    feet.set(xlabel="frames", ylabel="cm over ground; below: contacts")
    feet.legend(ncols=4, fontsize=8)
    png_path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_png(png_path)


def _lines(rig: QuadrupedRig, seen: Mapping[str, Array]) -> list[tuple[str, Array]]:
    """Colour and (T, 2, 3) of each piece between two bones, core axes, metres."""
    places = {name: _places(rig, each) for name, each in seen.items()}
    colours = {bone: _COLOURS[n] for n, leg in enumerate(rig.map.legs) for bone in leg.bones}
    lines = [
        (colours.get(bone, _TRUNK), np.stack((places[above], places[bone]), axis=1))
        for bone, above in rig.map.hangs.items()
        if bone in places and above in places
    ]
    for number, leg in enumerate(rig.map.legs):
        last = leg.bones[-1]
        rest = rig.map.axes.T @ leg.points[-1] + rig.map.origin
        local = np.linalg.inv(rig.sized_rests[last]) @ np.append(rest, 1.0)
        tip = (seen[last] @ local)[:, :3] @ BLENDER_TO_CORE.T * rig.unit_m
        lines.append((_COLOURS[number], np.stack((places[last], tip), axis=1)))
    return lines


def _places(rig: QuadrupedRig, seen: Array) -> Array:
    return np.asarray(seen[:, :3, 3] @ BLENDER_TO_CORE.T * rig.unit_m)


def _draw_pose(
    axes: Any, lines: list[tuple[str, Array]], frame: int, view: int, shift: float
) -> None:
    trunk = np.concatenate([line[frame] for colour, line in lines if colour == _TRUNK])
    ahead = trunk[len(trunk) // 2] - trunk[0]
    forward = np.array([ahead[0], 0.0, ahead[2]]) / max(float(np.hypot(ahead[0], ahead[2])), 1e-9)
    left = np.cross([0.0, 1.0, 0.0], forward)
    across = forward if view == 2 else left
    middle = trunk.mean(axis=0)
    for colour, line in lines:
        ends = line[frame] - middle * (1.0, 0.0, 1.0)
        flat = np.stack((ends @ across + shift, ends[:, 1]), axis=1)
        axes.add_collection(LineCollection([flat], colors=colour, linewidths=1.6))
