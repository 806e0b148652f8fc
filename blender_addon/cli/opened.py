"""What is to be told of a file that was just opened, whatever is to be done in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bpy

_MOST_NAMES: Final = 3


def told_of_opened() -> tuple[str, ...]:
    """What the opened file has lost, or is going to lose when it is saved.

    Returns:
        A warning where a newer Blender saved it, and one where files that it links are missing.
    """
    return (*_newer(), *_missing())


def _newer() -> tuple[str, ...]:
    """In the background nobody sees Blender's own warning, and the output is written anyway."""
    its, ours = tuple(bpy.data.version[:2]), tuple(bpy.app.version[:2])
    if its <= ours:
        return ()
    theirs, own = (".".join(map(str, each)) for each in (its, ours))
    told = (
        f"a newer Blender, {theirs}, saved the file: what {own} does not know of it is lost in the "
        f"output. Use Blender {theirs}"
    )
    return (told,)


def _missing() -> tuple[str, ...]:
    gone = [
        each.filepath
        for each in bpy.data.libraries
        if not each.packed_file
        and not Path(bpy.path.abspath(each.filepath, library=each.library)).exists()
    ]
    if not gone:
        return ()
    rest = len(gone) - _MOST_NAMES
    names = ", ".join(f"'{each}'" for each in gone[:_MOST_NAMES])
    more = f" and {rest} more" if rest > 0 else ""
    what = "a linked file is" if len(gone) == 1 else "linked files are"
    return (f"{what} missing: {names}{more}. Bring it here, or mend the path in Blender",)
