"""Which films a lifter is trained with: people, motions, cameras and places, drawn from a number.

Motions are those of the training part alone; nobody of the published human body without clothes is
filmed: films to judge by keep what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from backend.mocap.common_clips import ClipEntry, list_clips, read_standing_clip
from backend.rigs.filmed.acting import stretch
from backend.rigs.filmed.cameras import CameraPlan, Held
from backend.rigs.filmed.people import Figure
from backend.rigs.filmed.scenery import draw_scenery
from backend.rigs.filmed.shooting import Passer, Shot
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.video.camera import SENSOR_MM

FIRST_SEED: Final = 1000
"""Of the people who are filmed; films to judge by show people of smaller numbers."""
MODELS: Final = ("female_unreal.glb", "mannequin_def.glb", "mannequin_unreal.glb")
RECORDINGS: Final = ("cmu", "quaternius")

_LABELS: Final[Mapping[str, float]] = {
    "walk": 0.2, "run": 0.1, "dance": 0.2, "sport": 0.1, "martial": 0.1, "stand": 0.12,
    "turn": 0.06, "jump": 0.06,
}  # fmt: skip
_OTHER_LABELS: Final = 0.03
_SHORTEST_FRAMES: Final = 24
_RATES_HZ: Final = (30.0, 30.0, 30.0, 25.0, 24.0)
_SIZES_PX: Final = ((400, 300), (384, 384), (400, 226), (300, 400), (226, 400), (320, 320))
_TALL_M: Final = 1.75
_FARTHEST_M: Final = (2.2, 8.0)
_LENSES_MM: Final = (24.0, 85.0)
_LIFTED_DEG: Final = (-15.0, 50.0)
_STAYS_M: Final = 1.2
"""Who goes farther is not filmed by a camera on a stand."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A shot, and what it was made of."""

    shot: Shot
    clip: str
    label: str


@dataclass(frozen=True, eq=False)
class Motions:
    """Recordings of the training part by label, and the models that may do them."""

    by_label: Mapping[str, Sequence[ClipEntry]]
    models: Sequence[Path]


def read_motions(data: Path) -> Motions:
    """What may be filmed.

    Args:
        data: folder with ``mocap/cmu``, ``mocap/quaternius`` and ``rigs``; the last two may lack.

    Raises:
        InputError: there is no recording.
    """
    found: dict[str, list[ClipEntry]] = {}
    for name in RECORDINGS:
        folder = data / "mocap" / name
        if folder.is_dir():
            for clip in list_clips(folder, split="train"):
                found.setdefault(clip.label, []).append(clip)
    if not found:
        raise InputError(f"{data} holds no recordings; expected mocap/cmu with its clips.csv")
    models = [data / "rigs" / name for name in MODELS]
    return Motions(found, [each for each in models if each.is_file()])


def draw_shot(motions: Motions, number: int, frames: int = 45) -> Drawn:
    """The film of a number: the same number gives the same film.

    Args:
        motions: what may be filmed.
        number: which film.
        frames: at most.
    """
    rng = np.random.default_rng([number, 11])
    rate = float(rng.choice(_RATES_HZ))
    entry, clip = _draw_clip(motions, rng, frames, rate)
    size = _SIZES_PX[int(rng.integers(len(_SIZES_PX)))]
    others: tuple[Passer, ...] = ()
    if rng.random() < 0.06:
        _, theirs = _draw_clip(motions, rng, frames, rate)
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(1.5, 3.0)
        place = (float(away * np.cos(angle)), float(away * np.sin(angle)))
        others = (Passer(Figure(FIRST_SEED + number + 500_000), theirs, place),)
    shot = Shot(
        clip=clip,
        figure=_draw_figure(motions, rng, number),
        camera=_draw_camera(rng, size, clip),
        scenery=draw_scenery(number),
        size_px=size,
        seed=number,
        others=others,
    )
    return Drawn(shot, entry.name, entry.label)


def _draw_clip(
    motions: Motions, rng: np.random.Generator, frames: int, rate: float
) -> tuple[ClipEntry, MotionClip]:
    labels = sorted(motions.by_label)
    shares = np.array([_LABELS.get(label, _OTHER_LABELS) for label in labels])
    while True:
        entries = motions.by_label[str(rng.choice(labels, p=shares / shares.sum()))]
        entry = entries[int(rng.integers(len(entries)))]
        whole = _read(entry.path)
        spare = max(whole.duration_s - frames / rate, 0.0)
        clip = stretch(whole, float(rng.uniform(0.0, spare)), frames, rate)
        if clip.frame_count >= _SHORTEST_FRAMES:
            return entry, clip


@lru_cache(maxsize=16)
def _read(path: Path) -> MotionClip:
    return read_standing_clip(path)


def _draw_figure(motions: Motions, rng: np.random.Generator, number: int) -> Figure:
    seed = FIRST_SEED + number
    if motions.models and rng.random() < 0.2:
        return Figure(seed, file=motions.models[int(rng.integers(len(motions.models)))])
    return Figure(seed, {"weight": float(np.clip(rng.normal(0.1, 0.5), -1.0, 1.0))})


def _draw_camera(rng: np.random.Generator, size: tuple[int, int], clip: MotionClip) -> CameraPlan:
    """All round; the body fills a third to all of the picture's height, seldom more."""
    share = rng.uniform(1.0, 1.6) if rng.random() < 0.1 else rng.uniform(0.35, 0.9)
    lens_of_metre = share * size[1] / max(size) * SENSOR_MM / _TALL_M
    lens = float(np.clip(rng.uniform(*_FARTHEST_M) * lens_of_metre, *_LENSES_MM))
    distance = float(np.clip(lens / lens_of_metre, *_FARTHEST_M))
    ground = clip.root_positions[:, [0, 2]]
    travelled = float(np.linalg.norm(np.ptp(ground, axis=0)))
    ways = list(Held) if travelled < _STAYS_M else [Held.ORBITING, Held.FOLLOWING]
    low, high = _LIFTED_DEG
    tilted = rng.uniform(low, high) if rng.random() < 0.5 else rng.uniform(-5.0, 15.0)
    return CameraPlan(
        held=ways[int(rng.integers(len(ways)))],
        azimuth_deg=float(rng.uniform(0.0, 360.0)),
        elevation_deg=float(tilted),
        distance_m=distance,
        lens_mm=lens,
        shake=float(rng.choice((0.0, 0.5, 1.0))),
        turn_deg=float(rng.uniform(-80.0, 80.0)),
        aside=(float(rng.uniform(-0.12, 0.12)), float(rng.uniform(-0.05, 0.05))),
        roll_deg=float(rng.normal(0.0, 2.0)),
    )
