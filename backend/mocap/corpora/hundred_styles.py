"""100STYLE: ``Aeroplane/Aeroplane_FW.bvh`` and so on, and ``Frame_Cuts.csv``; 60 Hz, centimetres.

A hundred styles, each walked and run forward, backward and sideways, stood in, and changed to and
from. The table says which frames of a take are in the style: a T-pose and the way to the start are
not. One style in ten is held out.

Source: Mason, Starke and Komura 2022, *Real-Time Style Modelling of Human Locomotion via
Feature-Wise Transformations and Local Motion Phases*; zenodo.org/records/8127870.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from blender_addon.core.errors import InputError

from .clip_file import ClipFile

KEY: Final = "100style"
TABLE: Final = "Frame_Cuts.csv"
STYLE: Final = "STYLE_NAME"
METRES_PER_UNIT: Final = 0.01
_DEPTHS: Final = ("", "*/", "*/*/")
_HELD_OUT_OF: Final = 10

_log = logging.getLogger(__name__)


def find_hundred_styles(folder: Path) -> list[ClipFile]:
    """Takes beside the table, in the folder or two levels below; none where there is no table.

    Raises:
        InputError: the table is no such table, or none of its takes is there.
    """
    table = next((each for deep in _DEPTHS for each in sorted(folder.glob(deep + TABLE))), None)
    if table is None:
        return []
    rows = _rows(table)
    styles = sorted(row[STYLE] for row in rows)
    found = [
        each
        for row in rows
        for each in _takes(row, table, styles.index(row[STYLE]) % _HELD_OUT_OF == _HELD_OUT_OF - 1)
    ]
    if not found:
        raise InputError(
            f"none of the takes of {table} is there; expected {styles[0]}/{styles[0]}_FW.bvh "
            "beside it. Unpack all of 100STYLE.zip"
        )
    return found


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = [
            {(key or "").strip(): (value or "").strip() for key, value in row.items()
             if not isinstance(value, list)}
            for row in csv.DictReader(file)
        ]  # fmt: skip
    if not rows or STYLE not in rows[0] or "FW_START" not in rows[0]:
        found = ", ".join(rows[0]) if rows else "nothing"
        raise InputError(
            f"{table} is not 100STYLE's table: expected columns {STYLE}, FW_START, FW_STOP …; "
            f"found {found[:80]}"
        )
    return [row for row in rows if row[STYLE]]


def _takes(row: dict[str, str], table: Path, held_out: bool) -> Iterator[ClipFile]:
    style = row[STYLE]
    for column, start in row.items():
        kind = column.removesuffix("_START")
        stop = row.get(f"{kind}_STOP", "")
        if kind == column or not (start.isdecimal() and stop.isdecimal()):
            continue
        path = table.parent / style / f"{style}_{kind}.bvh"
        if not path.is_file():
            _log.warning("%s is not there; left out", path)
            continue
        yield ClipFile(
            path, path.stem, KEY, style, "val" if held_out else "train",
            metres_per_unit=METRES_PER_UNIT, first=int(start), stop=int(stop),
        )  # fmt: skip
