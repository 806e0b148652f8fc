"""The styles of dance that the chosen model knows: quick enough for every redraw."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import bpy

from ...blender.models.preferred import model_choice
from ...core.errors import ContractError, ModelError
from ...core.inference.choice import ModelChoice

_TASK: Final = "dance"


def styles_of(models: ModelChoice) -> tuple[str, ...]:
    """Names of the styles of the model that would run; none where it cannot be read."""
    from ...core.inference.model_list import find_model

    try:
        path = find_model(_TASK, models).with_suffix(".json")
        return _styles(path, path.stat().st_mtime)
    except (ModelError, ContractError, OSError):
        return ()  # Generate Gesture says what is wrong with the model


@lru_cache(maxsize=4)
def _styles(path: Path, _changed: float) -> tuple[str, ...]:
    from ...core.inference.contract import load_contract
    from ...core.inference.settings import SettingsReader

    settings = SettingsReader(load_contract(path))
    return tuple(settings.names("styles")) if settings.has("styles") else ()


def search_styles(_group: Any, context: bpy.types.Context, text: str) -> list[str]:
    """Names to choose from while one types."""
    return [name for name in styles_of(model_choice(context)) if text.lower() in name.lower()]
