"""Our own layout: folders of clips in metres, each with its index ``clips.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from backend.mocap.common_clips import INDEX, list_clips

from .clip_file import ClipFile

FOLDERS: Final = ("cmu", "cmu_more", "upc_run", "quaternius", "quaternius_people", "kaykit")
"""Of ``mocap``: everything a shipped model may learn from."""


def find_indexed_clips(mocap: Path) -> list[ClipFile]:
    """Clips of the folders that a shipped model may learn from; none where there are none."""
    return [
        ClipFile(each.path, each.name, folder, each.label, each.split, each.same_take_as)
        for folder in FOLDERS
        if (mocap / folder / INDEX).is_file()
        for each in list_clips(mocap / folder)
    ]
