"""The demo's picture: twelve poses along the way, and the ways from above with the real tracks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.capabilities.walk.job import Walk, WalkJob

from .pixels import Pixels, compose_sheet, render_pixels, save_pixels
from .scene import (
    DemoScene,
    add_mesh,
    add_path_line,
    ground_heights,
    look_at,
    material,
    path_points,
)

Array = NDArray[np.float64]

POSES: Final = 12
_COLUMNS: Final = 6
_POSE_SIZE: Final = (240, 320)
_FROM_DEG: Final = 26.0  # to the left of straight ahead
_AWAY_M: Final = 4.2
_PLAN_SIZE: Final = (_COLUMNS * 240, 560)


def write_sheet(
    context: bpy.types.Context,
    demo: DemoScene,
    jobs: Sequence[WalkJob],
    walks: Sequence[Walk],
    caption: str,
    out: Path,
) -> None:
    """Render the picture; the scene is left with other objects in it, so save it before.

    Args:
        demo, jobs, walks: the finished demo.
        caption: a line of text under the plan.
        out: the PNG, written over; parts of it lie beside it for a moment.
    """
    last = min(walk.clip.frame_count for walk in walks) - 1
    frames = np.linspace(0, last, POSES).round().astype(int)
    camera = _still_camera(context)
    context.scene.display.render_aa = "FXAA"
    poses = []
    for number, frame in enumerate(frames, start=1):
        poses.append(_render_pose(context, camera, jobs, walks, int(frame), number, out))
    plan = _render_plan(context, camera, demo, jobs, walks, frames, caption, out)
    save_pixels(compose_sheet(poses, _COLUMNS, plan), out)


def _still_camera(context: bpy.types.Context) -> bpy.types.Object:
    camera = bpy.data.objects.new("Still Camera", bpy.data.cameras.new("Still Camera"))
    context.scene.collection.objects.link(camera)
    context.scene.camera = camera
    return camera


def _render_pose(
    context: bpy.types.Context,
    camera: bpy.types.Object,
    jobs: Sequence[WalkJob],
    walks: Sequence[Walk],
    frame: int,
    number: int,
    out: Path,
) -> Pixels:
    """Both from ahead and to the left of the first."""
    scene, first = context.scene, walks[0]
    scene.frame_set(jobs[0].start_frame + frame)
    scene.render.resolution_x, scene.render.resolution_y = _POSE_SIZE
    camera.data.lens = 50.0
    places = [core_to_blender_points(walk.track.positions[frame]) for walk in walks]
    angle = first.track.headings_rad[frame] + np.radians(_FROM_DEG)
    away = core_to_blender_points(np.array([np.sin(angle), 0.0, np.cos(angle)]))
    target = np.mean(places, axis=0) + np.array([0.0, 0.0, 0.86])
    look_at(camera, target + _AWAY_M * away + np.array([0.0, 0.0, 0.75]), target)
    seconds = frame / first.clip.frame_rate_hz
    speeds = ", ".join(f"{_speed(walk, frame):.1f}" for walk in walks)
    label = f" {number}  {seconds:.1f} s  {speeds} m/s"
    return render_pixels(scene, out.with_name(f"pose_{number}.png"), label)


def _speed(walk: Walk, frame: int) -> float:
    """Speed of the root over the half second around a frame."""
    reach = round(0.25 * walk.clip.frame_rate_hz)
    low, high = max(frame - reach, 0), min(frame + reach, walk.clip.frame_count - 1)
    way = walk.track.positions[high] - walk.track.positions[low]
    return float(np.linalg.norm(way) * walk.clip.frame_rate_hz / (high - low))


def _render_plan(
    context: bpy.types.Context,
    camera: bpy.types.Object,
    demo: DemoScene,
    jobs: Sequence[WalkJob],
    walks: Sequence[Walk],
    frames: NDArray[np.int64],
    caption: str,
    out: Path,
) -> Pixels:
    """The ways from above: paths, tracks of the roots, and where the poses are."""
    scene = context.scene
    scene.render.resolution_x, scene.render.resolution_y = _PLAN_SIZE
    for walker in demo.walkers:
        for thing in (walker.armature, *walker.armature.children):
            thing.hide_render = True
    for job, walk in zip(jobs, walks, strict=True):
        track = walk.track.positions[:, [0, 2]]
        add_path_line(context, "Desired Path", path_points(job.path), 0.085, "Path", 0.03)
        add_path_line(context, "Root Track", track, 0.03, "Root Track", 0.05)
        for number, frame in enumerate(frames, start=1):
            place = core_to_blender_points(walk.track.positions[frame])
            _add_mark(context, place, number, walk.track.headings_rad[frame])
    _look_down(camera, np.concatenate([walk.track.positions for walk in walks]))
    scene.display.shading.show_shadows = False
    return render_pixels(scene, out.with_name("plan.png"), " " + caption)


def _look_down(camera: bpy.types.Object, track: Array) -> None:
    """See all of a track (N, 3), core axes, from above."""
    places = core_to_blender_points(track)
    low, high = places.min(axis=0), places.max(axis=0)
    middle, span = 0.5 * (low + high), high - low
    width = max(span[0] + 2.2, (span[1] + 1.8) * _PLAN_SIZE[0] / _PLAN_SIZE[1])
    camera.data.type, camera.data.ortho_scale = "ORTHO", width
    camera.location = (middle[0], middle[1], 20.0)
    camera.rotation_quaternion = (1.0, 0.0, 0.0, 0.0)


def _add_mark(context: bpy.types.Context, place: Array, number: int, heading_rad: float) -> None:
    """A dot on the track and its number beside it."""
    turn = np.linspace(0, 2 * np.pi, 17)[:-1]
    ring = place + 0.07 * np.stack((np.cos(turn), np.sin(turn), np.full(16, 1.2)), axis=-1)
    fan = np.arange(0, 14, 2)
    quads = np.stack((np.zeros_like(fan), fan + 1, fan + 2, (fan + 3) % 16), axis=-1)
    add_mesh(context, f"Mark {number}", ring, quads, ("Label",))
    text = bpy.data.curves.new(f"Number {number}", "FONT")
    text.body, text.size = str(number), 0.36
    text.align_x, text.align_y = "CENTER", "CENTER"
    text.materials.append(material("Label"))
    label = bpy.data.objects.new(text.name, text)
    aside = heading_rad + (np.pi / 2 if number % 2 else -np.pi / 2)  # neighbours on both sides
    x, y, _ = place + 0.33 * core_to_blender_points(np.array([np.sin(aside), 0, np.cos(aside)]))
    label.location = (x, y, float(ground_heights(x, y)) + 0.2)
    context.scene.collection.objects.link(label)
