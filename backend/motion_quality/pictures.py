"""Pictures of a motion clip: poses, foot heights with contacts, and the way seen from above."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.skeleton import Skeleton

if TYPE_CHECKING:
    from blender_addon.core.ground.terrain import Terrain

_Heights = Callable[[Floats], Floats]

POSES = 12
_GOLDEN = 0.618
_BLUE, _RED, _GREY = "#1f5fbf", "#c8322d", "#444444"
_FEET = ("LeftFoot", "LeftToe", "RightFoot", "RightToe")
_FOOT_STYLES = ((_BLUE, "-"), (_BLUE, "--"), (_RED, "-"), (_RED, "--"))


def draw_clip_sheet(
    clip: MotionClip,
    png_path: str | FilePath,
    terrain: Terrain | None = None,
    title: str = "",
    path_xz: Floats | None = None,
) -> None:
    """Draw a clip on one sheet and save it as PNG.

    Args:
        clip: any skeleton; left limbs are drawn blue, right ones red.
        png_path: file to write; its folder is made.
        terrain: ground under the clip; flat at 0 m where not given.
        title: printed on top.
        path_xz: (N, 2) desired path, metres, drawn into the view from above.
    """
    ground = terrain.heights if terrain is not None else flat_ground
    joints, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    figure = Figure(figsize=(16, 13), dpi=80, layout="constrained")
    figure.suptitle(title or FilePath(png_path).stem)
    rows = figure.add_gridspec(4, 1, height_ratios=(3, 3, 2.2, 4))
    forward = facing_of(clip.skeleton, joints, turns)
    side, front = figure.add_subplot(rows[0]), figure.add_subplot(rows[1])
    frames = _chosen_frames(clip.frame_count)
    draw_poses(side, clip, joints, forward, ground, frames)
    draw_poses(front, clip, joints, _left_of(forward), ground, frames)
    side.set_title("side view (walks to the right)")
    front.set_title("front view")
    draw_feet(figure.add_subplot(rows[2]), clip, joints, ground)
    _draw_from_above(figure.add_subplot(rows[3]), clip, joints, forward, path_xz)
    FigureCanvasAgg(figure)
    FilePath(png_path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png_path)


def flat_ground(xz: Floats) -> Floats:
    """(...) height 0 everywhere under (..., 2)."""
    return np.zeros(np.shape(xz)[:-1], np.float32)


def _left_of(direction_xz: Floats) -> Floats:
    """The character's left, +X at rest: the right of the screen for who looks at its face."""
    return np.stack((direction_xz[..., 1], -direction_xz[..., 0]), axis=-1)


def facing_of(skeleton: Skeleton, joints: Floats, turns: Floats) -> Floats:
    """(T, 2) unit direction (x, z) the hips look at, by the root's rotated +Z."""
    w, x, y, z = np.moveaxis(turns[:, 0], -1, 0)
    ahead = np.stack((2 * (x * z + w * y), 1 - 2 * (x * x + y * y)), axis=-1)
    if {"LeftUpLeg", "RightUpLeg"} <= set(skeleton.names):
        across = (joints[:, skeleton.index("LeftUpLeg")] - joints[:, skeleton.index("RightUpLeg")])[
            :, [0, 2]
        ]
        ahead = np.stack((-across[:, 1], across[:, 0]), axis=-1)
    return ahead / np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-8)


def _colour(name: str) -> str:
    low = name.lower()
    if "left" in low or low.startswith(("l_", "lh", "lf", "lt", "lr", "lc", "lw")):
        return _BLUE
    if "right" in low or low.startswith(("r_", "rh", "rf", "rt", "rr", "rc", "rw")):
        return _RED
    return _GREY


def _bones(skeleton: Skeleton) -> Iterator[tuple[int, int, str]]:
    for joint in range(1, skeleton.joint_count):
        yield joint, int(skeleton.parents[joint]), _colour(skeleton.names[joint])


def draw_poses(
    axes: Axes, clip: MotionClip, joints: Floats, screen: Floats, ground: _Heights, frames: Ints
) -> None:
    """Draw the poses of some frames beside each other, each over its own ground.

    Args:
        axes: to draw into.
        clip: any skeleton.
        joints: (T, J, 3) of the clip, metres.
        screen: (T, 2) direction (x, z) that lies to the right on the picture.
        ground: heights of the terrain.
        frames: which.
    """
    height = max(float(np.ptp(joints[frames][..., 1], axis=1).max()), 0.1)
    step = 0.75 * height
    bones = list(_bones(clip.skeleton))
    colours = [colour for _, _, colour in bones]
    for place, frame in enumerate(frames):
        flat = joints[frame][:, [0, 2]]
        across = (flat - flat[0]) @ screen[frame] + place * step
        up = joints[frame][:, 1] - ground(flat[0])
        points = np.stack((across, up), axis=-1)
        lines = [points[[parent, joint]] for joint, parent, _ in bones]
        axes.add_collection(LineCollection(lines, colors=colours, linewidths=2))
        _draw_ground(axes, flat[0], screen[frame], place * step, 0.36 * height, ground)
        axes.text(place * step, -0.16 * height, f"{frame / clip.frame_rate_hz:.2f} s", ha="center")
    axes.autoscale_view()
    axes.set(aspect="equal", xlim=(-0.5 * step, (len(frames) - 0.5) * step))
    axes.set_axis_off()


def _chosen_frames(count: int) -> Ints:
    """12 frames, not quite even: an even step can be a whole stride, and every pose the same."""
    number = np.arange(POSES)
    jitter = (number * _GOLDEN) % 1.0 * (number > 0)
    frames: Ints = np.minimum((number + jitter) / POSES * count, count - 1).astype(np.int64)
    return frames


def _draw_ground(
    axes: Axes, under: Floats, screen: Floats, centre: float, half: float, ground: _Heights
) -> None:
    along = np.linspace(-half, half, 41, dtype=np.float32)
    heights = ground(under + along[:, None] * screen) - ground(under)
    axes.plot(centre + along, heights, color="#7a5c3a", lw=1)


def draw_feet(axes: Axes, clip: MotionClip, joints: Floats, ground: _Heights) -> None:
    """Draw how high foot joints are over time, and their contacts where they are known.

    Args:
        axes: to draw into.
        clip: any skeleton with the common names of its feet.
        joints: (T, J, 3) of the clip, metres.
        ground: heights of the terrain.
    """
    time = np.arange(clip.frame_count) / clip.frame_rate_hz
    for row, (name, (colour, style)) in enumerate(zip(_FEET, _FOOT_STYLES, strict=True)):
        if name not in clip.skeleton.names:
            continue
        feet = joints[:, clip.skeleton.index(name)]
        axes.plot(time, feet[:, 1] - ground(feet[:, [0, 2]]), style, color=colour, lw=1)
        if clip.contacts is not None:
            bar = np.where(clip.contacts[:, row], -0.02 * (row + 1), np.nan)
            axes.plot(time, bar, color=colour, lw=3, ls="-" if row % 2 == 0 else (0, (2, 0.6)))
    axes.set(title="foot joints above the ground (toe dashed) and contacts below", xlabel="s")
    axes.set(ylabel="m", xlim=(0, max(clip.duration_s, 1e-3)))
    axes.grid(alpha=0.3)


def _draw_from_above(
    axes: Axes, clip: MotionClip, joints: Floats, forward: Floats, path_xz: Floats | None
) -> None:
    """Seen from above with +Z to the right, so that the character's left (+X) is up."""
    root = joints[:, 0][:, [2, 0]]
    if path_xz is not None:
        axes.plot(path_xz[:, 1], path_xz[:, 0], color="#2a9d4a", lw=3, alpha=0.5, label="path")
    axes.plot(*root.T, color="black", lw=1, label="root")
    marks = np.linspace(0, clip.frame_count - 1, POSES).round().astype(int)
    axes.quiver(*root[marks].T, forward[marks, 1], forward[marks, 0], width=0.002, scale=40)
    for row, (name, (colour, _)) in enumerate(zip(_FEET, _FOOT_STYLES, strict=True)):
        if name in clip.skeleton.names and clip.contacts is not None:
            planted = joints[clip.contacts[:, row], clip.skeleton.index(name)]
            axes.plot(planted[:, 2], planted[:, 0], ".", color=colour, ms=2)
    axes.set(aspect="equal", title="from above (planted feet dotted)", xlabel="z m", ylabel="x m")
    axes.set_adjustable("datalim")
    axes.legend(loc="best")
    axes.grid(alpha=0.3)
