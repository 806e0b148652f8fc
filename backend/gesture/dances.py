"""Which recordings are dances, of which style, and which of them are held out."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.mocap.common_clips import INDEX, ClipEntry, list_clips
from blender_addon.core.errors import InputError

STYLES: Final = (
    "Salsa lead", "Salsa follow", "Indian", "Expressive", "Ballet", "Charleston", "Club"
)  # fmt: skip
"""In the order of the network's inputs."""
HELD_OUT: Final = ("salsa_03", "salsa_11")
LEFT_OUT: Final = ("salsa_09", "indian_04", "indian_07")
"""Legs flip in them."""
_EXPRESSIVE: Final = ("iclone_005_02", "iclone_005_03", "iclone_005_04", "iclone_005_12")
_LEAD_TAKES: Final = 15
"""Salsa 1 to 15 are the leads, 16 to 30 their partners in the same takes."""


@dataclass(frozen=True)
class Dance:
    """A take of one or two dancers.

    Args:
        name: of the take.
        clips: of its dancers, in the order of ``styles``.
        styles: of each dancer.
        split: train or val.
        measures_s: between which lengths a measure is looked for.
        even: an animator's loop, already in time.
    """

    name: str
    clips: tuple[Path, ...]
    styles: tuple[str, ...]
    split: str
    measures_s: tuple[float, float] = (1.1, 1.7)
    even: bool = False

    @property
    def is_salsa(self) -> bool:
        """Danced by a couple to music that is known to have been there."""
        return self.styles[0].startswith("Salsa")


_SOLO_MEASURES_S: Final = (1.5, 2.6)
_LOOPS: Final = {
    "ual_dance": ("Club", (1.99, 2.01)),
    "m2m_dance_charleston": ("Charleston", (2.28, 2.30)),
    "m2m_dance_body_roll": ("Club", _SOLO_MEASURES_S),
    "m2m_dance_reach_hip": ("Club", _SOLO_MEASURES_S),
}
"""Animators' dances; two are loops whose length is known."""


def find_dances(data: Path) -> list[Dance]:
    """Every dance of a ``mocap`` folder: ``cmu`` has to be there, ``quaternius`` may.

    Raises:
        InputError: there is no index, or it names no dance.
    """
    entries = list_clips(data / "cmu", ("dance",))
    if (data / "quaternius" / INDEX).is_file():
        entries += list_clips(data / "quaternius", ("dance",))
    salsa = {entry.name: entry for entry in entries if "salsa" in entry.name}
    found = [_couple(entry, salsa) for entry in salsa.values() if _number(entry) <= _LEAD_TAKES]
    found += [_solo(entry) for entry in entries if entry.name not in salsa and _style_of(entry)]
    dances = [dance for dance in found if dance.name not in LEFT_OUT]
    if not dances:
        raise InputError(f"{data}: no clip of its {INDEX} is labelled dance")
    return dances


def _number(entry: ClipEntry) -> int:
    return int(entry.name.rsplit("_", 1)[1])


def _couple(lead: ClipEntry, salsa: dict[str, ClipEntry]) -> Dance:
    number = _number(lead)
    partner = salsa.get(f"acrnn_salsa_{number + _LEAD_TAKES:02d}")
    name = f"salsa_{number:02d}"
    split = "val" if name in HELD_OUT else "train"
    if partner is None:
        return Dance(name, (lead.path,), STYLES[:1], split)
    return Dance(name, (lead.path, partner.path), STYLES[:2], split)


def _solo(entry: ClipEntry) -> Dance:
    name = entry.name.removeprefix("acrnn_")
    measures = _LOOPS[entry.name][1] if entry.name in _LOOPS else _SOLO_MEASURES_S
    is_loop = measures is not _SOLO_MEASURES_S
    return Dance(name, (entry.path,), (_style_of(entry),), entry.split, measures, is_loop)


def _style_of(entry: ClipEntry) -> str:
    """Empty where it is none of ours."""
    if entry.name in _LOOPS:
        return _LOOPS[entry.name][0]
    if "indian" in entry.name:
        return "Indian"
    if entry.name in _EXPRESSIVE:
        return "Expressive"
    return "Ballet" if entry.name.startswith("iclone_005") else ""


def published_beats(folder: Path, take: str) -> list[tuple[float, int]]:
    """Times in seconds and quarters of ``salsa_NN.csv`` in ``gesture/dance_beats``.

    Raises:
        InputError: there is no such file.
    """
    path = folder / f"{take}.csv"
    if not path.is_file():
        raise InputError(f"{path} is missing; expected the quarters of the take {take}")
    with path.open(newline="", encoding="utf-8") as file:
        return [(float(row["beat_s"]), int(row["quarter"])) for row in csv.DictReader(file)]
