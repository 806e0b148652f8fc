"""Moving pictures of the window: what a script kept frame by frame, as one GIF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from .driver import WindowError

MAX_BYTES: Final = 3_000_000
FRAME_MS: Final = 80
_LAST_MS: Final = 1500
"""The last picture stays for a moment before all begins anew."""
_COLOURS: Final = (128, 96, 64, 48, 32)
_JOIN: Final = "."


def frames_of(folder: Path) -> dict[str, list[Path]]:
    """The frames in a folder, in order, by the name of their moving picture: ``bend.000.png``."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob(f"*{_JOIN}[0-9]*.png")):
        found.setdefault(path.stem.split(_JOIN)[0], []).append(path)
    return found


def is_frame(path: Path) -> bool:
    """Whether a picture is one of a moving one."""
    return _JOIN in path.stem


def save_gif(frames: Sequence[Path], target: Path, width: int = 800) -> int:
    """Put pictures of one size together, with as many colours as the size allows.

    Args:
        frames: in order, shown for ``FRAME_MS`` each; equal ones in a row become one.
        target: written over.
        width: in pixels, to which larger ones are reduced.

    Returns:
        Its size in bytes.

    Raises:
        WindowError: it stays larger than MAX_BYTES.
    """
    pictures, durations = _without_repeats([_opened(path, width) for path in frames])
    for colours in _COLOURS:
        palette = pictures[-1].quantize(colours, dither=Image.Dither.NONE)
        reduced = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in pictures]
        reduced[0].save(
            target, save_all=True, append_images=reduced[1:], duration=durations, loop=0,
            optimize=True,
        )  # fmt: skip
        if target.stat().st_size <= MAX_BYTES:
            return target.stat().st_size
    raise WindowError(f"{target.name} has {target.stat().st_size} bytes, more than {MAX_BYTES}")


def _opened(path: Path, width: int) -> Image.Image:
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    height = round(picture.height * width / picture.width)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _without_repeats(pictures: Sequence[Image.Image]) -> tuple[list[Image.Image], list[int]]:
    kept, durations = [pictures[0]], [FRAME_MS]
    for picture in pictures[1:]:
        if ImageChops.difference(picture, kept[-1]).getbbox() is None:
            durations[-1] += FRAME_MS
        else:
            kept.append(picture)
            durations.append(FRAME_MS)
    durations[-1] += _LAST_MS
    return kept, durations
