"""The editing demo: a gap filled, a capture cleaned, a walk restyled, a run looped, side by side.

Writes editing.blend, editing.mp4, editing.png and editing.json. On the left of each picture is what
was there before, on the right what the edit made of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from math import radians
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from blender_addon.core.inference.choice import ModelChoice

from ..cast import eyes_of
from ..common import about_run, make_files, tell
from ..film import render_film, use_workbench
from ..pixels import compose_sheet, render_pixels, save_pixels
from ..room.cameras import Shot, add_cameras
from ..scene import add_mesh, material, show_in_viewports
from .stations import FRAME_RATE, SHOT_FRAMES, Station, build_stations

FILES: Final = ("editing.json", "editing.blend", "editing.mp4", "editing.png")
FILM_SIZE: Final = (640, 360)
_STILL_SIZE: Final = (320, 240)
_STILLS: Final = 5
"""Of each pair."""
_WALL: Final = (0.72, 0.75, 0.78)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many frames of the film are drawn."""
    parser.add_argument(
        "--step", type=int, default=1, help="draw every so many frames (%(default)s)"
    )


def run(out: Path, models: ModelChoice | None = None, *, step: int = 1) -> dict[str, Any]:
    """Make the demo's four files.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the models lie and how to run them.
        step: every so many frames are drawn, at as many fewer a second.

    Returns:
        What editing.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        NeuralMotionError: a model is missing, or the film could not be rendered.
    """
    report = make_files(out, FILES, lambda folder: _make(folder, models or ModelChoice(), step))
    tell("%s in %s", ", ".join(FILES), out)
    return report


def _make(folder: Path, models: ModelChoice, step: int) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_start, scene.frame_end = 1, 4 * SHOT_FRAMES
    _add_floor(context)
    stations = build_stations(context, models)
    for station in stations:
        tell("%s: %s", station.name, station.summary)
    scene.frame_start, scene.frame_end = 1, len(stations) * SHOT_FRAMES
    add_cameras(scene, [_shot(scene, station) for station in stations])
    use_workbench(scene, *FILM_SIZE)
    show_in_viewports()
    file = str(folder / "editing.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file, check_existing=False, compress=True)
    tell("scene saved")
    _write_sheet(scene, stations, folder / "editing.png")
    tell("poses rendered; the film takes a while")
    use_workbench(scene, *FILM_SIZE)
    render_film(scene, folder / "editing.mp4", step=step)
    tell("film rendered")
    return {
        "edits": {station.name: _told(station) for station in stations},
        "frames": scene.frame_end,
        "fps": FRAME_RATE,
        "blender": bpy.app.version_string,
    }


def _told(station: Station) -> dict[str, Any]:
    edited = station.outcome.result[0]
    return {
        "summary": station.summary,
        "means": edited.means,
        "measures": {name: round(float(value), 4) for name, value in edited.measures.items()},
        "notes": list(edited.notes),
        **about_run(station.outcome),
    }


def _shot(scene: bpy.types.Scene, station: Station) -> Shot:
    """From ahead and a little aside, going back as the two come."""
    last = station.first + SHOT_FRAMES - 1
    ends = [_middle(scene, station, frame) for frame in (station.first + 2, last - 2)]
    places = [(x + 2.5, y - 5.2, 1.35) for x, y in ends]
    targets = [(x, y, 0.88) for x, y in ends]
    return Shot(
        station.name, station.first, last, (places[0], places[1]), (targets[0], targets[1]), 52.0
    )


def _middle(scene: bpy.types.Scene, station: Station, frame: int) -> tuple[float, float]:
    """Between the two of a pair, on the floor."""
    scene.frame_set(frame)
    x, y, _ = 0.5 * (eyes_of(station.before) + eyes_of(station.after))
    return float(x), float(y)


def _add_floor(context: bpy.types.Context) -> None:
    scene: bpy.types.Scene = context.scene
    corners = np.array([[-30.0, -30, 0], [70, -30, 0], [70, 20, 0], [-30, 20, 0]])
    add_mesh(context, "Floor", corners, np.array([[0, 1, 2, 3]]), ("Ground Light",))
    material("Ground Light").diffuse_color = (0.55, 0.52, 0.48, 1.0)
    material("Path").diffuse_color = (0.36, 0.33, 0.30, 1.0)
    z = 0.006  # over the floor, so that it is seen from afar as well
    for number in range(-20, 40):  # boards across, by which one sees whether feet slide
        low, high = -0.5 * number - 0.03, -0.5 * number
        board = np.array([[-30.0, low, z], [70, low, z], [70, high, z], [-30, high, z]])
        add_mesh(context, f"Joint {number}", board, np.array([[0, 1, 2, 3]]), ("Path",))
    scene.world = bpy.data.worlds.new("Room")
    scene.world.color = _WALL
    data: Any = bpy.data.lights.new("Sun", "SUN")
    data.energy = 3.0
    sun = bpy.data.objects.new("Sun", data)
    sun.rotation_euler = (radians(50), radians(10), radians(15))
    scene.collection.objects.link(sun)


def _write_sheet(scene: bpy.types.Scene, stations: Sequence[Station], out: Path) -> None:
    """A row for each pair, left before and right after."""
    scene.render.resolution_x, scene.render.resolution_y = _STILL_SIZE
    scene.display.render_aa = "8"
    stills = []
    for station in stations:
        scene.camera = bpy.data.objects[station.name]
        for frame in np.linspace(8, SHOT_FRAMES - 8, _STILLS).round().astype(int):
            scene.frame_set(station.first + int(frame))
            label = f" {station.name}: before | after  {frame / FRAME_RATE:.1f} s"
            file = out.with_name(f"still_{len(stills)}.png")
            stills.append(render_pixels(scene, file, label))
    save_pixels(compose_sheet(stills, _STILLS), out)
