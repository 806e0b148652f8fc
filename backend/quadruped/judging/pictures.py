"""Pictures to look at: footfalls, poses with a body around the bones, feet, tracks, the ramp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from blender_addon.core.conventions import Ints
from blender_addon.core.feet.contacts import spans
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M, Family
from blender_addon.core.quadruped.gaits import ACTIONS, froude, stride_length_ratio
from blender_addon.core.quadruped.skeleton import JOINTS, LEGS, PARENTS

from .animal import AnimalMotion, Reals
from .footfalls import FEET, means_by_gait
from .judge import Judged
from .patterns import GAITS, PublishedDogs, Table
from .strides import detect_contacts
from .suite import RAMP

_BLUE, _RED, _GREY, _BODY = "#1f5fbf", "#c8322d", "#555555", "#d9c7ae"
_COLOURS: Final = (_BLUE, "#6fa5ee", _RED, "#ef8d88")
_ORDER: Final = (3, 2, 0, 1)
"""Feet from the bottom up, as Hildebrand draws them: RF, RH, LH, LF."""
_POSES: Final = 12
_SHOWN: Final = ("walk_straight", "trot_straight", "gallop_straight")
_THICKNESS: Final = {"trunk": 0.30, "neck": 0.16, "head": 0.14, "tail": 0.04, "leg": 0.07}
"""Of the hip height, of the flesh around the bones."""


def draw_all(rows: Mapping[str, Sequence[Judged]], folder: Path) -> None:
    """Every picture of every row.

    Args:
        rows: what was judged, by system.
        folder: made if it is not there; one sub-folder a system.
    """
    for name, row in rows.items():
        draw_row(row, folder / name, name)


def draw_row(row: Sequence[Judged], folder: Path, title: str) -> None:
    """The pictures of one system."""
    folder.mkdir(parents=True, exist_ok=True)
    draw_footfalls(row, folder / "footfalls.png", title)
    for body in dict.fromkeys(each.motion.body_name for each in row):
        own = [each for each in row if each.motion.body_name == body]
        draw_poses(own, folder / f"poses_{body}.png", f"{title}: {body}")
        draw_feet(own, folder / f"feet_{body}.png", f"{title}: {body}")
        draw_tracks(own, folder / f"tracks_{body}.png", f"{title}: {body}")
        for each in own:
            if each.motion.name == RAMP:
                draw_ramp(each, folder / f"ramp_{body}.png", f"{title}: {body}")


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def draw_footfalls(row: Sequence[Judged], path: Path, title: str) -> None:
    """Hildebrand's diagrams: published, dogs, measured; one line a gait, hoofed and canine."""
    means = means_by_gait([part for each in row for part in each.gaits])
    figure = Figure(figsize=(16, 12), dpi=70, layout="constrained")
    figure.suptitle(f"{title}: when the feet stand, two strides from the left hind's landing")
    axes = figure.subplots(len(GAITS), 5, squeeze=False)
    for line, gait in zip(axes, GAITS, strict=True):
        for start, family in ((0, Family.HOOFED), (2, Family.CANINE)):
            expected = Table().expected(gait, family, 1.0)
            both = None if expected is None else (expected.phases, expected.duties)
            _bars(line[start], both, f"{gait}, {family.value}: table")
            found = means.get(f"{family.value} {gait}")
            _bars(line[start + 1], _found(found), f"measured {_told(found)}")
        dogs = PublishedDogs().expected(gait, Family.CANINE, 1.0)
        _bars(line[4], None if dogs is None else (dogs.phases, dogs.duties), f"{gait}: dogs")
    _save(figure, path)


def _found(found: Mapping[str, Any] | None) -> tuple[Reals, Reals] | None:
    if found is None:
        return None
    parts = [np.array([found[key][foot] for foot in FEET]) for key in ("phases", "duties")]
    return np.stack((parts[0], parts[0]), axis=-1), np.stack((parts[1], parts[1]), axis=-1)


def _told(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "–"
    return f"{found['stride_hz']:.2f} Hz, Fr {found['froude']:.2f}, n = {found['strides']}"


def _bars(axes: Axes, both: tuple[Reals, Reals] | None, title: str) -> None:
    axes.set_title(title, fontsize=9)
    axes.set(xlim=(0, 2), ylim=(-0.6, 3.6), yticks=range(4))
    axes.set_yticklabels([("LH", "LF", "RH", "RF")[foot] for foot in _ORDER], fontsize=8)
    if both is None:
        return
    phases, duties = (each.mean(axis=-1) for each in both)
    for place, foot in enumerate(_ORDER):
        for turn in range(-1, 3):
            axes.broken_barh(
                [(phases[foot] + turn, duties[foot])], (place - 0.35, 0.7), color=_COLOURS[foot]
            )
    axes.axvline(1.0, color="black", lw=0.5)


def draw_poses(row: Sequence[Judged], path: Path, title: str) -> None:
    """Twelve poses from the side over one stride, one line a gait, flesh around the bones."""
    chosen = [each for each in row if each.motion.name in _SHOWN]
    if not chosen:
        return
    lines = 2 * len(chosen)
    figure = Figure(figsize=(22, 2.9 * lines), dpi=60)
    figure.suptitle(f"{title} (left legs blue, right legs red, dots: feet that carry)")
    for number, each in enumerate(chosen):
        for half, frames in enumerate(np.split(_stride_frames(each), 2)):
            line = 2 * number + half
            axes = figure.add_axes((0.01, 0.97 - (line + 1) * 0.96 / lines, 0.98, 0.93 / lines))
            _poses(figure, axes, each.motion, frames)
    _save(figure, path)


def _stride_frames(each: Judged) -> Ints:
    """Frames of the stride that is nearest to the middle of the motion."""
    frames = each.strides.frames
    if not len(frames):
        return np.linspace(0, each.motion.frame_count - 1, _POSES).round().astype(int)
    middle = each.motion.frame_count / 2
    start, stop = frames[int(np.argmin(np.abs(frames.mean(axis=1) - middle)))]
    return np.linspace(start, stop, _POSES, endpoint=False).round().astype(int)


def _poses(figure: Figure, axes: Axes, motion: AnimalMotion, frames: Ints) -> None:
    joints, carry, roots = motion.joints_m, detect_contacts(motion), motion.root
    if joints is None:
        return
    step = 2.7 * MODEL_HIP_HEIGHT_M
    axes.set(xlim=(-0.55 * step, (len(frames) - 0.45) * step), ylim=(-0.08, 0.95), aspect="equal")
    axes.set_axis_off()
    axes.set_title(motion.name, fontsize=10, loc="left")
    figure.draw_without_rendering()
    metre = axes.transData.transform((1.0, 0.0)) - axes.transData.transform((0.0, 0.0))
    points = float(metre[0]) * 72.0 / float(figure.dpi)
    for place, frame in enumerate(frames):
        shift = np.array([place * step, -motion.under_m[frame]])
        flat = _from_side(joints[frame], roots[frame]) + shift
        _figure(axes, flat, points)
        feet = flat[[leg.joints[3] for leg in LEGS]]
        carrying = feet[carry[frame]]
        axes.scatter(carrying[:, 0], carrying[:, 1], s=26, color="black", zorder=9)
        axes.text(place * step, -0.07, f"{frame}", ha="center", fontsize=8)
    axes.axhline(0, color="#7a5c3a", lw=1)


def _from_side(joints: Reals, root: Reals) -> Reals:
    """(27, 3) to (27, 2): along the heading, and up."""
    ahead = np.array([np.sin(root[2]), np.cos(root[2])])
    return np.stack(((joints[:, [0, 2]] - root[:2]) @ ahead, joints[:, 1]), axis=-1)


def _figure(axes: Axes, flat: Reals, points_a_metre: float) -> None:
    """Right legs behind, the body, left legs in front; bones over the flesh."""
    bones = [(joint, int(PARENTS[joint])) for joint in range(1, len(JOINTS))]
    for layer, side in enumerate(("right", "", "left")):
        chosen = [bone for bone in bones if _side(bone[0]) == side]
        lines = [flat[[parent, joint]] for joint, parent in chosen]
        widths = [
            _THICKNESS[_part(joint)] * MODEL_HIP_HEIGHT_M * points_a_metre for joint, _ in chosen
        ]
        colour = {"right": _RED, "": _GREY, "left": _BLUE}[side]
        flesh = {"right": "#eec4c0", "": _BODY, "left": "#bcd2ef"}[side]
        for width, colours, order in ((widths, flesh, 2 * layer), (1.6, colour, 2 * layer + 1)):
            axes.add_collection(
                LineCollection(
                    lines, colors=colours, linewidths=width, zorder=order, capstyle="round"
                )
            )


def _side(joint: int) -> str:
    """Of a leg's bone; the bone to a leg's top belongs to the trunk."""
    first = JOINTS[joint].split("_")[0]
    tops = {leg.joints[0] for leg in LEGS}
    return first if first in ("left", "right") and joint not in tops else ""


def _part(joint: int) -> str:
    name = JOINTS[joint]
    if name.startswith(("left", "right")):
        return "leg"
    for part in ("neck", "tail"):
        if name.startswith(part):
            return part
    return "head" if name in ("head", "nose") else "trunk"


def draw_feet(row: Sequence[Judged], path: Path, title: str) -> None:
    """How high the paws are and how fast they go, over two seconds, with their contacts."""
    chosen = [each for each in row if each.motion.name in _SHOWN]
    if not chosen:
        return
    figure = Figure(figsize=(18, 4.2 * len(chosen)), dpi=60, layout="constrained")
    figure.suptitle(f"{title}: heights above, speeds below; bars: carrying, as found")
    axes = figure.subplots(2 * len(chosen), 1, squeeze=False)[:, 0]
    for number, each in enumerate(chosen):
        _feet(axes[2 * number], axes[2 * number + 1], each.motion)
    _save(figure, path)


def _feet(heights: Axes, speeds: Axes, motion: AnimalMotion) -> None:
    middle, rate = motion.frame_count // 2, motion.rate_hz
    part = slice(max(middle - round(rate), 0), middle + round(rate))
    time = np.arange(motion.frame_count)[part] / rate
    carry = detect_contacts(motion)[part]
    velocity = np.linalg.norm(np.gradient(motion.feet_m[..., [0, 2]], axis=0), axis=-1) * rate
    for foot in range(4):
        label = ("LH", "LF", "RH", "RF")[foot]
        heights.plot(time, motion.heights_m[part, foot] * 100, color=_COLOURS[foot], label=label)
        speeds.plot(time, velocity[part, foot], color=_COLOURS[foot])
        for start, stop in spans(carry[:, foot]):
            heights.plot(
                time[[start, stop - 1]], [-0.6 * (foot + 1)] * 2, color=_COLOURS[foot], lw=4
            )
    heights.set(title=motion.name, ylabel="cm (h = 50)")
    heights.legend(loc="upper right", ncols=4, fontsize=8)
    speeds.set(ylabel="m/s")
    for axes in (heights, speeds):
        axes.grid(alpha=0.3)


def draw_tracks(row: Sequence[Judged], path: Path, title: str) -> None:
    """Ways seen from above: the path, the trunk's track, and the prints."""
    columns = 6
    lines = -(-len(row) // columns)
    figure = Figure(figsize=(22, 3.6 * lines), dpi=60, layout="constrained")
    figure.suptitle(f"{title} from above: path green, trunk black, prints of four feet")
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for place in axes[len(row) :]:
        place.set_axis_off()
    for place, each in zip(axes, row, strict=False):
        _track(place, each)
    _save(figure, path)


def _track(axes: Axes, each: Judged) -> None:
    wanted, root = each.motion.wanted, each.motion.root
    if wanted is not None and wanted.path_xz is not None:
        axes.plot(wanted.path_xz[:, 1], wanted.path_xz[:, 0], color="#2a9d4a", lw=3, alpha=0.5)
    axes.plot(root[:, 1], root[:, 0], color="black", lw=1)
    for foot, steps in enumerate(each.steps):
        axes.scatter(steps.prints_m[:, 1], steps.prints_m[:, 0], s=7, color=_COLOURS[foot])
    axes.set_title(each.motion.name, fontsize=9)
    if np.ptp(root[:, 0]) > 0.1 * np.ptp(root[:, 1]):
        axes.set_aspect("equal", adjustable="datalim")
    axes.grid(alpha=0.3)


def draw_ramp(each: Judged, path: Path, title: str) -> None:
    """Speed, gait and stride length over time, and the stride length over the Froude number."""
    motion, strides = each.motion, each.strides
    figure = Figure(figsize=(16, 9), dpi=60, layout="constrained")
    figure.suptitle(f"{title}: the ramp")
    axes = figure.subplots(2, 2)
    time = np.arange(motion.frame_count) / motion.rate_hz
    axes[0, 0].plot(time, motion.speeds_m_s, color="black", label="trunk")
    if motion.wanted is not None:
        axes[0, 0].plot(time, motion.wanted.plan.speeds_m_s, color="#2a9d4a", label="wanted")
        for number, name in enumerate(ACTIONS):
            weights = motion.wanted.plan.actions[:, number]
            if weights.max() > 0.05:
                axes[1, 0].plot(time, weights, label=name)
        axes[1, 0].legend(fontsize=8)
    axes[0, 0].legend(fontsize=8)
    axes[0, 0].set(ylabel="m/s (h = 0.5 m)", title="speed")
    axes[1, 0].set(title="gaits wanted")
    numbers = froude(strides.speeds_m_s)
    axes[0, 1].plot(numbers, strides.lengths_m / MODEL_HIP_HEIGHT_M, "k.", label="strides")
    law = np.geomspace(0.03, 4.5, 60)
    axes[0, 1].plot(law, stride_length_ratio(law), color="#2a9d4a", label="2.4 Fr^0.34")
    axes[0, 1].fill_between(
        law, 0.85 * stride_length_ratio(law), 1.15 * stride_length_ratio(law), alpha=0.15
    )
    axes[0, 1].set(title="stride length in hip heights over Fr", xscale="log")
    axes[0, 1].legend(fontsize=8)
    for foot in range(4):
        axes[1, 1].plot(numbers, strides.phases[:, foot], ".", color=_COLOURS[foot])
    axes[1, 1].set(
        title="first contacts over Fr (LH blue, LF light, RH red, RF rose)", xscale="log"
    )
    for each_axes in axes.ravel():
        each_axes.grid(alpha=0.3)
    _save(figure, path)
