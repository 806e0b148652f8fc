"""Renders films and stills with Workbench, several processes at once.

Workbench in software OpenGL keeps little more than one core busy, so a film is cut into parts,
each rendered without loss by a process of its own, and joined by Blender's sequencer.

As a program: ``python -m blender_addon.scene.film FILE.blend FIRST LAST OUT.mp4``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from ..core.errors import NeuralMotionError

MAX_PROCESSES: Final = 4
_STUDIO_LIGHT: Final = "paint.sl"
_SHADOW_VERTICES: Final = 1500
_SHADOW_SHRINK_M: Final = 0.006
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class FilmPart:
    """Some frames of a film, being rendered.

    Args:
        file: the movie it becomes.
        first, last: its frames.
        process: that renders it.
    """

    file: Path
    first: int
    last: int
    process: subprocess.Popen[bytes]


def use_workbench(scene: bpy.types.Scene, width: int, height: int) -> None:
    """Set a scene up for quick, shaded pictures with shadows."""
    render = scene.render
    render.engine = "BLENDER_WORKBENCH"
    render.resolution_x, render.resolution_y = width, height
    render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    display = scene.display
    # Smoothing costs as much as twice the pixels do, and these show more.
    display.render_aa = "OFF"
    display.light_direction = (0.55, 0.66, 0.51)
    shading = display.shading
    shading.light, shading.color_type = "STUDIO", "MATERIAL"
    if _STUDIO_LIGHT in bpy.context.preferences.studio_lights:
        shading.studio_light = _STUDIO_LIGHT
    shading.background_type = "WORLD"
    shading.show_cavity = False
    shading.show_shadows, shading.shadow_intensity = True, 0.45
    shading.show_specular_highlight = True


def start_film(blend: Path, first: int, last: int, folder: Path) -> list[FilmPart]:
    """Start rendering a saved file's frames in parallel processes.

    Args:
        blend: a saved file with camera and render settings.
        first, last: frames to render.
        folder: where the parts go; must exist.
    """
    count = max(1, min(MAX_PROCESSES, _usable_cores(), (last - first + 1) // 24))
    edges = [first + (last + 1 - first) * n // count for n in range(count + 1)]
    parts = []
    for number, (begin, end) in enumerate(pairwise(edges)):
        file = folder / f"part_{number}.mp4"
        command = [sys.executable, "-m", __name__, str(blend), str(begin), str(end - 1), str(file)]
        search = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": search}
        process = subprocess.Popen(  # noqa: S603 - our own module, with our own arguments
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        parts.append(FilmPart(file, begin, end - 1, process))
    return parts


def stop_film(parts: Sequence[FilmPart]) -> None:
    """End what still renders."""
    for part in parts:
        if part.process.poll() is None:
            part.process.kill()
            part.process.wait()


def finish_film(parts: Sequence[FilmPart], scene: bpy.types.Scene, out: Path) -> None:
    """Wait for the parts and join them into one H.264 film.

    Args:
        parts: what ``start_film`` gave, in order.
        scene: the scene that was rendered; gives size and frame rate.
        out: the film, written over.

    Raises:
        NeuralMotionError: a part could not be rendered.
    """
    for part in parts:
        _, errors = part.process.communicate()
        if part.process.returncode or not part.file.is_file():
            lines = errors.decode(errors="replace").strip().splitlines()
            tail = [line.strip() for line in lines if "EGL_BAD_MATCH" not in line][-2:]
            raise NeuralMotionError(
                f"rendering frames {part.first} to {part.last} ended with code "
                f"{part.process.returncode} and no film: {' | '.join(tail) or 'no message'}. "
                "Check that Blender's Workbench can render here (it needs OpenGL through EGL)"
            )
    _join(parts, scene, out)


def _join(parts: Sequence[FilmPart], scene: bpy.types.Scene, out: Path) -> None:
    joined = bpy.data.scenes.new("Join")
    try:
        _copy_format(scene, joined)
        _set_movie_output(joined, out, lossless=False)
        editor = joined.sequence_editor_create()
        strips = editor.strips if hasattr(editor, "strips") else editor.sequences
        start = 1
        for part in parts:
            strips.new_movie(part.file.stem, str(part.file), channel=1, frame_start=start)
            start += part.last - part.first + 1
        joined.frame_start, joined.frame_end = 1, start - 1
        with quiet_stdout():
            bpy.ops.render.render(animation=True, scene=joined.name)
    finally:
        bpy.data.scenes.remove(joined)


def _copy_format(source: bpy.types.Scene, target: bpy.types.Scene) -> None:
    for name in ("resolution_x", "resolution_y", "resolution_percentage", "fps", "fps_base"):
        setattr(target.render, name, getattr(source.render, name))
    target.view_settings.view_transform = "Standard"
    target.sequencer_colorspace_settings.name = "sRGB"


def _set_movie_output(scene: bpy.types.Scene, out: Path, *, lossless: bool) -> None:
    render = scene.render
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    movie = render.ffmpeg
    movie.format, movie.codec, movie.audio_codec = "MPEG4", "H264", "NONE"
    movie.constant_rate_factor = "PERC_LOSSLESS" if lossless else "HIGH"
    movie.ffmpeg_preset = "REALTIME"  # a better one saves a third of the size, not of the wait
    movie.gopsize = 24
    render.filepath = str(out)


def render_still(scene: bpy.types.Scene, out: Path, label: str = "") -> None:
    """Render the scene's present frame to a PNG, with a label burnt in at the bottom left."""
    render = scene.render
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "PNG"
    render.filepath = str(out)
    _set_label(render, label)
    with quiet_stdout():
        bpy.ops.render.render(write_still=True, scene=scene.name)
    render.use_stamp = False


def _set_label(render: bpy.types.RenderSettings, label: str) -> None:
    stamps = [p.identifier for p in render.bl_rna.properties if p.identifier[:10] == "use_stamp_"]
    for stamp in stamps:
        setattr(render, stamp, False)
    render.use_stamp, render.use_stamp_note = bool(label), True
    render.stamp_note_text, render.stamp_font_size = label, 15
    render.stamp_foreground = (0.03, 0.03, 0.04, 1.0)
    render.stamp_background = (0.0, 0.0, 0.0, 0.0)


def _coarsen_shadows(scene: bpy.types.Scene) -> None:
    """Let slim, coarse twins inside the deforming meshes throw the shadows.

    Shadow volumes are made anew whenever a mesh deforms: in software OpenGL they cost more than
    all else together. A shadow on the ground does not show the difference.
    """
    for thing in [o for o in scene.objects if o.type == "MESH"]:
        modifiers = [m for m in thing.modifiers if m.type == "ARMATURE"]
        thing.display.show_shadows = False
        if modifiers and len(thing.data.vertices) > _SHADOW_VERTICES:
            _add_coarse_twin(scene, thing, modifiers[0].object)


def _add_coarse_twin(
    scene: bpy.types.Scene, thing: bpy.types.Object, armature: bpy.types.Object
) -> None:
    twin = thing.copy()
    scene.collection.objects.link(twin)
    twin.modifiers.clear()
    coarse = twin.modifiers.new("Coarse", "DECIMATE")
    coarse.ratio = _SHADOW_VERTICES / len(thing.data.vertices)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    evaluated = twin.evaluated_get(depsgraph)
    mesh = bpy.data.meshes.new_from_object(
        evaluated, preserve_all_data_layers=True, depsgraph=depsgraph
    )
    _close(mesh)
    _shrink(mesh, _SHADOW_SHRINK_M)
    twin.modifiers.clear()
    twin.data = mesh
    twin.modifiers.new("Armature", "ARMATURE").object = armature
    twin.display.show_shadows = True


def _close(mesh: bpy.types.Mesh) -> None:
    """Make a mesh watertight: an open edge lets the light, as a streak, through its shadow."""
    import bmesh  # there only once bpy is loaded, and sorted imports would put it first

    solid = bmesh.new()
    solid.from_mesh(mesh)
    _delete_open_pieces(solid)
    knots = {v for edge in solid.edges if len(edge.link_faces) > 2 for v in edge.verts}
    bmesh.ops.delete(solid, geom=list(knots), context="VERTS")
    loose = [edge for edge in solid.edges if not edge.link_faces]
    bmesh.ops.delete(solid, geom=loose, context="EDGES")
    bmesh.ops.holes_fill(solid, edges=[e for e in solid.edges if e.is_boundary], sides=0)
    _delete_open_pieces(solid)
    bmesh.ops.triangulate(solid, faces=solid.faces)
    solid.to_mesh(mesh)
    solid.free()


def _delete_open_pieces(solid: Any) -> None:
    """Delete every connected piece that has an edge with one face only."""
    import bmesh

    front = {v for edge in solid.edges if edge.is_boundary for v in edge.verts}
    reached = set(front)
    while front:
        front = {e.other_vert(v) for v in front for e in v.link_edges} - reached
        reached |= front
    bmesh.ops.delete(solid, geom=list(reached), context="VERTS")


def _shrink(mesh: bpy.types.Mesh, depth_m: float) -> None:
    """Move the vertices inward, so that a twin stays inside its original."""
    count = 3 * len(mesh.vertices)
    places, normals = np.empty(count, np.float32), np.empty(count, np.float32)
    mesh.vertices.foreach_get("co", places)
    mesh.vertices.foreach_get("normal", normals)
    mesh.vertices.foreach_set("co", places - depth_m * normals)
    mesh.update()


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Keep Blender's line for every frame off stdout; what Python writes there waits as well."""
    sys.stdout.flush()
    keep = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(keep, 1)
        os.close(keep)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main(arguments: Sequence[str]) -> int:
    """Render one part: FILE.blend FIRST LAST OUT.mp4."""
    blend, first, last, out = arguments
    bpy.ops.wm.open_mainfile(filepath=blend, load_ui=False)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = int(first), int(last)
    _coarsen_shadows(scene)
    _set_movie_output(scene, Path(out), lossless=True)
    bpy.ops.render.render(animation=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
