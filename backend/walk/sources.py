"""Recordings that the locomotion model learns from, brought to the common skeleton at 60 Hz."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from backend.mocap.common_clips import foot_positions, read_common_clip, stand_on_ground
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.errors import InputError
from blender_addon.core.feet.contacts import detect_contacts
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import PLANTED_HEIGHTS_M

from .calm_spans import SHORTEST_S, find_calm_spans
from .takes import Take, clip_to_take
from .terrains import fit_terrain

_log = logging.getLogger(__name__)

CAPTURED_LABELS = ("walk", "turn", "run", "uneven")
CALM_SPANS_S = {
    "iclone_002_06": (17.7, 18.6),
    "iclone_002_10": (21.4, 22.0),
    "expmap_train_walkx_18": (0.05, 0.5),
    "expmap_train_walkx_32": (0.05, 0.5),
    "expmap_train_walkx_52": (0.05, 0.55),
}
"""Where recordings stand calmly, arms down, feet a natural width apart."""
_LEFT_OUT_SOURCES = ("cmu_amp",)
"""15 bodies at 30 Hz: no toes, no clavicles."""
_MORE_FOLDERS = {"upc_run": ("run",)}
"""Folders that may lie beside ``cmu``, and the labels that are taken of each."""
_STARTS_AND_STOPS = "upc_run"
"""Takes that stand, start, turn and stop again: none of them is one steady run."""
_PREFERENCE = ("cmu_asfamc", "cmu_poselib", "cmu_expmap", "cmu_bvh_iclone")
"""Of two conversions of one take the earlier named is nearer to the recording."""


@dataclass(frozen=True)
class Source:
    """One recording and what the index says of it."""

    path: Path
    label: str
    split: str

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.path.stem


def find_sources(data: Path, split: str) -> list[Source]:
    """Recordings of locomotion in a ``mocap`` folder, each take once.

    ``cmu`` has to be there; ``upc_run`` beside it is taken where it is.

    Raises:
        InputError: the folder has no ``cmu/clips.csv``.
    """
    rows = list(_read_index(data / "cmu"))
    source_of = {row["clip"]: row["source"] for row in rows}
    sources = []
    for row in rows:
        desired = row["label"] in CAPTURED_LABELS and row["split"] == split
        twin = row["same_take_as"]
        again = twin in source_of and _rank(row["source"]) > _rank(source_of[twin])
        if desired and not again and row["source"] not in _LEFT_OUT_SOURCES:
            sources.append(Source(data / "cmu" / f"{row['clip']}.bvh", row["label"], split))
    return sources + _find_more(data, split)


def _find_more(data: Path, split: str) -> list[Source]:
    """Recordings of the folders beside ``cmu``, of those that are there."""
    sources = []
    for folder, labels in _MORE_FOLDERS.items():
        if not (data / folder / "clips.csv").is_file():
            continue
        for row in _read_index(data / folder):
            if row["label"] in labels and row["split"] == split:
                label = "turn" if folder == _STARTS_AND_STOPS else row["label"]
                sources.append(Source(data / folder / f"{row['clip']}.bvh", label, split))
    return sources


def read_stances(data: Path) -> list[Take]:
    """The calm stances named above; where none of them is in the folder, those that can be found.

    Raises:
        InputError: there is none.
    """
    stances = []
    for name, (start, stop) in CALM_SPANS_S.items():
        path = data / "cmu" / f"{name}.bvh"
        if path.is_file():
            take = read_take(Source(path, "stand", "train"), 0)
            span = slice(int(start * MODEL_FRAME_RATE_HZ), int(stop * MODEL_FRAME_RATE_HZ))
            stances.append(take.cut(span.start, span.stop))
    stances = stances or list(islice(_find_stances(data), len(CALM_SPANS_S)))
    if not stances:
        raise InputError(
            f"no recording in {data}/cmu stands calmly for {SHORTEST_S} s, arms down; "
            "add one that does, labelled stand or walk in its clips.csv"
        )
    return stances


def _find_stances(data: Path) -> Iterator[Take]:
    """Calm stances of training recordings, first of those that stand on the spot."""
    rows = [row for row in _read_index(data / "cmu") if row["split"] == "train"]
    for label in ("stand", "walk", "turn", "run"):
        for row in rows:
            if row["label"] == label and row["source"] not in _LEFT_OUT_SOURCES:
                take = read_take(Source(data / "cmu" / f"{row['clip']}.bvh", label, "train"), 0)
                yield from (take.cut(start, stop) for start, stop in find_calm_spans(take))


def _rank(source: str) -> int:
    return _PREFERENCE.index(source) if source in _PREFERENCE else len(_PREFERENCE)


def is_recordings(data: Path) -> bool:
    """Whether a folder holds recordings, as opposed to sequences made of them."""
    return (data / "cmu" / "clips.csv").is_file()


def _read_index(folder: Path) -> Iterator[dict[str, str]]:
    index = folder / "clips.csv"
    if not index.is_file():
        raise InputError(
            f"{index} is missing; expected the motion capture folder with cmu/clips.csv. "
            "Give it with --data, or fetch the public recordings with --download"
        )
    with index.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def read_take(source: Source, style: int) -> Take:
    """A recording on level ground, its planted feet held still."""
    clip = stand_on_ground(read_common_clip(source.path))
    feet = foot_positions(clip)
    contacts = detect_contacts(
        feet, np.zeros(feet.shape[:2]), MODEL_FRAME_RATE_HZ, speed_m_s=_contact_speed(clip)
    )
    take = clip_to_take(
        clip, contacts, name=source.name, label=source.label, style=style, terrain=FlatTerrain()
    )
    return take.with_feet_locked()


def read_uneven_take(
    source: Source, style: int, rng: np.random.Generator, roughness_m: float
) -> tuple[Take, object]:
    """A recording on ground that was not recorded, with a ground that fits it."""
    clip = read_common_clip(source.path)
    feet = foot_positions(clip)
    anywhere = feet[..., 1] - PLANTED_HEIGHTS_M
    contacts = detect_contacts(feet, anywhere, MODEL_FRAME_RATE_HZ, speed_m_s=0.3)
    terrain = fit_terrain(rng, feet, contacts, roughness_m)
    take = clip_to_take(
        clip, contacts, name=source.name, label=source.label, style=style, terrain=terrain
    )
    return take.with_feet_locked(terrain), terrain


def _contact_speed(clip: MotionClip) -> float:
    """A planted foot may move with a part of the clip's speed: fast recordings slide more."""
    way = np.linalg.norm(np.diff(clip.root_positions[:, [0, 2]], axis=0), axis=-1).sum()
    return float(max(0.4, 0.33 * way / max(clip.duration_s, 1e-6)))
