"""Which corpora there are, under which terms, and which of them may be learned from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from backend.mocap.source import CMU, UPC_RUN
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import DataSource

from .clip_file import ClipFile
from .cmu_all import KEY as CMU_ALL
from .cmu_all import find_cmu_all
from .hundred_styles import KEY as HUNDRED_STYLES
from .hundred_styles import find_hundred_styles
from .lafan1 import KEY as LAFAN1
from .lafan1 import LICENCE, holds_lafan1
from .mocap_folder import FOLDERS, find_indexed_clips

Finder = Callable[[Path], list[ClipFile]]

STYLES: Final = DataSource(
    "100STYLE",
    "CC BY 4.0",
    "Ian Mason, Sebastian Starke and Taku Komura, 100STYLE dataset, doi 10.5281/zenodo.8127870; "
    "changed by us: carried to another skeleton, 30 frames a second",
)
QUATERNIUS: Final = DataSource(
    "Universal Animation Library and Mesh2Motion loops",
    "CC0 1.0",
    "Animated by Quaternius (quaternius.com) and the Mesh2Motion project",
)
KAYKIT: Final = DataSource(
    "KayKit animations", "CC0 1.0", "Animated by Kay Lousberg (kaylousberg.com)"
)
SOURCES: Final[Mapping[str, DataSource]] = {
    "cmu": CMU,
    "cmu_more": CMU,
    CMU_ALL: CMU,
    "upc_run": UPC_RUN,
    "quaternius": QUATERNIUS,
    "quaternius_people": QUATERNIUS,
    "kaykit": KAYKIT,
    HUNDRED_STYLES: STYLES,
}
"""By ``Recording.folder``: whose it is, and under which terms."""
LAYOUTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("cmu", "`cmu/clips.csv` and the BVH files it lists: metres, Y up", "trained on"),
    (
        "cmu_more, upc_run, quaternius, quaternius_people, kaykit",
        "folders beside `cmu`, each with its `clips.csv`",
        "trained on",
    ),
    (
        HUNDRED_STYLES,
        "`Aeroplane/Aeroplane_FW.bvh` and so on beside `Frame_Cuts.csv`: centimetres, 60 Hz",
        "trained on",
    ),
    (
        CMU_ALL,
        "`001/01_01.bvh` and so on, and `cmu-mocap-index-text.txt`: CMU's unit, a T-pose first",
        "trained on",
    ),
    (
        LAFAN1,
        "`lafan1.zip`, or `walk1_subject5.bvh` and so on: centimetres, 30 Hz",
        "judged by, never trained on",
    ),
)
"""Of each corpus: its key, what lies in its folder, and what it may be used for."""
_FINDERS: Final[tuple[Finder, ...]] = (find_indexed_clips, find_hundred_styles, find_cmu_all)

_log = logging.getLogger(__name__)


def find_clip_files(folder: Path) -> list[ClipFile]:
    """Everything below a folder that may be learned from, whatever layout it has.

    Args:
        folder: of one corpus, or with several side by side, such as ``mocap``.

    Raises:
        InputError: there is nothing, or only what must not be learned from.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give that of the recordings with --data")
    found = [each for find in _FINDERS for each in find(folder)]
    if holds_lafan1(folder):
        refusal = (
            f"{folder} holds LAFAN1, whose licence ({LICENCE}) allows no commercial use and "
            "nothing derived: no network may learn from it. It may judge one: 'backend evaluate "
            "editing --lafan1'"
        )
        if not found:
            raise InputError(refusal)
        _log.warning("%s; left out", refusal)
    if not found:
        raise InputError(
            f"{folder} holds none of {', '.join(FOLDERS)} with clips.csv, no 100STYLE "
            "(Frame_Cuts.csv) and no CMU takes such as 001/01_01.bvh; give a folder of recordings"
        )
    return found


def licences_of(keys: str) -> str:
    """Licences of corpora, each once.

    Args:
        keys: as in ``LAYOUTS``.
    """
    found = (LICENCE if key == LAFAN1 else SOURCES[key].licence for key in keys.split(", "))
    return "; ".join(dict.fromkeys(found))


def sources_of(folders: Iterable[str]) -> tuple[DataSource, ...]:
    """Whose recordings those are, each once.

    Args:
        folders: ``Recording.folder`` of each.
    """
    return tuple(dict.fromkeys(SOURCES[each] for each in folders))
