"""A small picture of a character on a frame, rendered apart from the user's scene."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from .timeline import scene_frame

Array = NDArray[np.float32]

_MARGIN: Final = 1.15
_BESIDE_RAD: Final = np.radians(62.0)
"""How far from straight ahead the camera stands: strides are seen from the side."""
_ABOVE: Final = 0.12
_FAR: Final = 4.0


def portrait(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    meshes: Iterable[bpy.types.Object],
    frame: float,
    ahead: tuple[float, float],
    size_px: int = 256,
) -> Array:
    """Render a character with Workbench, on nothing.

    Args:
        context: whose scene's rate holds.
        armature: who is seen.
        meshes: what is seen of it.
        frame: of animation.
        ahead: where it goes, along the scene's X and Y.
        size_px: of the square picture.

    Returns:
        (size, size, 4) from the lowest row up, as shown.

    Raises:
        RuntimeError: Blender cannot render here.
    """
    with _scene_apart(context, [armature, *meshes]) as scene, _kept_images():
        scene.frame_set(round(scene_frame(context.scene, frame)))
        _settle(scene, size_px)
        scene.camera = _camera(scene, ahead)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "portrait.png"
            scene.render.filepath = str(path)
            with context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
                bpy.ops.render.render(write_still=True)  # told by name, it takes the user's frame
            if not path.is_file():
                raise RuntimeError("nothing was rendered")
            return _pixels(path)


@contextmanager
def _scene_apart(
    context: bpy.types.Context, objects: Iterable[bpy.types.Object]
) -> Iterator[bpy.types.Scene]:
    apart = bpy.data.scenes.new("Neural Motion portrait")
    try:
        apart.render.fps, apart.render.fps_base = (
            context.scene.render.fps, context.scene.render.fps_base,
        )  # fmt: skip
        for obj in dict.fromkeys(objects):
            apart.collection.objects.link(obj)
        yield apart
    finally:
        made = [each for each in apart.objects if each.type == "CAMERA" and each.users == 1]
        data = [each.data for each in made]
        bpy.data.batch_remove((apart, *made, *data))


@contextmanager
def _kept_images() -> Iterator[None]:
    """Images that were not there before go again: rendering makes one."""
    before = set(bpy.data.images.keys())
    try:
        yield
    finally:
        bpy.data.batch_remove([i for i in bpy.data.images if i.name not in before])


def _settle(scene: bpy.types.Scene, size_px: int) -> None:
    render, shading = scene.render, scene.display.shading
    render.engine = "BLENDER_WORKBENCH"
    render.resolution_x = render.resolution_y = size_px
    render.resolution_percentage = 100
    render.film_transparent = True
    render.use_compositing = render.use_sequencer = False
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGBA"
    scene.view_settings.view_transform = "Standard"
    scene.display.render_aa = "8"
    shading.light, shading.color_type = "STUDIO", "MATERIAL"
    shading.show_cavity = True


def _camera(scene: bpy.types.Scene, ahead: tuple[float, float]) -> bpy.types.Object:
    """Looks at the whole of who stands there."""
    layer = scene.view_layers[0]
    layer.update()
    seen = [obj.evaluated_get(layer.depsgraph) for obj in scene.objects if obj.type == "MESH"]
    corners = [each.matrix_world @ Vector(corner) for each in seen for corner in each.bound_box]
    if not corners:
        raise RuntimeError("the character has no mesh that is rendered")
    low, high = (Vector(map(end, zip(*corners, strict=True))) for end in (min, max))
    size = max(*(high - low), 1e-6)
    way = Vector((*ahead, 0.0))
    way = way.normalized() if way.length > 0 else Vector((0.0, -1.0, 0.0))
    toward = Matrix.Rotation(_BESIDE_RAD, 4, "Z") @ way + Vector((0.0, 0.0, _ABOVE))
    data = bpy.data.cameras.new("Portrait")
    data.type, data.ortho_scale = "ORTHO", _MARGIN * size
    data.clip_start, data.clip_end = 0.01 * size, 2.0 * _FAR * size
    camera = bpy.data.objects.new("Portrait", data)
    camera.location = 0.5 * (low + high) + _FAR * size * toward.normalized()
    camera.rotation_euler = toward.to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    return camera


def _pixels(path: Path) -> Array:
    image = bpy.data.images.load(str(path))
    width, height = image.size
    values = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(height, width, 4)
