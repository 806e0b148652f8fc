"""A small picture of a style, for a menu."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics

PIXELS = 96
_MIDDLE_S = 4.0
_FAR, _NEAR, _BODY = "#5b7fb5", "#f2f2f2", "#d0d0d0"


def draw_style(clip: MotionClip, png_path: Path) -> None:
    """Draw the widest step of a walk, seen from its right side, on a transparent ground.

    Args:
        clip: of the common skeleton, walking along +Z.
        png_path: file to write; its folder is made.
    """
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    pose = joints[_widest_step(clip, joints)]
    figure = Figure(figsize=(1, 1), dpi=PIXELS)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.95, 0.95), ylim=(-0.05, 1.85), aspect="equal")
    axes.axis("off")
    ahead, up = pose[:, 2] - pose[0, 2], pose[:, 1]
    names = clip.skeleton.names
    order = sorted(range(1, len(names)), key=lambda j: names[j].startswith("Right"))
    for joint in order:
        parent = clip.skeleton.parents[joint]
        side = names[joint]
        colour = _NEAR if side.startswith("Right") else _FAR if side.startswith("Left") else _BODY
        axes.plot(
            ahead[[parent, joint]], up[[parent, joint]], color=colour, lw=3.2,
            solid_capstyle="round",
        )  # fmt: skip
    head = names.index("Head")
    axes.plot(ahead[head], up[head] + 0.09, "o", ms=9, color=_BODY)
    png_path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png_path, transparent=True)


def _widest_step(clip: MotionClip, joints: Floats) -> int:
    """The frame in the middle of a walk at which the right foot is furthest ahead of the left."""
    left, right = (joints[:, clip.skeleton.index(f"{s}Foot"), 2] for s in ("Left", "Right"))
    start = round(_MIDDLE_S * clip.frame_rate_hz)
    span = slice(start, start + round(1.3 * clip.frame_rate_hz))
    return start + int(np.argmax((right - left)[span]))
