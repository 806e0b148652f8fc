"""Makes the manual's pictures: ``python -m backend.window.shots``.

Each script in ``pictures/`` starts a Blender with a window in which our zip is installed, and
keeps pictures of panels and of the 3D view. Here they are trimmed, reduced in colours and saved;
what the manual has as a JPEG stays one.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from PIL import Image

from backend.packaging.extension import (
    DIST,
    PLATFORMS,
    Package,
    PackagingError,
    Platform,
    build_zip,
)

from .driver import DRIVER_VARIABLE, HERE, ROOT, Driver, WindowError, driver_from_environment
from .moving import frames_of, is_frame, save_gif

OUT: Final = ROOT / "docs" / "pictures"
MOVING_OUT: Final = ROOT / "docs" / "film"
SCRIPTS: Final = HERE / "pictures"
MAX_BYTES: Final = 150_000

_KEPT: Final = ROOT / ".build" / "manual"
_HOME: Final = "neural-motion-shots"
_SIZE: Final = "1400x1500"  # so high that no panel has to be scrolled
_SOURCES: Final = ("blender_addon", "onnx_models", "backend/packaging")
_EDGE: Final = 6
_TABS: Final = 34  # pixels of the column at the right
_LEAST_ROWS: Final = 230  # the height of the tabs
_EMPTY_ROWS_KEPT: Final = 10
_JPEG_QUALITY: Final = 72
_COLOURS: Final = (256, 128, 64, 32)

_log = logging.getLogger("shots")


def newest_zip(dist: Path = DIST) -> Path:
    """The zip for this system, with physics; built where none is newer than what goes into it."""
    package = Package(_own_platform(), physics=True)
    zips = sorted(dist.glob(f"neural_motion-*-{package.suffix}.zip"))
    changed = max(p.stat().st_mtime for s in _SOURCES for p in (ROOT / s).rglob("*") if _packed(p))
    if zips and zips[-1].stat().st_mtime > changed:
        return zips[-1]
    return build_zip(package, dist)


def _packed(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def _own_platform() -> Platform:
    system = {"linux": "linux-x64", "win32": "windows-x64", "darwin": "macos-arm64"}
    return next(each for each in PLATFORMS if each.name == system.get(sys.platform, "linux-x64"))


def take_pictures(driver: Driver, only: Sequence[str] = ()) -> Iterator[Path]:
    """Run the scripts, or only those named.

    Yields:
        What they kept, as it stood in the window.

    Raises:
        WindowError: a script failed.
    """
    folder = driver.kept / "pictures"
    for script in sorted(SCRIPTS.glob("*.py")):
        if only and script.stem not in only:
            continue
        for old in folder.glob("*.png"):
            old.unlink()
        _log.info("%s ...", script.stem)
        driver.run_script(script)
        yield from sorted(folder.glob("*.png"))


def finish_all(raws: Iterable[Path], out: Path) -> None:
    """Save what scripts kept: pictures trimmed, frames of moving ones put together.

    Raises:
        WindowError: one stays too large.
    """
    for raw in raws:
        if is_frame(raw):
            name, frames = next(iter(frames_of(raw.parent).items()))
            if raw != frames[-1]:
                continue
            target = (MOVING_OUT if out == OUT else out) / f"{name}.gif"
            size = save_gif(frames, target)
        else:
            target = out / raw.name
            photo = target.with_suffix(".jpg")
            target = photo if photo.is_file() else target
            size = finish(raw, target)
        _log.info("%s  %.0f kB", target, size / 1000)


def finish(raw: Path, target: Path) -> int:
    """Trim a picture and save it as small as its content allows.

    Returns:
        Its size in bytes.

    Raises:
        WindowError: it stays larger than MAX_BYTES.
    """
    with Image.open(raw) as opened:
        picture = trim_below(opened.convert("RGB"))
    if target.suffix == ".jpg":
        picture.save(target, quality=_JPEG_QUALITY, optimize=True)
        return target.stat().st_size
    for colours in _COLOURS:
        picture.quantize(colours, dither=Image.Dither.NONE).save(target, optimize=True)
        size = target.stat().st_size
        if size <= MAX_BYTES:
            return size
    raise WindowError(f"{target.name} has {size} bytes, more than {MAX_BYTES}. Crop it further")


def trim_below(picture: Image.Image) -> Image.Image:
    """Without the empty rows below the panels; edges and the tabs' column do not count."""
    width, height = picture.size
    inside = picture.crop((_EDGE, 0, width - _TABS, height))
    empty = inside.crop((0, height - 1, inside.width, height)).getcolors()
    row = height
    while row > _LEAST_ROWS and _row(inside, row - 1) == empty and len(empty or ()) == 1:
        row -= 1
    return picture.crop((0, 0, width, min(height, row + _EMPTY_ROWS_KEPT)))


def _row(picture: Image.Image, row: int) -> list[tuple[int, Any]] | None:
    return picture.crop((0, row, picture.width, row + 1)).getcolors()


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="build.py shots", description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", metavar="NAME", help="scripts to run; all if none")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="build.py: %(message)s", stream=sys.stderr)
    driver = driver_from_environment(_HOME, _KEPT, _SIZE)
    if driver is None:
        _log.error(
            "set %s to the command that drives a Blender with a window; "
            "backend/window/driver.py says what it offers",
            DRIVER_VARIABLE,
        )
        return 1
    try:
        driver.install(newest_zip())
        chosen.out.mkdir(parents=True, exist_ok=True)
        finish_all(take_pictures(driver, chosen.only), chosen.out)
    except (PackagingError, WindowError) as error:
        _log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
