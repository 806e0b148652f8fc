"""The whole CMU database as BVH, in Bruce Hahne's layout: ``001/01_01.bvh`` and an index.

Lengths are in CMU's unit; the first frame of each file is a T-pose that was added. Every file says
120 Hz, some takes were recorded at 60. Descriptions are CMU's, in ``cmu-mocap-index-text.txt``.

Source: B. Hahne 2010, *Motionbuilder-friendly BVH conversion release of CMU's motion capture
database*, READMEFIRST; github.com/una-dinosauria/cmu-mocap.
"""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from backend.mocap.common_clips import INDEX
from blender_addon.core.errors import InputError

from .clip_file import ClipFile

KEY: Final = "cmu_all"
METRES_PER_UNIT: Final = 0.0254 / 0.45
"""CMU's skeletons are in inches, scaled by 0.45."""
TEXT: Final = "cmu-mocap-index-text.txt"
HELD_OUT: Final = frozenset((8, 35, 49, 56, 74, 83, 91, 105, 118, 132, 141, 143))
"""Subjects that are judged by: of every kind of motion some, none with a partner in another."""
AT_60_HZ: Final = frozenset((1, 60, 61))
"""Subjects of whom it is known that their takes were recorded at 60 Hz."""
_TAKE: Final = re.compile(r"(\d{2,3})_(\d{2,3})")
_LINE: Final = re.compile(r"(\d{2,3}_\d{2,3})\s+(\S.*)")
_SUBJECT: Final = re.compile(r"Subject #(\d+)\s*\((.*)\)")
_KINDS: Final = (
    ("dance", r"danc|salsa|ballet|waltz|pirouette|charleston|lambada"),
    ("acrobatic", r"cartwheel|flip|handspring|acrobat|somersault|handstand|break ?danc"),
    ("uneven", r"uneven|stairs|steps? (up|down)|climb \d steps"),
    ("climb", r"playground|climb|ladder|swing on|hang"),
    ("sport", r"ball\b|soccer|golf|dribble|tennis|frisbee|skate|\bbat\b|\bpass\b"),
    ("martial", r"punch|strike|box|karate|tai chi|martial|sword|fight|kick"),
    ("run", r"\brun|\bjog|sprint"),
    ("jump", r"jump|\bhop|leap"),
    ("turn", r"walk.*(turn|veer)|(turn|veer).*walk"),
    ("walk", r"walk|march|stroll|wander|stride|navigate|limp|sneak|hobble"),
    ("sit", r"\bsit|stool|chair|\blie\b|lying|crawl|kneel"),
    ("stand", r"stand|gestur|wave|point|wash|drink|laugh|traffic|sweep|mop|conversation|hand sig"),
)
"""Labels and what a description says of them, the more telling first."""

_log = logging.getLogger(__name__)


def find_cmu_all(folder: Path) -> list[ClipFile]:
    """Takes below a folder in this layout; none where there are none.

    Args:
        folder: holds the subjects' folders; ``cmu/clips.csv`` in it or beside it says which takes
            are known otherwise, and of which split those are.

    Raises:
        InputError: a take is there twice.
    """
    takes: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.bvh")):
        if not _TAKE.fullmatch(path.stem) or not path.parent.name.isdecimal():
            continue
        if path.stem in takes:
            raise InputError(f"{takes[path.stem]} and {path} are one take; keep one of them")
        takes[path.stem] = path
    if not takes:
        return []
    told = read_descriptions(folder)
    known = _known_otherwise(folder)
    return [_file(name, path, told, known) for name, path in takes.items()]


def _file(
    name: str, path: Path, told: Mapping[str, str], known: Mapping[tuple[int, int], tuple[str, str]]
) -> ClipFile:
    subject, take = (int(part) for part in name.split("_"))
    other, split = known.get((subject, take), ("", "val" if subject in HELD_OUT else "train"))
    return ClipFile(
        path, f"cmu_{name}", KEY, label_of(told.get(name, "")), split, other,
        METRES_PER_UNIT, 60.0 if subject in AT_60_HZ else None, first=1,
    )  # fmt: skip


def label_of(description: str) -> str:
    """The label that CMU's words for a take mean; other where they say nothing known."""
    words = description.lower()
    return next((label for label, pattern in _KINDS if re.search(pattern, words)), "other")


def read_descriptions(folder: Path) -> dict[str, str]:
    """CMU's words by take, such as 01_01; of what is unknown there, those for its subject."""
    index = next(iter(sorted(folder.rglob(TEXT))), None)
    if index is None:
        _log.warning("%s has no %s; its takes are labelled other", folder, TEXT)
        return {}
    found, subject = dict[str, str](), ""
    for line in index.read_text("utf-8", errors="replace").splitlines():
        if heading := _SUBJECT.match(line.strip()):
            subject = heading[2]
        elif take := _LINE.match(line.strip()):
            words = take[2].strip()
            found[take[1]] = subject if words.lower() == "unknown" else words
    return found


def _known_otherwise(folder: Path) -> dict[tuple[int, int], tuple[str, str]]:
    """Name and split by subject and take of clips that our own index has of CMU's takes."""
    found: dict[tuple[int, int], tuple[str, str]] = {}
    for index in (folder / "cmu" / INDEX, folder.parent / "cmu" / INDEX):
        if not index.is_file():
            continue
        with index.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                subject, take = row.get("subject") or "", row.get("take") or ""
                if subject.isdecimal() and take.isdecimal():
                    found[int(subject), int(take)] = (row["clip"], row["split"])
    return found
