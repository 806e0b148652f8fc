"""``prepare gaze``: recorded conversations and head-eye recordings to training sets."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from backend.model_option import model_option
from blender_addon.core.errors import InputError
from blender_addon.core.gaze.events import ROLES
from blender_addon.core.gaze.pipeline import BEHAVIOUR_TASK, EYE_HEAD_TASK

from .conversation import VALIDATION_PEOPLE, Recording, read_recordings

_log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
PREPARED = Path(".build/gaze")
"""Where prepared recordings go unless told otherwise."""
BEHAVIOUR, EYE_HEAD = "behaviour", "eye_head"
SPLITS = ("train", "val")


def conversation_folder(data: Path) -> Path:
    """Where recordings of conversations lie: in gaze/conversation, in conversation, or there."""
    inner = (data / "gaze" / "conversation", data / "conversation")
    return next((folder for folder in inner if folder.is_dir()), data)


def prepare_behaviour(data: Path, out: Path, validate_with: Sequence[str]) -> dict[str, int]:
    """Write every person's fixations, validated and centred, into its split.

    Args:
        data: folder of CSV files, or one that holds it as ``gaze/conversation``.
        out: folder for train and val.
        validate_with: names of people to keep out of training.

    Returns:
        Fixations by split.

    Raises:
        InputError: a recording is malformed, or a split would be empty.
    """
    recordings = read_recordings(conversation_folder(data))
    parts: dict[str, list[Recording]] = {split: [] for split in SPLITS}
    for recording in recordings:
        parts["val" if recording.name in validate_with else "train"].append(recording)
    for split, found in parts.items():
        if not found:
            names = ", ".join(each.name for each in recordings)
            raise InputError(
                f"nobody is left for '{split}': the people are {names}, kept out are "
                f"{', '.join(validate_with)}; choose with --validate-with"
            )
        save_split(found, out / split)
    (out / "prepared.json").write_text(json.dumps(_record(parts), indent=1), "utf-8")
    return {split: sum(len(r.roles) for r in found) for split, found in parts.items()}


def save_split(recordings: Sequence[Recording], folder: Path) -> None:
    """Write recordings, and remove those of people no longer in the split."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in set(folder.glob("*.npz")) - {folder / f"{r.name}.npz" for r in recordings}:
        stale.unlink()
    for recording in recordings:
        path = folder / f"{recording.name}.npz"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(
                file,
                direction_rad=recording.direction_rad,
                duration_s=recording.duration_s,
                pause_s=recording.pause_s,
                roles=recording.roles,
                breaks_s=recording.breaks_s,
                sha256=np.array(recording.sha256),
            )
        partial.replace(path)


def load_split(prepared: Path, split: str) -> list[Recording]:
    """Recordings that prepare wrote, by name.

    Raises:
        InputError: there are none.
    """
    files = sorted((prepared / BEHAVIOUR / split).glob("*.npz"))
    if not files:
        raise InputError(
            f"{prepared / BEHAVIOUR / split} holds no recordings; run 'backend prepare gaze' first"
        )
    return [_load(path) for path in files]


def _load(path: Path) -> Recording:
    with np.load(path, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files if name != "sha256"}
        return Recording(name=path.stem, sha256=str(kept["sha256"]), **arrays)


def _record(parts: dict[str, list[Recording]]) -> dict[str, dict[str, dict[str, float]]]:
    """Fixations and minutes of each person by role, to be looked at."""
    return {split: {each.name: _amounts(each) for each in found} for split, found in parts.items()}


def _amounts(recording: Recording) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for number, role in enumerate(ROLES):
        mine = recording.roles == number
        amounts[f"{role}_fixations"] = int(mine.sum())
        amounts[f"{role}_minutes"] = round(float(recording.duration_s[mine].sum()) / 60, 2)
    return amounts


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
@click.option("--validate-with", default=",".join(VALIDATION_PEOPLE), show_default=True)
@model_option("gaze")
def command(data: Path, out: Path, validate_with: str, task: str | None) -> None:
    """Make the training sets of gaze.

    DATA holds gaze/conversation, one CSV file of fixations a person; gaze/eyehead, recordings of
    eyes and head; and mocap, heads that move. People to validate with are named with commas.
    """
    if task != EYE_HEAD_TASK:
        counts = prepare_behaviour(data, out / BEHAVIOUR, validate_with.split(","))
        click.echo(f"fixations: {counts['train']} to train on, {counts['val']} to validate with")
    if task != BEHAVIOUR_TASK:
        from .eye_head_data import prepare_eye_head

        prepare_eye_head(data, out / EYE_HEAD)
        click.echo(f"eyes and heads prepared in {out / EYE_HEAD}")
