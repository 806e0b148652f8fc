"""The demo's world: hilly ground, two curves to walk along, light and a camera that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.blender.ground.path import SpeedChange
from blender_addon.blender.keys.keyframes import rotation_channels, vector_channels, write_action
from blender_addon.capabilities.walk.job import Walk, WalkJob
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.maths.rotations import matrix_to_quaternion
from blender_addon.core.maths.smoothing import gaussian_smooth

from .cast import add_actor

Array = NDArray[np.float64]

FRAME_RATE: Final = 24
WALK_M_S: Final = 1.3
JOG_M_S: Final = 2.6
JOG_FROM_M: Final = 2.6
JOG_TO_M: Final = 9.0
STOP: Final = Stop(at_m=10.4, seconds=0.8)
TURN_M_S: Final = 1.25
OUTER_JOG_M_S: Final = 2.5
OUTER_TURN_M_S: Final = 1.5
WALKERS: Final = ("Ada", "Tom")
"""Who walks: along the curve, and beside it on the outside of its turn."""

# Control points of the curve, X and Y: a gentle S, then a U-turn and back.
_CURVE: Final = (
    (-5.6, -0.7), (-3.8, -0.95), (-1.6, -0.1), (0.8, 0.45), (3.2, -0.3),
    (5.1, -0.15), (5.7, 1.0), (4.6, 1.85), (3.0, 1.75), (1.5, 2.1),
)  # fmt: skip
_BESIDE_M: Final = 0.95
_BEHIND_M: Final = 0.45
_BUMP_M: Final = 0.3
_FINE_M: Final = 0.25
_HALF_SIZE_M: Final = (9.0, 5.0)
_CHECKED_M: Final = 20.0
_FAR_M: Final = 60.0

_CAMERA_DISTANCE_M: Final = 5.0
_CAMERA_HEIGHT_M: Final = 1.75
_CAMERA_TURN_DEG: Final = (52.0, -46.0)
_AIM_HEIGHT_M: Final = 0.87

# Linear colours as Workbench shows them; under the sun the ground needs less.
_SUNLIT: Final = 0.45
_COLOURS: Final = {
    "Ground Light": (0.80, 0.84, 0.68),
    "Ground Dark": (0.62, 0.69, 0.55),
    "Path": (1.0, 0.33, 0.04),
    "Root Track": (0.02, 0.10, 0.55),
    "Label": (0.015, 0.015, 0.02),
}
_SKY: Final = (0.62, 0.74, 0.86)


@dataclass(frozen=True, eq=False)
class DemoScene:
    """What was put into the scene.

    Args:
        walkers: how each is to walk, and along which curve.
        ground, camera: the objects.
    """

    walkers: tuple[WalkSettings, ...]
    ground: bpy.types.Object
    camera: bpy.types.Object


def build_demo_scene(context: bpy.types.Context) -> DemoScene:
    """Fill an empty scene with two people, hills, their paths, sun and camera."""
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_start = scene.frame_end = 1
    scene.frame_set(1)
    ground = _add_ground(context)
    walkers = tuple(
        WalkSettings(
            armature=add_actor(context, name),
            curve=_add_curve(context, f"Path of {name}", points),
            ground=ground,
            speed_m_s=WALK_M_S,
            stand_before_s=0.5,
            stand_after_s=0.6,
            start_frame=1,
            **pace,
        )
        for name, points, pace in zip(
            WALKERS, (np.array(_CURVE), _outer_curve()), _paces(), strict=True
        )
    )
    camera = _add_camera(context)
    _add_light(context)
    return DemoScene(walkers, ground, camera)


def _paces() -> tuple[dict[str, Any], dict[str, Any]]:
    """Both jog; before the turn one waits, so that the other has time for the wider way."""
    jog, walk = SpeedChange(JOG_FROM_M, JOG_M_S), SpeedChange(JOG_TO_M, WALK_M_S)
    turn = SpeedChange(STOP.at_m, TURN_M_S)
    outer = (SpeedChange(JOG_FROM_M, OUTER_JOG_M_S), SpeedChange(JOG_TO_M, OUTER_TURN_M_S))
    return {"speed_changes": (jog, walk, turn), "stops": (STOP,)}, {"speed_changes": outer}


def _outer_curve() -> Array:
    """(N, 2) control points to the right of the others, beginning further back."""
    points = np.array(_CURVE)
    way = np.gradient(points, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    outer = points + _BESIDE_M * np.stack((way[:, 1], -way[:, 0]), axis=-1)
    outer[0] -= _BEHIND_M * way[0]
    return outer


def ground_heights(x: Array, y: Array) -> Array:
    """Height of the hills: within ±0.3 m, slopes up to about 15°, level far away."""
    hills = (
        0.55 * np.sin(0.95 * x + 0.9) * np.cos(0.75 * y - 0.5)
        + 0.35 * np.sin(0.50 * x - 0.85 * y + 1.2)
        + 0.10 * np.sin(2.0 * x + 0.6 * y)
    )
    away = np.maximum(np.abs(x) - _HALF_SIZE_M[0], np.abs(y) - _HALF_SIZE_M[1])
    fade = np.clip(1.0 - away / 3.0, 0.0, 1.0)
    return _BUMP_M * hills * fade * fade * (3 - 2 * fade)


def _add_ground(context: bpy.types.Context) -> bpy.types.Object:
    """A grid, fine where somebody walks and coarse toward the horizon, chequered in metres."""
    x, y = (_grid_lines(half) for half in _HALF_SIZE_M)
    places = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    heights = ground_heights(places[..., 0], places[..., 1])
    vertices = np.concatenate((places, heights[..., None]), axis=-1).reshape(-1, 3)
    here = (np.arange(len(x) - 1)[:, None] * len(y) + np.arange(len(y) - 1)).ravel()
    quads = np.stack((here, here + len(y), here + len(y) + 1, here + 1), axis=-1)
    middle = vertices[quads].mean(axis=1)
    near = np.all(np.abs(middle[:, :2]) < _CHECKED_M, axis=1)
    checks = np.where(near, np.floor(middle[:, :2]).astype(int).sum(axis=1) % 2, 0)
    ground = add_mesh(context, "Ground", vertices, quads, ("Ground Light", "Ground Dark"))
    ground.data.polygons.foreach_set("material_index", checks.astype(np.int32))
    return ground


def _grid_lines(half: float) -> Array:
    """From −far to far, wider spaced step by step; the checks' whole metres are among them."""
    fine = np.arange(0.0, half + 1, _FINE_M)
    metres = np.arange(half + 1, _CHECKED_M)
    coarse = np.arange(_CHECKED_M, _FAR_M + 1, 5.0)
    positive = np.concatenate((fine, metres, coarse))
    return np.concatenate((-positive[:0:-1], positive))


def add_mesh(
    context: bpy.types.Context,
    name: str,
    vertices: Array,
    quads: NDArray[np.int64],
    colours: tuple[str, ...],
) -> bpy.types.Object:
    """A smooth mesh object of quads, in Blender's axes.

    Args:
        vertices: (N, 3).
        quads: (M, 4).
        colours: names of its materials.
    """
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.asarray(vertices, np.float32).ravel())
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", quads.astype(np.int32).ravel())
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(0, quads.size, 4, dtype=np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(quads), np.bool_))
    mesh.update(calc_edges=True)
    for colour in colours:
        mesh.materials.append(material(colour))
    thing = bpy.data.objects.new(name, mesh)
    context.scene.collection.objects.link(thing)
    return thing


def material(name: str) -> bpy.types.Material:
    """The demo's material of that name, made on first use."""
    known = bpy.data.materials.get(name)
    if known is not None:
        return known
    made = bpy.data.materials.new(name)
    made.diffuse_color = (*_COLOURS[name], 1.0)
    made.roughness = 1.0
    made.specular_intensity = 0.0
    if bpy.app.version < (5, 0, 0):
        made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shade = tuple(_SUNLIT * value for value in _COLOURS[name])
    shader.inputs["Base Color"].default_value = (*shade, 1.0)
    shader.inputs["Roughness"].default_value = 1.0
    return made


def _add_curve(context: bpy.types.Context, name: str, points: Array) -> bpy.types.Object:
    """A smooth curve through control points (N, 2), on the ground."""
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("BEZIER")
    spline.bezier_points.add(len(points) - 1)
    heights = ground_heights(*points.T)
    for point, (x, y), height in zip(spline.bezier_points, points, heights, strict=True):
        point.co = (x, y, float(height))
        point.handle_left_type = point.handle_right_type = "AUTO"
    curve = bpy.data.objects.new(name, data)
    context.scene.collection.objects.link(curve)
    return curve


def _add_camera(context: bpy.types.Context) -> bpy.types.Object:
    data = bpy.data.cameras.new("Camera")
    data.lens = 38.0
    camera = bpy.data.objects.new("Camera", data)
    context.scene.collection.objects.link(camera)
    context.scene.camera = camera
    camera.rotation_mode = "QUATERNION"
    return camera


def _add_light(context: bpy.types.Context) -> None:
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy, data.angle = 3.0, radians(3.0)
    sun = bpy.data.objects.new("Sun", data)
    sun.rotation_euler = (radians(42), radians(-18), radians(-20))
    sun.location = (0.0, -4.0, 6.0)
    context.scene.collection.objects.link(sun)
    world = bpy.data.worlds.new("Sky")
    world.color = _SKY
    context.scene.world = world


def add_path_line(
    context: bpy.types.Context,
    name: str,
    points_xz: Array,
    width_m: float,
    colour: str,
    lift_m: float = 0.02,
) -> bpy.types.Object:
    """A thin ribbon on the demo's ground.

    Args:
        points_xz: (N, 2) core x and z, metres, close together.
        width_m: of the ribbon.
        colour: name of its material.
        lift_m: how far over the ground.
    """
    places = np.stack((points_xz[:, 0], -points_xz[:, 1]), axis=-1)
    way = np.gradient(places, axis=0)
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    aside = 0.5 * width_m * np.stack((-way[:, 1], way[:, 0]), axis=-1)
    sides = np.stack((places - aside, places + aside), axis=1).reshape(-1, 2)
    heights = ground_heights(sides[:, 0], sides[:, 1]) + lift_m
    here = 2 * np.arange(len(places) - 1)
    quads = np.stack((here, here + 2, here + 3, here + 1), axis=-1)
    return add_mesh(context, name, np.column_stack((sides, heights)), quads, (colour,))


def path_points(path: Path, spacing_m: float = 0.05) -> Array:
    """(N, 2) core x and z of a path at even distances."""
    count = int(path.length_m / spacing_m) + 2
    return np.asarray(path.positions(np.linspace(0.0, path.length_m, count)), np.float64)


def middle_track(walks: Sequence[Walk]) -> Array:
    """(T, 3) the middle between those who walk, Blender's axes; who has arrived stays there."""
    count = max(len(walk.track.positions) for walk in walks)
    tracks = [core_to_blender_points(walk.track.positions) for walk in walks]
    padded = [np.pad(t, ((0, count - len(t)), (0, 0)), mode="edge") for t in tracks]
    return np.asarray(np.mean(padded, axis=0))


def follow_with_camera(
    context: bpy.types.Context, demo: DemoScene, job: WalkJob, walks: Sequence[Walk]
) -> None:
    """Animate the camera: beside the people, a little late, drifting from before to behind them.

    Args:
        job: of the first who walks.
        walks: of all.
    """
    track, rate = middle_track(walks), walks[0].clip.frame_rate_hz
    frames = job.start_frame + np.arange(len(track), dtype=np.float64)
    aim = gaussian_smooth(track, 0.35 * rate)
    aim[:, 2] += _AIM_HEIGHT_M
    anchor = gaussian_smooth(track, 0.9 * rate)
    turn = np.radians(np.interp(frames, frames[[0, -1]], _CAMERA_TURN_DEG))
    beside = np.stack((np.sin(turn), -np.cos(turn)), axis=-1)
    place = anchor.copy()
    place[:, :2] += _CAMERA_DISTANCE_M * beside
    place[:, 2] = gaussian_smooth(track[:, 2], 2.0 * rate) + _CAMERA_HEIGHT_M
    turns = np.array([look_rotation(a - p) for a, p in zip(aim, place, strict=True)])
    channels = [
        *vector_channels("location", frames, place, "Object Transforms"),
        *rotation_channels("", "QUATERNION", frames, turns, "Object Transforms"),
    ]
    write_action(demo.camera, "Camera Follow", channels)
    context.scene.frame_set(context.scene.frame_current)


def look_rotation(direction: Array) -> Array:
    """Rotation (wxyz) of a camera that looks along a direction with Z upward."""
    ahead = direction / np.linalg.norm(direction)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    axes = np.stack((right, np.cross(right, ahead), -ahead), axis=-1)
    return np.asarray(matrix_to_quaternion(axes))


def look_at(camera: bpy.types.Object, place: Array, target: Array) -> None:
    """Put a camera somewhere and turn it to a target, both in Blender's axes."""
    camera.location = Vector(place.tolist())
    camera.rotation_mode = "QUATERNION"
    camera.rotation_quaternion = look_rotation(target - place).tolist()


def show_in_viewports() -> None:
    """Let every 3D view of the file open on the camera's picture, with the materials' colours."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D":
                    space.shading.color_type = "MATERIAL"
                    space.region_3d.view_perspective = "CAMERA"
                    space.overlay.show_bones = False
