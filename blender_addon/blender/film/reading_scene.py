"""Decodes pictures with Blender's own sequencer: a scene of its own, rendered into a folder.

Blender decodes films in its sequencer and nowhere else that a script can reach without a window:
``image.pixels`` of a movie is always its first picture, a movie clip has no pixels. A strip that is
rendered alone goes through no camera and no compositor: 3 to 8 ms for a picture of 768 × 432.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from ...core.errors import FilmError, in_words
from ...core.film.facts import Picture
from ...core.film.targa import read_targa
from .unseen import unseen_render

SMALLEST_PX: Final = 4  # Blender renders nothing smaller
_NAME: Final = "Neural Motion Film"
"""Of the scene that plays a film while it is read."""
_CACHES: Final = (
    "use_cache_raw", "use_cache_preprocessed", "use_cache_composite", "use_cache_final",
    "use_prefetch",
)  # fmt: skip


def bounded_size(size_px: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """A size whose longer side is no longer than that; as it is where it is small enough.

    Args:
        size_px: width and height.
        longest_px: of the longer side.
    """
    scale = min(1.0, longest_px / max(size_px))
    return max(round(scale * size_px[0]), SMALLEST_PX), max(round(scale * size_px[1]), SMALLEST_PX)


def prepare_scene(scene: bpy.types.Scene, size_px: tuple[int, int]) -> None:
    """Let a scene of ours render its sequencer as a film is seen, with no cache that grows.

    Args:
        scene: with a sequencer.
        size_px: width and height of the pictures.
    """
    render = scene.render
    render.resolution_x, render.resolution_y = size_px
    render.resolution_percentage = 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    render.use_sequencer, render.use_compositing = True, False
    for name in ("use_stamp", "use_border", "use_multiview", "use_placeholder"):
        setattr(render, name, False)
    render.use_overwrite = render.use_file_extension = True
    render.dither_intensity = 0.0
    _choose(scene.display_settings, "display_device", "sRGB")
    view = scene.view_settings
    _choose(view, "view_transform", "Standard")
    _choose(view, "look", "None")
    view.exposure, view.gamma, view.use_curve_mapping = 0.0, 1.0, False
    if hasattr(render.image_settings, "media_type"):  # 5.0 and later
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "TARGA_RAW"
    render.image_settings.color_mode = "RGBA"
    render.image_settings.color_management = "FOLLOW_SCENE"
    editor: Any = scene.sequence_editor
    for name in _CACHES:
        if hasattr(editor, name):
            setattr(editor, name, False)
    if hasattr(editor, "show_missing_media"):
        editor.show_missing_media = False


def play_at(scene: bpy.types.Scene, rate_hz: float) -> None:
    """Let a scene show one picture of a film on each frame.

    Args:
        scene: of ours.
        rate_hz: of the film.
    """
    whole = max(round(rate_hz), 1)
    scene.render.fps, scene.render.fps_base = whole, whole / rate_hz


def fit_strip(strip: Any, size_px: tuple[int, int], shown_px: tuple[int, int]) -> None:
    """Let a strip fill the picture that is rendered.

    Args:
        strip: of the sequencer.
        size_px: of its film.
        shown_px: of the picture.
    """
    strip.blend_type, strip.blend_alpha = "REPLACE", 1.0
    placed = strip.transform
    placed.offset_x = placed.offset_y = placed.rotation = 0.0
    placed.origin = 0.5, 0.5
    placed.scale_x = shown_px[0] / size_px[0]
    placed.scale_y = shown_px[1] / size_px[1]


@contextmanager
def own_scene() -> Iterator[bpy.types.Scene]:
    """A scene that is gone afterwards, unless loading another file took it away before."""
    made = bpy.data.scenes.new(_NAME)
    mark = made.session_uid
    try:
        yield made
    finally:
        for scene in [each for each in bpy.data.scenes if each.session_uid == mark]:
            bpy.data.scenes.remove(scene)


def rendered(scene: bpy.types.Scene, first: int, last: int, name: str) -> list[Picture | None]:
    """Pictures of a prepared scene from one frame to another; None where the sequencer has none.

    Args:
        scene: prepared.
        first, last: frames, both included; so few that their pictures fit into memory.
        name: of the film, for messages.

    Raises:
        FilmError: Blender cannot render now, or there is no room for the files.
    """
    if bpy.app.is_job_running("RENDER"):
        raise FilmError("Blender is rendering. Wait until the render is done, then try again")
    try:
        with tempfile.TemporaryDirectory(
            prefix="neural_motion_film_", dir=bpy.app.tempdir or None
        ) as folder:
            _render(scene, first, last, Path(folder), name)
            return [_seen(file.read_bytes()) for file in sorted(Path(folder).iterdir())]
    except OSError as error:
        raise FilmError(
            f"the pictures of {name} cannot be put into the folder of temporary files: "
            f"{in_words(error)}"
        ) from error


def _render(scene: bpy.types.Scene, first: int, last: int, folder: Path, name: str) -> None:
    scene.frame_start, scene.frame_end, scene.frame_step = first, last, 1
    scene.render.filepath = str(folder / "#######")
    try:
        # Afterwards Blender evaluates the scene of the context anew: let it be this one.
        layer = scene.view_layers[0]
        with unseen_render(), bpy.context.temp_override(scene=scene, view_layer=layer):
            bpy.ops.render.render(animation=True, scene=scene.name)
    except RuntimeError as error:
        raise FilmError(
            f"Blender cannot decode {name} ({' '.join(str(error).split())}). Check the room on the "
            "disk of temporary files, or convert the film to MP4"
        ) from error
    found, expected = len(list(folder.iterdir())), last - first + 1
    if found != expected:
        raise FilmError(
            f"Blender decoded {found} of {expected} pictures of {name}. Check the room on the disk "
            "of temporary files and try again"
        )


def _seen(data: bytes) -> Picture | None:
    """The picture, None where the sequencer had nothing to show."""
    pixels = read_targa(data)
    if not (pixels[0, 0, 3] or pixels[..., 3].any()):
        return None
    picture = np.empty((*pixels.shape[:2], 3), np.uint8)
    for channel in range(3):  # a third of the time of a copy of all that are turned round
        picture[..., channel] = pixels[..., 2 - channel]
    return picture


def _choose(owner: Any, name: str, wanted: str) -> None:
    """Choose a colour setting; one that the user's own configuration lacks stays as it is."""
    try:
        setattr(owner, name, wanted)
    except TypeError:
        return
