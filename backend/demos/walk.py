"""The walk demo: two people walk, jog, stop and turn side by side over hills.

Writes walk.blend, walk.mp4, walk.png and walk.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import bpy

from blender_addon.capabilities.walk.crowd.scene import CrowdMember, read_crowd, write_crowd
from blender_addon.capabilities.walk.job import Walk, WalkJob
from blender_addon.core.feet import measures
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from blender_addon.core.motion.kinematics import forward_kinematics

from .common import about_run, make_files, tell
from .film import render_film, use_workbench
from .scene import (
    WALKERS,
    DemoScene,
    add_path_line,
    build_demo_scene,
    follow_with_camera,
    path_points,
    show_in_viewports,
)
from .shadows import coarsen_shadows
from .sheet import write_sheet

FILES: Final = ("walk.json", "walk.blend", "walk.mp4", "walk.png")
FILM_SIZE: Final = (768, 432)


def add_options(_parser: argparse.ArgumentParser) -> None:
    """This demo has no options of its own."""


def run(out: Path, models: ModelChoice | None = None) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the model lies and how to run it.

    Returns:
        What walk.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: the model is missing, or the film could not be rendered.
    """
    report = make_files(out, FILES, lambda folder: _make(folder, models or ModelChoice()))
    tell("%s in %s", ", ".join(FILES), out)
    tell("path deviation %.3f m, slip %.1f cm/s, %s",
         report["path_deviation_mean_m"], report["slip_cm_s"], report["provider"])  # fmt: skip
    return report


def _make(folder: Path, models: ModelChoice) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    demo = build_demo_scene(context)
    tell("scene built")
    crowd = read_crowd(context, [CrowdMember(each) for each in demo.walkers], models)
    outcome = crowd.run()
    jobs, walks = crowd.jobs, outcome.result
    write_crowd(context, crowd, walks)
    for name, job, walk in zip(WALKERS, jobs, walks, strict=True):
        tell("%s: %.1f m in %d frames", name, job.path.length_m, walk.clip.frame_count)
    _finish_scene(context, demo, jobs, walks)
    blend = folder / "walk.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), check_existing=False, compress=True)
    tell("scene saved; the film takes a while")
    coarsen_shadows(context.scene)
    render_film(context.scene, folder / "walk.mp4")
    tell("film rendered")
    report = {**_measure_all(jobs, walks), **about_run(outcome)}
    write_sheet(context, demo, jobs, walks, _caption(report), folder / "walk.png")
    tell("poses rendered")
    return report


def _finish_scene(
    context: bpy.types.Context, demo: DemoScene, jobs: Sequence[WalkJob], walks: Sequence[Walk]
) -> None:
    for name, job in zip(WALKERS, jobs, strict=True):
        add_path_line(context, f"Path Line of {name}", path_points(job.path), 0.06, "Path")
    follow_with_camera(context, demo, jobs[0], walks)
    use_workbench(context.scene, *FILM_SIZE)
    longest = max(walk.clip.frame_count for walk in walks)
    context.scene.frame_end = jobs[0].start_frame + longest - 1
    show_in_viewports()


def _measure_all(jobs: Sequence[WalkJob], walks: Sequence[Walk]) -> dict[str, Any]:
    """Measures of each, and above them the worse of the two."""
    measured = [_measure(job, walk) for job, walk in zip(jobs, walks, strict=True)]
    worse = {key: max(each[key] for each in measured) for key in measured[0]}
    return {
        **worse,
        "path_completed": all(each["path_completed"] for each in measured),
        "fps": walks[0].clip.frame_rate_hz,
        "walkers": dict(zip(WALKERS, measured, strict=True)),
        "blender": bpy.app.version_string,
    }


def _measure(job: WalkJob, walk: Walk) -> dict[str, Any]:
    """Measures of the motion as the pipeline made it, at 60 Hz, in the character's own size."""
    clip, rate = walk.result.clip, walk.result.clip.frame_rate_hz
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    feet = walk.scale * places[:, clip.skeleton.indices(FOOT_JOINTS)]
    ground = job.terrain.heights(feet[..., [0, 2]])
    heights = measures.heights_over_ground(feet, ground, walk.scale * PLANTED_HEIGHTS_M)
    root = walk.scale * walk.result.root_track[:, :2]
    strayed = measures.path_deviation(root, path_points(job.path), rate)
    slip = measures.slip_speed(feet, heights, rate)
    sunk = measures.penetration(heights)
    return {
        "path_deviation_mean_m": round(strayed.mean_m, 4),
        "path_deviation_p95_m": round(strayed.p95_m, 4),
        "path_completed": strayed.completed(),
        "slip_cm_s": round(100 * slip.mean, 3),
        "penetration_mean_cm": round(100 * sunk.mean, 3),
        "penetration_max_cm": round(100 * sunk.largest, 3),
        "frames": walk.clip.frame_count,
        "duration_s": round(walk.clip.duration_s, 2),
        "path_length_m": round(job.path.length_m, 2),
    }


def _caption(report: dict[str, Any]) -> str:
    return (
        f"orange: the paths, blue: the roots   mean distance at most "
        f"{100 * report['path_deviation_mean_m']:.1f} cm   slip {report['slip_cm_s']:.1f} cm/s"
    )
