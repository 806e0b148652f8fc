"""How the user wants models to be found and run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from ...core.capabilities import TASKS
from ...core.inference.choice import ModelChoice, parse_providers
from ..extension import EXTENSION


def model_choice(context: bpy.types.Context) -> ModelChoice:
    """What the preferences say, with the models chosen in this scene."""
    chosen = context.scene.neural_motion.models
    names = {task: getattr(chosen, task) for task in TASKS}
    return replace(
        preferred_models(context), names={task: name for task, name in names.items() if name}
    )


def preferred_models(context: bpy.types.Context) -> ModelChoice:
    """What the preferences say; the defaults when the add-on was registered by a script."""
    addon = context.preferences.addons.get(EXTENSION)
    if addon is None or addon.preferences is None:
        return ModelChoice()
    chosen = addon.preferences
    folder = Path(bpy.path.abspath(chosen.models_folder)) if chosen.models_folder else None
    return ModelChoice(folder, parse_providers(chosen.providers), chosen.threads or None)
