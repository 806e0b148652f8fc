"""How the user wants models to be found and run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from ...core.capabilities import TASKS
from ...core.errors import ModelError
from ...core.inference.choice import ModelChoice, parse_providers
from ..extension import EXTENSION

_threads_here: list[int] = []


def share_cores(threads: int) -> None:
    """Let every model of this process run on so many threads, whatever the preferences say.

    Args:
        threads: at least 1; what is left to a process that has others of its kind beside it.
    """
    _threads_here[:] = [threads]


def model_choice(context: bpy.types.Context) -> ModelChoice:
    """What the preferences say, with the models chosen in this scene."""
    chosen = context.scene.neural_motion.models
    names = {task: getattr(chosen, task) for task in TASKS}
    return replace(
        preferred_models(context), names={task: name for task, name in names.items() if name}
    )


def preferred_models(context: bpy.types.Context) -> ModelChoice:
    """What the preferences say; the defaults when the add-on was registered by a script."""
    chosen = _preferences(context)
    if chosen is None:
        return ModelChoice(threads=_threads_here[0] if _threads_here else None)
    folder = Path(bpy.path.abspath(chosen.models_folder)) if chosen.models_folder else None
    threads = _threads_here[0] if _threads_here else chosen.threads or None
    return ModelChoice(folder, parse_providers(chosen.providers), threads)


def folder_for_own_models(context: bpy.types.Context) -> Path:
    """The user's own models: the folder of the preferences, else the extension's own of the user.

    Raises:
        ModelError: the extension was registered by a script and has neither.
    """
    folder = preferred_models(context).folder
    if folder is not None:
        return folder
    try:
        return Path(bpy.utils.extension_path_user(EXTENSION, path="models"))
    except ValueError:
        raise ModelError(
            "no folder for your own models is set. Name one under Own Models in the preferences, "
            "or with --to"
        ) from None


def keep_own_models_folder(context: bpy.types.Context, folder: Path) -> None:
    """Look for the user's own models here from now on, where no folder was set before."""
    chosen = _preferences(context)
    if chosen is not None and not chosen.models_folder:
        chosen.models_folder = str(folder)


def _preferences(context: bpy.types.Context) -> bpy.types.AddonPreferences | None:
    addon = context.preferences.addons.get(EXTENSION)
    return None if addon is None else addon.preferences
