"""A map as a file: all its numbers as JSON, or a picture that any browser opens."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, Final

from ....core.errors import InputError
from .data import MotionMap
from .layout import Frame, colours_of, pixels_of

ENDINGS: Final = (".json", ".svg")
_SIZE: Final = 900
_LEGEND: Final = 240
_LINE: Final = 20
_RADIUS: Final = 4
_BACKGROUND: Final = "#202020"


def check_place(path: Path, *, replace: bool = False) -> Path:
    """Where a map is to be written, before the work.

    Raises:
        InputError: the name has another ending, the file is there, or its folder is not.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path} does not end in .json or .svg. Give such a name as --out")
    if path.exists() and not (replace and path.is_file()):
        raise InputError(f"{path} exists and is kept. Give --overwrite, or another --out")
    if not path.parent.is_dir():
        raise InputError(f"the folder {path.parent} does not exist. Make it, or give another --out")
    return path


def write_map(path: Path, made: MotionMap, *, replace: bool = False) -> None:
    """Write a map.

    Args:
        path: ends in .json or .svg.
        made: the map.
        replace: whether a file that is there may go.

    Raises:
        InputError: the place is none, see ``check_place``, or it cannot be written.
    """
    check_place(path, replace=replace)
    text = to_json(made) if path.suffix.lower() == ".json" else to_svg(made)
    try:
        with path.open("w" if replace else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}). Give another --out"
        ) from error


def to_json(made: MotionMap) -> str:
    """Clips, and for each window its clip, its frame and its place in the picture."""
    clips = [
        {"name": each.name, "file": each.file, "label": each.label, "frame_rate": each.rate_hz}
        for each in made.places
    ]
    windows: list[dict[str, Any]] = [
        {
            "clip": int(made.clip_index[n]),
            "frame": made.frame(n),
            "x": round(float(made.points[n, 0]), 5),
            "y": round(float(made.points[n, 1]), 5),
        }
        for n in range(len(made.points))
    ]
    whole = {"clips": clips, "windows": windows, "notes": list(made.notes)}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def to_svg(made: MotionMap) -> str:
    """A picture; the name of a clip is shown where the mouse rests on one of its windows."""
    labels = made.labels
    colours = {label: _hex(colour) for label, colour in colours_of(labels).items()}
    width, height = str(_SIZE + _LEGEND), str(_SIZE)
    root = ET.Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0,0,{width},{height}",
        "font-family": "sans-serif", "font-size": "14",
    })  # fmt: skip
    ET.SubElement(root, "rect", {"width": width, "height": height, "fill": _BACKGROUND})
    for n, (x, y) in enumerate(pixels_of(made, Frame(0.0, 0.0, float(_SIZE)))):
        place = made.place(n)
        told = {"cx": f"{x:.1f}", "cy": f"{_SIZE - y:.1f}", "r": str(_RADIUS)}
        disc = ET.SubElement(root, "circle", {**told, "fill": colours[place.label]})
        ET.SubElement(disc, "title").text = f"{place.name}   {made.frame(n)}"
    for n, label in enumerate(labels[: _SIZE // _LINE - 2], 1):
        told = {"x": str(_SIZE + 10), "y": str(n * _LINE + 10), "fill": colours[label]}
        ET.SubElement(root, "text", told).text = label
    return ET.tostring(root, encoding="unicode") + "\n"


def _hex(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)
