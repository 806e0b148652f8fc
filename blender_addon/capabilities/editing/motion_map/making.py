"""Begins the reading for a map, and makes its job once all is read."""

from __future__ import annotations

from pathlib import Path

import bpy

from ....core.inference.choice import ModelChoice
from ....core.inference.model_list import find_model
from ...character.chosen import chosen_armature
from .cache import WindowCache
from .job import ENCODER_TASK, MapJob
from .reading import Reader


def begin(
    context: bpy.types.Context,
    folder: Path | None,
    kept_in: Path | None,
    models: ModelChoice | None = None,
    rig: bpy.types.Object | None = None,
) -> Reader:
    """What reads the motions of a map.

    Args:
        context: whose scene.
        folder: that is looked through; None for the open file.
        kept_in: folder of what was read before; None for nowhere.
        models: where the models lie.
        rig: on which actions are played; None for the chosen character's.

    Raises:
        ModelError: the model cannot be found.
    """
    cache = None if folder is None or kept_in is None else WindowCache(kept_in)
    encoder = encoder_key(models or ModelChoice())
    return Reader(context, rig or chosen_armature(context), encoder, cache)


def encoder_key(models: ModelChoice) -> str:
    """What tells the model that will run from any other.

    Raises:
        ModelError: there is none.
    """
    path = find_model(ENCODER_TASK, models)
    found = path.stat()
    return f"{path} {found.st_size} {found.st_mtime_ns}"


def job_of(reader: Reader, folder: Path | None, seed: int, models: ModelChoice) -> MapJob:
    """The job of what was read."""
    return MapJob(
        files=tuple(reader.files),
        folder=folder,
        seed=seed,
        models=models,
        cache=reader.cache,
        notes=tuple(reader.notes),
    )
