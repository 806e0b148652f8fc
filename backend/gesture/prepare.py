"""``prepare gesture``: dances on the beat, and the beats that were found."""

from __future__ import annotations

import csv
import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final, Unpack

import click
import numpy as np

from backend.mocap.cmu_command import DownloadOptions, download_if_desired, download_options
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .beats_found import FoundBeats
from .dances import Dance, find_dances
from .stance import find_stance
from .takes import DanceTake, read_dance

PREPARED: Final = Path(".build/gesture")
STANCE: Final = "stance.npy"
_BEATS: Final = "beats"

_log = logging.getLogger(__name__)


def prepare_dances(data: Path, out: Path) -> list[DanceTake]:
    """Read every dance, find its beats, and write takes and beats.

    Args:
        data: a ``mocap`` folder.
        out: is made anew: ``train`` and ``val`` with a file for each dancer, ``beats`` with
            ``takes.csv`` and the quarters of each take, and how people stand.

    Raises:
        InputError: there are no dances.
    """
    takes: list[DanceTake] = []
    beats: list[tuple[Dance, FoundBeats]] = []
    for dance in find_dances(data):
        dancers, found = read_dance(dance)
        takes += dancers
        beats.append((dance, found))
        _log.info("%s: %.0f quarters a minute", dance.name, found.tempo_bpm)
    takes = _relative_energies(takes)
    for part in ("train", "val", _BEATS):
        shutil.rmtree(out / part, ignore_errors=True)
        (out / part).mkdir(parents=True)
    for take in takes:
        write_take(take, out / take.split)
    _write_beats(beats, out / _BEATS)
    np.save(out / STANCE, find_stance(data))
    return takes


def load_takes(folder: Path, split: str) -> list[DanceTake]:
    """What was prepared of a split.

    Raises:
        InputError: nothing was.
    """
    files = sorted((folder / split).glob("*.npz"))
    if not files:
        raise InputError(f"no prepared takes in {folder / split}; run 'backend prepare gesture'")
    return [_read_take(file, split) for file in files]


def _relative_energies(takes: list[DanceTake]) -> list[DanceTake]:
    """Energies relative to the mean of all takes of the style."""
    mean = {
        style: float(np.concatenate([t.energy for t in takes if t.style == style]).mean())
        for style in {take.style for take in takes}
    }
    return [replace(take, energy=take.energy / mean[take.style]) for take in takes]


def write_take(take: DanceTake, folder: Path) -> None:
    """Write a take, as ``load_takes`` reads it."""
    np.savez(
        folder / f"{take.name}.npz",
        take=take.take,
        style=take.style,
        quarter_s=take.quarter_s,
        first_quarter=take.first_quarter,
        energy=take.energy.astype(np.float32),
        root_positions=take.clip.root_positions,
        rotations_wxyz=take.clip.rotations_wxyz,
        contacts=np.asarray(take.clip.contacts, bool),
    )


def _read_take(path: Path, split: str) -> DanceTake:
    with np.load(path, allow_pickle=False) as kept:
        motion = (kept[name] for name in ("root_positions", "rotations_wxyz", "contacts"))
        clip = MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, *motion)
        return DanceTake(
            path.stem,
            str(kept["take"]),
            str(kept["style"]),
            split,
            clip,
            float(kept["quarter_s"]),
            float(kept["first_quarter"]),
            kept["energy"],
        )


def _write_beats(beats: list[tuple[Dance, FoundBeats]], folder: Path) -> None:
    """As published for the salsa takes: a table of takes, and the quarters of each."""
    with (folder / "takes.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("take", "measure_s", "bpm", "tempo_score", "use"))
        for dance, found in beats:
            row = (f"{found.measure_s:.4f}", f"{found.tempo_bpm:.1f}", f"{found.score:.2f}")
            table.writerow((dance.name, *row, dance.split))
    for dance, found in beats:
        with (folder / f"{dance.name}.csv").open("w", newline="", encoding="utf-8") as file:
            quarters = csv.writer(file)
            quarters.writerow(("beat_s", "quarter"))
            quarters.writerows((f"{t:.3f}", n) for t, n in zip(*found.quarters(), strict=True))


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
@download_options
def command(data: Path, out: Path, **options: Unpack[DownloadOptions]) -> None:
    """Bring recorded dances onto the beat, and write the beats that were found."""
    download_if_desired(data, **options)
    takes = prepare_dances(data, out)
    minutes = sum(take.clip.duration_s for take in takes) / 60.0
    click.echo(f"{len(takes)} dancers, {minutes:.1f} minutes, in {out}")
