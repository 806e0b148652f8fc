"""A rig's walk on one sheet: poses as Blender shows them, and how high its feet are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS
from blender_addon.core.retarget.joint_map import parent_joint

Array = NDArray[np.float64]

_POSES = 12
_COLOURS = {"Left": "#1f5fbf", "Right": "#c8322d", "": "#444444"}


def draw_strip(
    png_path: Path,
    title: str,
    joints: Sequence[str],
    places: Array,
    heights: Array,
    clip: MotionClip,
) -> None:
    """Draw twelve poses from the side and from the front, and the heights of heels and toes.

    Args:
        png_path: where to; its folder is made.
        title: over the sheet.
        joints: common names of the J joints.
        places: (T, J, 3) in the world, core axes, metres.
        heights: (T, 4) of heels and toes over where they are when planted, metres.
        clip: gives contacts and frame rate.
    """
    figure = Figure(figsize=(15, 8), layout="constrained")
    side, front, feet = figure.subplots(3, 1, height_ratios=(3, 3, 2))
    figure.suptitle(title)
    chosen = np.linspace(0, len(places) - 1, _POSES).round().astype(int)
    size = float(np.ptp(places[0, :, 1]))
    for axes, view in ((side, 2), (front, 0)):
        for number, frame in enumerate(chosen):
            _draw_pose(axes, joints, _seen_along(places[frame], joints, view), 0.8 * size * number)
        axes.set_aspect("equal")
        axes.axhline(0.0, color="#999999", lw=0.8)
        axes.set_axis_off()
    seconds = np.arange(len(heights)) / clip.frame_rate_hz
    for n, joint in enumerate(FOOT_JOINTS):
        colour = _COLOURS["Left" if joint.startswith("Left") else "Right"]
        style = "--" if joint.endswith("Toe") else "-"
        feet.plot(seconds, 100 * heights[:, n], style, color=colour, lw=1, label=joint)
        if clip.contacts is not None:
            planted = clip.contacts[:, n]
            feet.plot(seconds[planted], np.full(planted.sum(), -1.0 - n), "|", color=colour, ms=4)
    feet.set(xlabel="s", ylabel="cm over planted; below: contacts")
    feet.legend(ncols=4, fontsize=8)
    png_path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_png(png_path)


def _seen_along(pose: Array, joints: Sequence[str], view: int) -> Array:
    """(J, 2) of a pose turned so that it walks to the right (view 2) or towards us (view 0)."""
    left = pose[joints.index("LeftUpLeg")] - pose[joints.index("RightUpLeg")]
    left = np.array([left[0], 0.0, left[2]])
    left /= np.linalg.norm(left)
    forward = np.cross(left, [0.0, 1.0, 0.0])
    across = forward if view == 2 else left
    centred = pose - pose[joints.index("Hips")] * (1.0, 0.0, 1.0)
    return np.stack((centred @ across, centred[:, 1]), axis=1)


def _draw_pose(axes: Any, joints: Sequence[str], seen: Array, shift: float) -> None:
    lines: dict[str, list[Array]] = {colour: [] for colour in _COLOURS.values()}
    for joint, place in zip(joints, seen, strict=True):
        above = parent_joint(joint)
        while above is not None and above not in joints:
            above = parent_joint(above)
        if above is None:
            continue
        colour = next(c for side, c in _COLOURS.items() if joint.startswith(side))
        lines[colour].append(np.stack((seen[joints.index(above)], place)) + np.array([shift, 0.0]))
    for colour, segments in lines.items():
        axes.add_collection(LineCollection(segments, colors=colour, linewidths=1.6))
    axes.autoscale_view()
