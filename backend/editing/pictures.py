"""Contact sheets of an edit: the motion before and after, 12 poses of each, and its feet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from backend.motion_quality.pictures import (
    POSES,
    draw_feet,
    draw_poses,
    facing_of,
    flat_ground,
)
from blender_addon.core.conventions import Ints
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics

_MARGIN = 0.15
"""Of what was edited: shown before and after it."""
_ROW_HEIGHT = 4.2
_EDITED = "#f2c14e"


def draw_before_after(
    clips: Mapping[str, MotionClip],
    png_path: str | Path,
    *,
    title: str = "",
    edited_s: tuple[float, float] | None = None,
) -> None:
    """Draw motions below each other on one sheet and save it as PNG.

    Args:
        clips: by what they are, such as before, after, recorded; poses are of the same times.
        png_path: file to write; its folder is made.
        title: printed on top.
        edited_s: from when to when something was edited: most poses are of then, and it is shaded
            under the feet. None for all of it.

    Raises:
        InputError: there is no motion.
    """
    if not clips:
        raise InputError("expected a motion to draw; found none")
    figure = Figure(figsize=(16, _ROW_HEIGHT * len(clips) + 1), dpi=80, layout="constrained")
    figure.suptitle(title or Path(png_path).stem)
    rows = figure.add_gridspec(2 * len(clips), 1, height_ratios=(3, 1.6) * len(clips))
    for number, (name, clip) in enumerate(clips.items()):
        joints, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
        poses, feet = (figure.add_subplot(rows[2 * number + row]) for row in (0, 1))
        screen = facing_of(clip.skeleton, joints, turns)
        draw_poses(poses, clip, joints, screen, flat_ground, frames_shown(clip, edited_s))
        poses.set_title(name)
        draw_feet(feet, clip, joints, flat_ground)
        if edited_s is not None:
            feet.axvspan(*edited_s, color=_EDITED, alpha=0.25, lw=0)
    FigureCanvasAgg(figure)
    Path(png_path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png_path)


def frames_shown(clip: MotionClip, edited_s: tuple[float, float] | None = None) -> Ints:
    """(12,) frames, evenly over what was edited and a little around it, or over all of a clip."""
    start, end = edited_s or (0.0, clip.duration_s)
    margin = _MARGIN * (end - start) if edited_s else 0.0
    times = np.linspace(start - margin, end + margin, POSES)
    frames = np.round(times * clip.frame_rate_hz).astype(np.int64)
    return np.clip(frames, 0, clip.frame_count - 1)
