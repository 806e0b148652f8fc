"""The physics demo: a walk is pushed twice, stumbles over a plank and is knocked down.

Writes physics.blend, physics.mp4, physics.png and physics.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import bpy

from blender_addon.capabilities.physics.job import PhysicsJob, PhysicsMotion
from blender_addon.core.inference.choice import ModelChoice

from ..common import about_run, make_files, tell
from ..film import render_film, use_workbench
from ..pixels import compose_sheet, render_smooth, save_pixels
from ..scene import show_in_viewports
from ..shadows import coarsen_shadows
from .measures import measure
from .shown import follow_with_camera, hips_track, show_push
from .stage import PLANK_X_M, build_stage
from .story import FRAME_RATE, PUSHES, WALKER, knock, let_walk, push_frames

FILES: Final = ("physics.json", "physics.blend", "physics.mp4", "physics.png")
FILM_SIZE: Final = (640, 360)
_STILL_SIZE: Final = (480, 270)
_COLUMNS: Final = 4
_BEFORE_M: Final = 0.35
"""The hips are behind the foremost foot."""
_AFTER_S: Final = (0.05, 0.35, 0.8, 1.6)
"""After a push, or after the foot comes to the plank: when a still is made."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many frames of the film are drawn."""
    parser.add_argument(
        "--step", type=int, default=1, help="draw every so many frames (%(default)s)"
    )


def run(out: Path, models: ModelChoice | None = None, *, step: int = 1) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the walk's model lies and how to run it.
        step: every so many frames are drawn, at as many fewer a second.

    Returns:
        What physics.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: the model or the engine is missing, or the film could not be rendered.
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
    stage = build_stage(context)
    rig = let_walk(context, stage, models)
    tell("%s walks; now with weight", WALKER)
    job, outcome = knock(context, rig, stage, models)
    motion = outcome.result
    tell("simulated: %.1f s in %.0f s", motion.result.clip.duration_s, outcome.compute_s)
    _finish_scene(context, rig, job, motion)
    file = str(folder / "physics.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file, check_existing=False, compress=True)
    tell("scene saved")
    coarsen_shadows(scene)
    _write_sheet(scene, job, motion, folder)
    tell("poses rendered; the film takes a while")
    scene.render.resolution_x, scene.render.resolution_y = FILM_SIZE
    render_film(scene, folder / "physics.mp4", step=step)
    tell("film rendered")
    return {
        **measure(job, motion),
        "frames": scene.frame_end,
        "fps": FRAME_RATE,
        "blender": bpy.app.version_string,
        **about_run(outcome),
    }


def _finish_scene(
    context: bpy.types.Context, rig: bpy.types.Object, job: PhysicsJob, motion: PhysicsMotion
) -> None:
    """Arrows, camera and pictures' settings."""
    scene = context.scene
    scene.frame_start, scene.frame_end = 1, job.take.first + motion.clip.frame_count - 1
    follow_with_camera(scene, hips_track(job, motion), job.take.first)
    for push, frame in zip(PUSHES, push_frames(), strict=True):
        show_push(context, rig, push, frame)
    use_workbench(scene, *FILM_SIZE)
    show_in_viewports()
    scene.frame_set(1)


def _write_sheet(
    scene: bpy.types.Scene, job: PhysicsJob, motion: PhysicsMotion, folder: Path
) -> None:
    """Stills of what happens after each push, and after the plank."""
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    stills = []
    for title, frame in moments(job, motion):
        scene.frame_set(frame)
        label = f"{title}   {(frame - 1) / FRAME_RATE:.1f} s"
        stills.append(render_smooth(scene, folder, label))
    save_pixels(compose_sheet(stills, _COLUMNS), folder / "physics.png")


def moments(job: PhysicsJob, motion: PhysicsMotion) -> list[tuple[str, int]]:
    """What happens and frames shortly after: first the walk, then each push and the plank."""
    found = []
    starts = [*zip((each.title for each in PUSHES), push_frames(), strict=True)]
    starts.insert(2, ("over a plank", _plank_frame(job, motion)))
    for title, start in starts:
        for after_s in _AFTER_S:
            frame = min(start + round(after_s * FRAME_RATE), bpy.context.scene.frame_end)
            found.append((title, frame))
    return found


def _plank_frame(job: PhysicsJob, motion: PhysicsMotion) -> int:
    """The frame on which a foot comes to the plank."""
    track = hips_track(job, motion)
    near = [n for n, place in enumerate(track) if place[0] > PLANK_X_M - _BEFORE_M]
    return job.take.first + (near[0] if near else 0)
