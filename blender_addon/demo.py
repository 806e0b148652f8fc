"""The demo: a figure walks, jogs, stops and turns along a curve over hills.

``python -m blender_addon.demo --out DIR`` writes walk.blend, walk.mp4, walk.png and walk.json. It
runs inside any Python with bpy, NumPy and onnxruntime, and does what the operator does.
"""

from __future__ import annotations

import time

_STARTED = time.perf_counter()

import argparse  # noqa: E402 - the clock starts before the slow imports
import json  # noqa: E402
import logging  # noqa: E402
import shutil  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Final  # noqa: E402

import bpy  # noqa: E402

from .core.errors import InputError, NeuralMotionError  # noqa: E402
from .core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M  # noqa: E402
from .core.motion.kinematics import forward_kinematics  # noqa: E402
from .core.postprocess import measures  # noqa: E402
from .scene.demo_scene import (  # noqa: E402
    DemoScene,
    add_path_line,
    build_demo_scene,
    follow_with_camera,
    path_points,
    show_in_viewports,
)
from .scene.demo_sheet import write_sheet  # noqa: E402
from .scene.film import coarsen_shadows, render_film, use_workbench  # noqa: E402
from .scene.models import ModelChoice  # noqa: E402
from .scene.walk import Walk, WalkJob, read_walk, write_walk  # noqa: E402

FILES: Final = ("walk.json", "walk.blend", "walk.mp4", "walk.png")
MADE_BY: Final = "Neural Motion demo"
FILM_SIZE: Final = (768, 432)

_logger = logging.getLogger(__name__)


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
    out.mkdir(parents=True, exist_ok=True)
    _check_free(out)
    with tempfile.TemporaryDirectory(prefix=".demo-", dir=out) as folder:
        report = _make(Path(folder), models or ModelChoice())
        for name in FILES:  # each appears complete or not at all
            shutil.move(Path(folder) / name, out / name)
    return report


def _check_free(out: Path) -> None:
    """Refuse to write over files that the demo did not make."""
    present = [name for name in FILES if (out / name).exists()]
    if present and not _is_ours(out / "walk.json"):
        raise InputError(
            f"{', '.join(present)} in {out} was not made by this demo and would be lost. "
            "Move it away or give another folder with --out"
        )


def _is_ours(file: Path) -> bool:
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and report.get("made_by") == MADE_BY


def _make(folder: Path, models: ModelChoice) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    demo = build_demo_scene(context)
    _tell("scene built")
    job = read_walk(context, demo.settings, models)
    walk = job.run()
    write_walk(context, job, walk)
    _tell("%.1f m walked in %d frames", job.path.length_m, walk.clip.frame_count)
    _finish_scene(context, demo, job, walk)
    blend = folder / "walk.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), check_existing=False, compress=True)
    _tell("scene saved; the film takes a while")
    coarsen_shadows(context.scene)
    render_film(context.scene, folder / "walk.mp4")
    _tell("film rendered")
    report = _measure(job, walk)
    write_sheet(context, demo, job, walk, _caption(report), folder / "walk.png")
    _tell("poses rendered")
    report["seconds"] = round(time.perf_counter() - _STARTED, 2)
    text = json.dumps(report, indent=2, ensure_ascii=False)
    (folder / "walk.json").write_text(text + "\n", encoding="utf-8")
    return report


def _finish_scene(context: bpy.types.Context, demo: DemoScene, job: WalkJob, walk: Walk) -> None:
    add_path_line(context, "Path Line", path_points(job.path), 0.06, "Path")
    follow_with_camera(context, demo, job, walk)
    use_workbench(context.scene, *FILM_SIZE)
    context.scene.frame_end = job.start_frame + walk.clip.frame_count - 1
    show_in_viewports()


def _measure(job: WalkJob, walk: Walk) -> dict[str, Any]:
    """Measures of the motion as the pipeline made it, at 60 Hz, in the figure's own size."""
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
        "made_by": MADE_BY,
        "path_deviation_mean_m": round(strayed.mean_m, 4),
        "path_deviation_p95_m": round(strayed.p95_m, 4),
        "path_completed": strayed.completed(),
        "slip_cm_s": round(100 * slip.mean, 3),
        "penetration_mean_cm": round(100 * sunk.mean, 3),
        "penetration_max_cm": round(100 * sunk.largest, 3),
        "frames": walk.clip.frame_count,
        "fps": walk.clip.frame_rate_hz,
        "duration_s": round(walk.clip.duration_s, 2),
        "path_length_m": round(job.path.length_m, 2),
        "provider": walk.provider,
        "provider_report": walk.provider_report,
        "generate_s": round(walk.compute_s, 3),
        "blender": bpy.app.version_string,
    }


def _caption(report: dict[str, Any]) -> str:
    return (
        f"orange: the path, blue: the root   mean distance "
        f"{100 * report['path_deviation_mean_m']:.1f} cm   slip {report['slip_cm_s']:.1f} cm/s"
    )


def _tell(message: str, *values: object) -> None:
    _logger.info("%5.1f s  " + message, time.perf_counter() - _STARTED, *values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR")
    parser.add_argument("--models", type=Path, metavar="DIR", help="folder with another model")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        report = run(chosen.out.resolve(), ModelChoice(folder=chosen.models))
    except NeuralMotionError as error:
        _logger.error("demo: %s", error)  # noqa: TRY400 - the message is for users
        return 1
    _tell("%s in %s", ", ".join(FILES), chosen.out)
    _tell("path deviation %.3f m, slip %.1f cm/s, %s",
          report["path_deviation_mean_m"], report["slip_cm_s"], report["provider"])  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
