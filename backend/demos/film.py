"""Renders films and stills with Workbench, quickly even where OpenGL is done in software."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import bpy

from blender_addon.core.errors import NeuralMotionError

_STUDIO_LIGHT: Final = "paint.sl"
LABEL_SIZE: Final = 15
"""Of the letters burnt into stills."""


def use_workbench(
    scene: bpy.types.Scene, width: int, height: int, *, close_up: bool = False
) -> None:
    """Set a scene up for quick, shaded pictures.

    Args:
        scene: to be set up.
        width, height: of the pictures.
        close_up: no shadows, as faces want it; else shadows.
    """
    render = scene.render
    render.engine = "BLENDER_WORKBENCH"
    render.resolution_x, render.resolution_y = width, height
    render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    display = scene.display
    # Smoothing costs far more than twice the pixels do, and these show more.
    display.render_aa = "OFF"
    display.light_direction = (0.55, 0.66, 0.51)
    shading = display.shading
    shading.light, shading.color_type = "STUDIO", "MATERIAL"
    if _STUDIO_LIGHT in bpy.context.preferences.studio_lights:
        shading.studio_light = _STUDIO_LIGHT
    shading.background_type = "WORLD"
    shading.show_cavity = False
    shading.show_shadows, shading.shadow_intensity = not close_up, 0.45
    shading.show_specular_highlight = True


def has_sound() -> bool:
    """Whether this build of Blender can place and mix sounds; the module for 4.2 cannot."""
    return bool(bpy.app.build_options.audaspace)


def add_sound(scene: bpy.types.Scene, name: str, path: Path, channel: int, frame: int) -> None:
    """Put a sound into the sequencer, where this build of Blender can."""
    if not has_sound():
        return
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_sound(name, str(path), channel, frame)


def render_film(scene: bpy.types.Scene, out: Path, *, sound: bool = False, step: int = 1) -> None:
    """Render the scene's frames to an H.264 film.

    Args:
        scene: with camera and render settings.
        out: the film, with the ending .mp4; written over.
        sound: with the sequencer's sound, as AAC, where this build of Blender has any.
        step: every so many frames are drawn, at as many fewer a second.

    Raises:
        NeuralMotionError: it could not be rendered; no file is left then.
    """
    _set_movie_output(scene, out, sound)
    base = scene.render.fps_base
    scene.frame_step, scene.render.fps_base = step, base * step
    try:
        with quiet_stdout():
            bpy.ops.render.render(animation=True, scene=scene.name)
        problem = "" if out.is_file() else "no file was written"
    except RuntimeError as error:  # how an operator reports an error
        problem = str(error).strip()
    finally:
        scene.frame_step, scene.render.fps_base = 1, base
    if problem:
        out.unlink(missing_ok=True)  # Blender leaves an empty one
        raise NeuralMotionError(
            f"the film could not be rendered: {problem}. Check that the scene has a camera and "
            "that Blender's Workbench can render here (it needs OpenGL, through EGL if there is "
            "no screen)"
        )


def _set_movie_output(scene: bpy.types.Scene, out: Path, sound: bool) -> None:
    render = scene.render
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    movie = render.ffmpeg
    movie.format, movie.codec = "MPEG4", "H264"
    movie.audio_codec = "AAC" if sound and has_sound() else "NONE"
    movie.constant_rate_factor = "HIGH"
    movie.ffmpeg_preset = "REALTIME"  # a better one saves half the size, at twice the wait
    movie.gopsize = 24
    render.filepath = str(out)


def render_still(
    scene: bpy.types.Scene, out: Path, label: str = "", font_size: int = LABEL_SIZE
) -> None:
    """Render the scene's present frame to a PNG, with a label burnt in at the top left."""
    render = scene.render
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "PNG"
    render.filepath = str(out)
    _set_label(render, label, font_size)
    with quiet_stdout():
        bpy.ops.render.render(write_still=True, scene=scene.name)
    render.use_stamp = False


def _set_label(render: bpy.types.RenderSettings, label: str, font_size: int) -> None:
    stamps = [p.identifier for p in render.bl_rna.properties if p.identifier[:10] == "use_stamp_"]
    for stamp in stamps:
        setattr(render, stamp, False)
    render.use_stamp, render.use_stamp_note = bool(label), True
    render.stamp_note_text, render.stamp_font_size = label, font_size
    render.stamp_foreground = (0.03, 0.03, 0.04, 1.0)
    render.stamp_background = (0.85, 0.87, 0.9, 0.7)  # dark hair may be behind


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
