"""Sheets of what the prior makes: variants, samples, ways between two windows, the map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from backend.editing.evaluation import Evaluation
from backend.motion_quality.pictures import draw_poses
from blender_addon.core.editing.map.tsne import tsne
from blender_addon.core.editing.prior_features import LAYOUT, RATE_HZ, feature_rotations
from blender_addon.core.editing.vary.pipeline import VaryPipeline
from blender_addon.core.maths.rotations import heading_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics

from .data import Batch, PriorData, label_names
from .generative import Model, Shipped, models_in, sample
from .vary_measures import variants

_FRAMES: Final = np.linspace(0, 59, 9).round().astype(np.int64)
_SAMPLES: Final = 4
_STEPS: Final = 5
_BESIDE: Final = np.array([1.0, 0.0], np.float32)
_PARTS: Final = LAYOUT.slices
_SHOWN: Final = ("walk", "dance", "stand")


def clip_of(window: NDArray[np.float32]) -> MotionClip:
    """A window (60, F) as a motion that begins at the origin."""
    turn = window[:, _PARTS["turn_rate_rad_s"]][:, 0] / RATE_HZ
    heading = np.cumsum(turn) - turn
    speed = window[:, _PARTS["root_velocity_m_s"]] / RATE_HZ
    sine, cosine = np.sin(heading), np.cos(heading)
    steps = np.stack(
        (cosine * speed[:, 0] + sine * speed[:, 1], cosine * speed[:, 1] - sine * speed[:, 0]), -1
    )
    way = np.cumsum(steps, axis=0) - steps
    root = np.stack((way[:, 0], window[:, 0], way[:, 1]), axis=-1)
    rotations = feature_rotations(window)
    rotations[:, 0] = quaternion_multiply(heading_to_quaternion(heading), rotations[:, 0])
    return MotionClip(COMMON_SKELETON, RATE_HZ, root, rotations)


def draw_clips(clips: Sequence[MotionClip], names: Sequence[str], path: Path, title: str) -> None:
    """Poses of clips, a row each."""
    figure = Figure(figsize=(15, 1.9 * len(clips) + 0.6), dpi=70, layout="constrained")
    figure.suptitle(title)
    for number, (clip, name) in enumerate(zip(clips, names, strict=True)):
        axes = figure.add_subplot(len(clips), 1, number + 1)
        _draw_row(axes, clip)
        axes.set_title(name, loc="left", fontsize=9)
    _save(figure, path)


def _draw_row(axes: Axes, clip: MotionClip) -> None:
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    frames = np.linspace(0, clip.frame_count - 1, len(_FRAMES)).round().astype(np.int64)
    screen = np.tile(_BESIDE, (clip.frame_count, 1))
    draw_poses(axes, clip, joints, screen, lambda xz: np.zeros(np.shape(xz)[:-1]), frames)


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def draw_models(evaluation: Evaluation, folder: Path) -> None:
    """Of each generative model a sheet of samples and one of the way between two windows."""
    labels = label_names((*evaluation.train, *evaluation.val))
    data = PriorData(evaluation.train, labels, augment=False)
    held_out = PriorData(evaluation.val, labels, augment=False)
    train, val = data.draw(200, evaluation.rng()), held_out.draw(2, evaluation.rng())
    recorded = [clip_of(window) for window in val.windows.numpy()]
    for name, model in models_in(evaluation.models, data).items():
        stem = name.replace(" ", "_").replace("+", "and").replace("β", "b")
        drawn = sample(model, train, evaluation.rng())[:_SAMPLES]
        told = [labels[n] for n in train.labels[:_SAMPLES].tolist()]
        draw_clips([clip_of(w) for w in drawn], told, folder / f"samples_{stem}.png", name)
        between = [clip_of(window) for window in _between(model, val)]
        shares = [f"{share:.2f}" for share in np.linspace(0, 1, _STEPS)]
        rows = [recorded[0], *between, recorded[1]]
        titles = ["recorded", *shares, "recorded"]
        draw_clips(rows, titles, folder / f"between_{stem}.png", f"{name}: from one to another")


def _between(model: Model, pair: Batch) -> NDArray[np.float32]:
    """Windows on the straight line between the latents of two."""
    first, second = model.encode(pair)
    shares = np.linspace(0.0, 1.0, _STEPS, dtype=np.float32)[:, None]
    told = Batch(*(x[:1].repeat_interleave(_STEPS, dim=0) for x in _fields(pair)))
    return model.decode((1.0 - shares) * first + shares * second, told)


def _fields(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    return batch.windows, batch.labels, batch.speeds


def draw_variants(evaluation: Evaluation, folder: Path) -> None:
    """Held-out clips, each with two variants below it."""
    shipped = Shipped(evaluation.models)
    pipeline = VaryPipeline(shipped.encoder, shipped.decoder)
    for label in _SHOWN:
        clip = next((r.clip for r in evaluation.val if r.label == label), None)
        if clip is not None:
            rows = [clip, *variants(pipeline, clip, evaluation.seed)]
            names = ["recorded", "variant 1", "variant 2"]
            draw_clips(rows, names, folder / f"variants_{label}.png", f"{label}: variants")


def draw_map(evaluation: Evaluation, folder: Path) -> None:
    """The map of CMU's windows, coloured by label."""
    from .map_measures import Judged

    recordings = [r for r in (*evaluation.train, *evaluation.val) if r.folder == "cmu"]
    judged = Judged(recordings, Shipped(evaluation.models))
    places = tsne(judged.places, seed=evaluation.seed)
    names = sorted({each.label for each in recordings})
    figure = Figure(figsize=(10, 8.5), dpi=90, layout="constrained")
    axes = figure.add_subplot()
    for number, name in enumerate(names):
        for held_out, mark in ((False, "o"), (True, "^")):
            chosen = (judged.labels == number) & (judged.held_out == held_out)
            colour = [colormaps["tab20"](number)]
            told = name if not held_out else None
            axes.scatter(
                places[chosen, 0], places[chosen, 1], s=12, c=colour, marker=mark, label=told
            )
    axes.legend(markerscale=2)
    axes.set_axis_off()
    axes.set_title("windows of two seconds, coloured by label; held-out clips are triangles")
    _save(figure, folder / "map.png")


def draw_all(evaluation: Evaluation, folder: Path) -> None:
    """Every sheet, into a folder."""
    for draw in (draw_variants, draw_map, draw_models):
        draw(evaluation, folder / "prior")
