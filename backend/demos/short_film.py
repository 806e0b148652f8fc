"""The short film by Cycles, then the same with bones, path and keys: untimed, and goes on where it
stopped.

``python3 build.py film`` leaves film.blend, film.mp4 (with sound), film.webp, film_keys.webp,
film.jpg and film.json, and the frames in film_frames/. ``--readme`` puts the pictures where
the README shows them.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import bpy
from PIL import Image  # comes with matplotlib

from backend.processes import run_main
from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.inference.choice import ModelChoice

from .common import MADE_BY, tell
from .conversation import SOUNDS
from .film import add_sound, has_sound, render_film, use_workbench
from .film_keys import KeysOverlay
from .frames import Quality, render_frames, take_camera, use_cycles
from .meeting import make_scene, measure, save_scene
from .meeting_story import FRAME_RATE, VOICES, Story

QUALITIES: Final = {
    "draft": Quality(320, 180, 4),
    "film": Quality(512, 288, 8),
    "fine": Quality(960, 540, 24, full_light=True),
}
PICTURES: Final = ("film.webp", "film_keys.webp", "film.jpg")
LARGEST_BYTES: Final = 3_000_000
"""Of a moving picture."""

_README: Final = Path(__file__).resolve().parents[2] / "docs" / "film"
_CANVAS: Final = (1024, 576)
_KEYS_SIZE: Final = (768, 432)
_COMPRESSION: Final = (86, 82, 74, 66, 58, 50, 42, 34, 26)
_POSTER_FRAME: Final = 127

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """What is to be made.

    Args:
        out: folder.
        quality: of the frames.
        step: take every so many frames.
        threads: of the processor.
        readme: also put the pictures where the README shows them.
    """

    out: Path
    quality: Quality
    step: int
    threads: int
    readme: bool


def make_film(order: Order, models: ModelChoice | None = None) -> dict[str, Any]:
    """Make the film and its pictures.

    Args:
        order: what is to be made.
        models: where the models lie and how to run them.

    Returns:
        What film.json holds.

    Raises:
        NeuralMotionError: a model is missing, or something could not be rendered.
    """
    order.out.mkdir(parents=True, exist_ok=True)
    story = make_scene(bpy.context, models or ModelChoice())
    scene = bpy.context.scene
    use_cycles(scene, order.quality, order.threads)
    save_scene(order.out / "film.blend")
    started, made = time.perf_counter(), []

    def told(there: int, all_of_them: int) -> None:
        made.append(time.perf_counter() - started)
        tell("%d of %d frames, %.1f s each", there, all_of_them, made[-1] / len(made))

    files = render_frames(scene, order.out / "film_frames", order.quality, told, order.step)
    frames = [int(file.stem) for file in files]
    keyed = _draw_keys(scene, story, files)
    report = {
        "made_by": MADE_BY,
        **measure(story),
        "size": [order.quality.width, order.quality.height],
        "samples": order.quality.samples,
        "rendered_frames": len(files),
        "rendered_now": len(made),
        "seconds_per_frame_now": round(made[-1] / len(made), 1) if made else None,
    }
    report["bytes"] = _make_pictures(files, keyed, frames, order.out)
    _encode(files + keyed, order)
    (order.out / "film.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if order.readme:
        _README.mkdir(exist_ok=True)
        for name in PICTURES:
            shutil.copyfile(order.out / name, _README / name)
    return report


def _draw_keys(scene: bpy.types.Scene, story: Story, files: Sequence[Path]) -> list[Path]:
    """The same frames with bones, path and keys; quick, so drawn anew each time."""
    overlay, drawn = KeysOverlay(scene, story, _CANVAS), []
    folder = files[0].parent / "keys"
    folder.mkdir(exist_ok=True)
    for file in files:
        take_camera(scene, int(file.stem))
        with Image.open(file) as picture:
            keyed = overlay.draw(picture.convert("RGB"), int(file.stem))
        drawn.append(folder / file.name)
        keyed.save(drawn[-1], compress_level=1)
    tell("bones, path and keys drawn")
    return drawn


def _make_pictures(
    files: Sequence[Path], keyed: Sequence[Path], frames: Sequence[int], out: Path
) -> dict[str, int]:
    """Moving pictures for the README, and a still."""
    moving = {"film.webp": (files, None, 1), "film_keys.webp": (keyed, _KEYS_SIZE, 2)}
    for name, (source, size, step) in moving.items():
        chosen = [n for n, frame in enumerate(frames) if (frame - 1) % step == 0]
        gap_ms = 1000 * (frames[chosen[1]] - frames[chosen[0]]) / FRAME_RATE
        _write_moving([source[n] for n in chosen], size, gap_ms, out / name)
    poster = min(files, key=lambda file: abs(int(file.stem) - _POSTER_FRAME))
    with Image.open(poster) as picture:
        picture.convert("RGB").save(out / "film.jpg", quality=90, optimize=True)
    return {name: (out / name).stat().st_size for name in PICTURES}


def _write_moving(
    files: Sequence[Path], size: tuple[int, int] | None, gap_ms: float, out: Path
) -> None:
    """An animated WebP, as good as fits."""
    pictures = []
    for file in files:
        with Image.open(file) as picture:
            shown = picture.convert("RGB")
        pictures.append(shown.resize(size, Image.Resampling.LANCZOS) if size else shown)
    ends = [round(gap_ms * n) for n in range(len(pictures) + 1)]
    gaps = [after - before for before, after in pairwise(ends)]
    for quality in _COMPRESSION:
        pictures[0].save(
            out, save_all=True, append_images=pictures[1:], duration=gaps, loop=0,
            quality=quality, method=4, allow_mixed=False,
        )  # fmt: skip
        if out.stat().st_size <= LARGEST_BYTES:
            break
    tell("%s: quality %d, %.2f MB", out.name, quality, out.stat().st_size / 1e6)


def _encode(files: Sequence[Path], order: Order) -> None:
    """Both parts one after the other, each with its sound, by Blender's sequencer."""
    scene = bpy.data.scenes.new("Cut")
    use_workbench(scene, *_CANVAS)
    scene.render.fps, scene.render.fps_base = FRAME_RATE, float(order.step)
    scene.frame_start, scene.frame_end = 1, len(files)
    editor = scene.sequence_editor_create()
    strips: Any = editor.strips if hasattr(editor, "strips") else editor.sequences
    half = len(files) // 2
    for number in (0, 1):
        part, first = files[number * half : (number + 1) * half], 1 + number * half
        strip = strips.new_image(f"Part {number}", str(part[0]), 1 + number, first)
        for file in part[1:]:
            strip.elements.append(file.name)
        strip.transform.scale_x = strip.transform.scale_y = (
            _CANVAS[0] / strip.elements[0].orig_width
        )
        for channel, (name, (sound, frame)) in enumerate(VOICES.items(), start=3):
            start = first + round((frame - 1) / order.step)
            add_sound(scene, f"{name} {number}", SOUNDS / sound, channel + 2 * number, start)
            if has_sound():
                strips[f"{name} {number}"].frame_final_end = first + half
    render_film(scene, order.out / "film.mp4", sound=True)
    tell("film.mp4")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the film as the command line says; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    parser = argparse.ArgumentParser(prog="film", description="The short film, by Cycles.")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR")
    parser.add_argument("--quality", choices=QUALITIES, default="film")
    parser.add_argument(
        "--step", type=int, choices=(1, 2, 4), default=1, help="render every so many frames only"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument(
        "--readme", action="store_true", help="put the pictures into docs/film, too"
    )
    own = parser.parse_args(arguments)
    order = Order(own.out.resolve(), QUALITIES[own.quality], own.step, own.threads, own.readme)
    try:
        make_film(order)
    except NeuralMotionError as error:
        _logger.error("film: %s", error)  # noqa: TRY400 - the message is for users
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
