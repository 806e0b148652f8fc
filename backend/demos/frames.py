"""Renders a film frame by frame with Cycles, and goes on where it was interrupted.

Every frame is a file of its own, in a folder named after all that the pictures depend on: frames of
another scene or of other settings are never taken for these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from blender_addon.blender.compat import action_fcurves
from blender_addon.core.errors import NeuralMotionError

from .film import quiet_stdout

_DIGITS: Final = 4  # of numbers in a fingerprint
_BOUNCES: Final = {
    "max_bounces": 4, "diffuse_bounces": 2, "glossy_bounces": 2, "transmission_bounces": 2,
    "transparent_max_bounces": 4,
}  # fmt: skip


@dataclass(frozen=True)
class Quality:
    """How frames are rendered.

    Args:
        width, height: of a frame, pixels.
        samples: for each pixel, before noise is taken out.
        full_light: light that comes back from surfaces is followed; else it is estimated from how
            open a place is, in half the time.
    """

    width: int
    height: int
    samples: int
    full_light: bool = False


def use_cycles(scene: bpy.types.Scene, quality: Quality, threads: int) -> None:
    """Set a scene up for Cycles on the processor, noise taken out by OpenImageDenoise.

    Args:
        scene: to be set up.
        quality: of the frames.
        threads: how many.

    Raises:
        NeuralMotionError: this Blender comes without Cycles.
    """
    import addon_utils  # Blender's own, there only once bpy is loaded

    if not bpy.app.build_options.cycles or addon_utils.enable("cycles") is None:
        raise NeuralMotionError("this Blender has no Cycles, with which the film is rendered")
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y = quality.width, quality.height
    render.resolution_percentage, render.use_persistent_data = 100, True
    render.threads_mode, render.threads = "FIXED", threads
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    cycles: Any = scene.cycles
    for name, count in _BOUNCES.items():
        setattr(cycles, name, count)
    cycles.samples, cycles.sample_clamp_indirect = quality.samples, 3.0
    cycles.use_adaptive_sampling = cycles.use_light_tree = False  # few samples, few lights
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "HIGH"
    cycles.use_fast_gi = not quality.full_light
    cycles.fast_gi_method, cycles.ao_bounces_render = "REPLACE", 1
    scene.world.light_settings.distance = 2.0


def render_frames(
    scene: bpy.types.Scene,
    folder: Path,
    quality: Quality,
    told: Callable[[int, int], None],
    step: int = 1,
) -> list[Path]:
    """Render the frames of a scene that is set up and that are not there yet.

    Every fourth comes first, so that an interrupted film can be looked at already.

    Args:
        scene: whose frames.
        folder: in which a folder is made for them.
        quality: of the frames.
        told: called with how many are there, and how many there will be, after each.
        step: 1 for every frame, 2 for every second.

    Returns:
        The files, in the film's order.
    """
    place = folder / fingerprint(scene, quality)
    place.mkdir(parents=True, exist_ok=True)
    frames = range(scene.frame_start, scene.frame_end + 1, step)
    files = {frame: place / f"{frame:04d}.png" for frame in frames}
    for frame in sorted(frames, key=lambda f: (_turn(f - scene.frame_start), f)):
        if not files[frame].is_file():
            _render(scene, frame, files[frame])
            told(sum(file.is_file() for file in files.values()), len(files))
    return [files[frame] for frame in frames]


def _turn(number: int) -> int:
    return 0 if number % 4 == 0 else 1 if number % 2 == 0 else 2


def _render(scene: bpy.types.Scene, frame: int, file: Path) -> None:
    """A file is there whole or not at all."""
    take_camera(scene, frame)
    part = file.with_suffix(".part.png")
    render = scene.render
    settings: Any = render.image_settings
    if bpy.app.version >= (5, 0, 0):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode = "PNG", "RGB"
    render.filepath = str(part)
    with quiet_stdout():
        bpy.ops.render.render(write_still=True, scene=scene.name)
    part.replace(file)


def take_camera(scene: bpy.types.Scene, frame: int) -> None:
    """Go to a frame, and see it through the camera that the markers say."""
    for marker in sorted(scene.timeline_markers, key=lambda each: each.frame):
        if marker.frame <= frame and marker.camera is not None:
            scene.camera = marker.camera
    scene.frame_set(frame)


def fingerprint(scene: bpy.types.Scene, quality: Quality) -> str:
    """Sixteen letters that change with whatever the pictures depend on."""
    digest = hashlib.sha256(repr((astuple(quality), bpy.app.version)).encode())
    for part in _parts(scene):
        digest.update(repr(part).encode())
    return digest.hexdigest()[:16]


def _parts(scene: bpy.types.Scene) -> Iterator[Any]:
    """What is seen, and how it moves."""
    yield scene.frame_start, scene.frame_end, scene.render.fps
    yield [(marker.name, marker.frame) for marker in scene.timeline_markers]
    for thing in sorted(scene.objects, key=lambda each: each.name):
        if thing.type not in ("MESH", "CAMERA", "LIGHT", "ARMATURE"):
            continue
        yield thing.name, thing.hide_render, *_numbers(np.array(thing.matrix_basis))
        yield from _data_parts(thing)
    for action in sorted(bpy.data.actions, key=lambda each: each.name):
        curves = action_fcurves(action)  # in no order that could be relied on
        for curve in sorted(curves, key=lambda each: (each.data_path, each.array_index)):
            points = np.empty(2 * len(curve.keyframe_points))
            curve.keyframe_points.foreach_get("co", points)
            yield action.name, curve.data_path, curve.array_index, *_numbers(points)


def _data_parts(thing: bpy.types.Object) -> Iterator[Any]:
    data: Any = thing.data
    if thing.type == "MESH":
        places = np.empty(3 * len(data.vertices), np.float32)
        data.vertices.foreach_get("co", places)
        yield _numbers(places)
        for material in data.materials:
            yield material.name if material else ""
            yield from _material_parts(material)
    elif thing.type == "LIGHT":
        yield data.type, *_numbers(np.array([data.energy, *data.color, data.shadow_soft_size]))
        yield round(getattr(data, "size", 0.0), _DIGITS)
    elif thing.type == "CAMERA":
        yield data.lens, data.dof.use_dof, data.dof.focus_distance, data.dof.aperture_fstop


def _material_parts(material: bpy.types.Material | None) -> Iterator[Any]:
    if material is None or material.node_tree is None:
        return
    for node in material.node_tree.nodes:
        for socket in node.inputs:
            value = getattr(socket, "default_value", None)
            if isinstance(value, (int, float)):
                yield socket.name, round(value, _DIGITS)
            elif value is not None and not isinstance(value, str):
                yield socket.name, *_numbers(np.array(value))


def _numbers(values: Any) -> list[float]:
    return [float(each) for each in np.round(np.asarray(values, np.float64).ravel(), _DIGITS)]
