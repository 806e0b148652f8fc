"""Two people talk: one walks up, and one button lets both speak, look and move their hands.

Writes perform.blend, perform.mp4 (with sound, by Workbench), perform.png and perform.json. The
voices are eSpeak NG's; everything that moves is made by Perform Both.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

import blender_addon
from blender_addon.core.inference.choice import ModelChoice

from .common import make_files, tell
from .film import has_sound, render_film, use_workbench
from .frames import take_camera
from .perform_story import FRAME_RATE, FRAMES, SHOTS, build_scene, perform, set_up
from .pixels import compose_sheet, render_pixels, save_pixels
from .room.cameras import add_cameras
from .scene import show_in_viewports

FILES: Final = ("perform.json", "perform.blend", "perform.mp4", "perform.png")
_STILL_SIZE: Final = (400, 225)
_STILLS: Final = 3
"""Of each shot."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """How large the film is, and how many of its frames are drawn."""
    parser.add_argument("--width", type=int, default=640, help="pixels across (%(default)s)")
    parser.add_argument(
        "--step", type=int, default=1, help="draw every so many frames (%(default)s)"
    )


def run(
    out: Path, models: ModelChoice | None = None, *, width: int = 640, step: int = 1
) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: those of the extension are used, whatever is given.
        width: of the film in pixels; its height follows.
        step: every so many frames are drawn, at as many fewer a second.

    Returns:
        What perform.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: a model is missing, or the film could not be rendered.
    """
    del models
    blender_addon.register()
    try:
        report = make_files(out, FILES, lambda folder: _make(folder, width, step))
    finally:
        blender_addon.unregister()
    tell("%s in %s", ", ".join(FILES), out)
    tell("performing took %.1f s", report["perform_s"])
    return report


def _make(folder: Path, width: int, step: int) -> dict[str, Any]:
    context = bpy.context
    bpy.ops.wm.read_factory_settings(use_empty=True)
    people = build_scene(context)
    with tempfile.TemporaryDirectory() as voices:
        set_up(people, Path(voices))
        played = perform(context, people)
        for sound in bpy.data.sounds:
            sound.pack()
    tell("performed; %s", "; ".join(f"{name}: {text}" for name, text in played.told.items()))
    scene = context.scene
    add_cameras(scene, SHOTS)
    use_workbench(scene, width, width * 9 // 16, close_up=True)
    show_in_viewports()
    file = str(folder / "perform.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file, check_existing=False, compress=True)
    tell("scene saved; the film takes a while")
    render_film(scene, folder / "perform.mp4", sound=True, step=step)
    tell("film rendered" if has_sound() else "film rendered, silent: this Blender has no sound")
    _write_sheet(scene, folder / "perform.png")
    return {
        "perform_s": played.seconds,
        "told": played.told,
        "frames": FRAMES,
        "fps": FRAME_RATE,
        "shots": {shot.name: [shot.first, shot.last] for shot in SHOTS},
        "blender": bpy.app.version_string,
    }


def _write_sheet(scene: bpy.types.Scene, out: Path) -> None:
    """A row of stills for each shot."""
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    scene.display.render_aa = "FXAA"
    stills = []
    for shot in SHOTS:
        for frame in np.linspace(shot.first + 4, shot.last - 4, _STILLS).astype(int):
            take_camera(scene, int(frame))
            label = f" {shot.name}   {(frame - 1) / FRAME_RATE:.1f} s"
            stills.append(render_pixels(scene, out.with_name(f"still_{frame}.png"), label))
    save_pixels(compose_sheet(stills, _STILLS), out)
