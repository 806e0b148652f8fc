"""The quadruped demo: a horse and a dog go over hills, from a walk to a gallop and back.

Writes quadruped.blend, quadruped.mp4, quadruped.png and quadruped.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from blender_addon.capabilities.quadruped.herd.scene import HerdJob, read_herd, write_herd
from blender_addon.capabilities.quadruped.job import AnimalMotion
from blender_addon.core.inference.choice import ModelChoice

from ..common import about_run, make_files, tell
from ..film import render_film, use_workbench
from ..pixels import compose_sheet, render_smooth, save_pixels
from ..scene import show_in_viewports
from ..shadows import coarsen_shadows
from .camera import follow
from .going import ANIMALS, add_animals, ground_track, measure, moment_at
from .meadow import build_meadow

FILES: Final = ("quadruped.json", "quadruped.blend", "quadruped.mp4", "quadruped.png")
FRAME_RATE: Final = 24
FILM_SIZE: Final = (640, 360)
_STILL_SIZE: Final = (480, 270)
_STILLS: Final = 12
_COLUMNS: Final = 3
_LIGHT: Final = (0.3, 0.9, -0.3)
"""From where it comes: nearly from above, so that shadows lie below the animals."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many frames of the film are drawn."""
    parser.add_argument(
        "--step", type=int, default=1, help="draw every so many frames (%(default)s)"
    )


def run(out: Path, models: ModelChoice | None = None, *, step: int = 1) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the model lies and how to run it.
        step: every so many frames are drawn, at as many fewer a second.

    Returns:
        What quadruped.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: the model is missing, or the film could not be rendered.
    """
    report = make_files(out, FILES, lambda folder: _make(folder, models or ModelChoice(), step))
    tell("%s in %s", ", ".join(FILES), out)
    return report


def _make(folder: Path, models: ModelChoice, step: int) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_set(1)
    meadow = build_meadow(context)
    choices = add_animals(context, meadow)
    context.view_layer.update()
    tell("scene built")
    herd = read_herd(context, choices, models)
    outcome = herd.run()
    motions = outcome.result
    write_herd(context, herd, motions)
    for name, job, motion in zip(ANIMALS, herd.jobs, motions, strict=True):
        tell("%s: %s in %d frames", name, job.length, motion.clip.frame_count)
    _finish_scene(scene, herd, motions)
    file = str(folder / "quadruped.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file, check_existing=False, compress=True)
    tell("scene saved")
    coarsen_shadows(scene)
    _write_sheet(scene, herd, motions, folder)
    tell("poses rendered; the film takes a while")
    scene.render.resolution_x, scene.render.resolution_y = FILM_SIZE
    render_film(scene, folder / "quadruped.mp4", step=step)
    tell("film rendered")
    measured = map(measure, herd.jobs, motions)
    return {
        "animals": dict(zip(ANIMALS, measured, strict=True)),
        "frames": scene.frame_end,
        "fps": FRAME_RATE,
        "blender": bpy.app.version_string,
        **about_run(outcome),
    }


def _finish_scene(scene: bpy.types.Scene, herd: HerdJob, motions: Sequence[AnimalMotion]) -> None:
    """Camera, light and pictures' settings."""
    tracks = [ground_track(*each) for each in zip(herd.jobs, motions, strict=True)]
    follow(scene, tracks, herd.jobs[0].start_frame, FRAME_RATE)
    scene.frame_start, scene.frame_end = 1, max(len(track) for track in tracks)
    use_workbench(scene, *FILM_SIZE)
    scene.display.light_direction = _LIGHT
    show_in_viewports()
    scene.frame_set(1)


def _write_sheet(
    scene: bpy.types.Scene, herd: HerdJob, motions: Sequence[AnimalMotion], folder: Path
) -> None:
    """Stills at even times, each told what it shows."""
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    stills = []
    for frame in np.linspace(scene.frame_end / _STILLS / 2, scene.frame_end, _STILLS).astype(int):
        scene.frame_set(int(frame))
        stills.append(render_smooth(scene, folder, _label(herd, motions, int(frame))))
    save_pixels(compose_sheet(stills, _COLUMNS), folder / "quadruped.png")


def _label(herd: HerdJob, motions: Sequence[AnimalMotion], frame: int) -> str:
    parts = []
    for name, job, motion in zip(ANIMALS, herd.jobs, motions, strict=True):
        moment = moment_at(job, motion, (frame - job.start_frame) / FRAME_RATE)
        parts.append(f"{name}: {moment.does} {moment.speed_m_s:.1f} m/s")
    return "   ".join(parts)
