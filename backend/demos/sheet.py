"""The demo's picture: twelve poses along the way, and the way from above with the real track."""

from __future__ import annotations

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
_PLAN_SIZE: Final = (_COLUMNS * 240, 560)


def write_sheet(
    context: bpy.types.Context,
    demo: DemoScene,
    job: WalkJob,
    walk: Walk,
    caption: str,
    out: Path,
) -> None:
    """Render the picture; the scene is left with other objects in it, so save it before.

    Args:
        demo, job, walk: the finished demo.
        caption: a line of text under the plan.
        out: the PNG, written over; parts of it lie beside it for a moment.
    """
    frames = np.linspace(0, walk.clip.frame_count - 1, POSES).round().astype(int)
    camera = _still_camera(context)
    context.scene.display.render_aa = "FXAA"
    poses = []
    for number, frame in enumerate(frames, start=1):
        poses.append(_render_pose(context, camera, job, walk, int(frame), number, out))
    plan = _render_plan(context, camera, demo, job, walk, frames, caption, out)
    save_pixels(compose_sheet(poses, _COLUMNS, plan), out)


def _still_camera(context: bpy.types.Context) -> bpy.types.Object:
    camera = bpy.data.objects.new("Still Camera", bpy.data.cameras.new("Still Camera"))
    context.scene.collection.objects.link(camera)
    context.scene.camera = camera
    return camera


def _render_pose(
    context: bpy.types.Context,
    camera: bpy.types.Object,
    job: WalkJob,
    walk: Walk,
    frame: int,
    number: int,
    out: Path,
) -> Pixels:
    """The character from ahead and to its left."""
    scene = context.scene
    scene.frame_set(job.start_frame + frame)
    scene.render.resolution_x, scene.render.resolution_y = _POSE_SIZE
    camera.data.lens = 50.0
    place = core_to_blender_points(walk.track.positions[frame])
    angle = walk.track.headings_rad[frame] + np.radians(55.0)
    away = core_to_blender_points(np.array([np.sin(angle), 0.0, np.cos(angle)]))
    target = place + np.array([0.0, 0.0, 0.86])
    look_at(camera, target + 3.6 * away + np.array([0.0, 0.0, 0.75]), target)
    seconds = frame / walk.clip.frame_rate_hz
    label = f" {number}   {seconds:.1f} s   {_speed(walk, frame):.1f} m/s"
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
    job: WalkJob,
    walk: Walk,
    frames: NDArray[np.int64],
    caption: str,
    out: Path,
) -> Pixels:
    """The whole way from above: path, track of the root, and where the poses are."""
    scene = context.scene
    scene.render.resolution_x, scene.render.resolution_y = _PLAN_SIZE
    for thing in (demo.armature, *demo.armature.children):
        thing.hide_render = True
    track = walk.track.positions[:, [0, 2]]
    add_path_line(context, "Desired Path", path_points(job.path), 0.085, "Path", 0.03)
    add_path_line(context, "Root Track", track, 0.03, "Root Track", 0.05)
    places = core_to_blender_points(walk.track.positions)
    for number, frame in enumerate(frames, start=1):
        _add_mark(context, places[frame], number, walk.track.headings_rad[frame])
    low, high = places.min(axis=0), places.max(axis=0)
    middle, span = 0.5 * (low + high), high - low
    width = max(span[0] + 2.2, (span[1] + 2.6) * _PLAN_SIZE[0] / _PLAN_SIZE[1])
    camera.data.type, camera.data.ortho_scale = "ORTHO", width
    camera.location = (middle[0], middle[1], 20.0)
    camera.rotation_quaternion = (1.0, 0.0, 0.0, 0.0)
    scene.display.shading.show_shadows = False
    return render_pixels(scene, out.with_name("plan.png"), " " + caption)


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
